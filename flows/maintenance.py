"""The flow that removes what is older than it needs to be."""

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed

from flows.failure import told_plainly
from flows.keeping import keep_house
from flows.secrets import warehouse_url
from flows.sync import speak_up
from sources.config import Config
from sources.registry import configured
from tasks.threads import in_database
from warehouse import embedded
from warehouse.connection import connect
from warehouse.prepare import prepare


@flow(name="maintenance", persist_result=False)
@told_plainly
async def maintenance(dry_run: bool = False) -> State[dict[str, int]]:
    """Remove old history, closed rejects and alerts, events that were dealt with, and cached pages."""
    speak_up(debug=False)
    config = configured()
    url = await warehouse_url(config)
    await in_database(prepare, url, config.bookkeeping_schema, upgrades=embedded.is_at(url))
    removed = await in_database(_keep_house, url, config, dry=dry_run)
    said = ", ".join(f"{count} {kind}" for kind, count in removed.items())
    return Completed(message=f"would remove {said}" if dry_run else f"removed {said}", data=removed)


def _keep_house(url: str, config: Config, *, dry: bool) -> dict[str, int]:
    with connect(url, schema=config.bookkeeping_schema) as conn:
        return keep_house(conn, config, dry=dry)

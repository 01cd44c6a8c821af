"""The flow that looks after all others: it finds what is wrong, and tells of it once."""

import logging
from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas import State
from prefect.events import emit_event
from prefect.states import Completed

from flows.failure import told_plainly
from flows.report.markdown import health_markdown
from flows.run_name import look_name
from flows.secrets import warehouse_url
from flows.sync import speak_up
from flows.watch.document import alert_payload, document
from flows.watch.look import Watched, told, watch
from sources.config import Config
from sources.registry import configured
from tasks.threads import in_database
from warehouse import embedded
from warehouse.alerts import Alert
from warehouse.connection import connect
from warehouse.prepare import prepare

log = logging.getLogger("crm_sync")

ARTIFACT = "crm-sync-health"
OPENED, CLOSED = "crm-sync.alert.opened", "crm-sync.alert.closed"


@flow(name="health", flow_run_name=look_name, persist_result=False)
@told_plainly
async def health(source: str | None = None) -> State[dict[str, Any]]:
    """Look at every source, or one: closes killed runs, writes the report, and tells what is new by events."""
    speak_up(debug=False)
    config = configured()
    if source is not None:
        config.source(source)
    url = await warehouse_url(config)
    await in_database(prepare, url, config.bookkeeping_schema, upgrades=embedded.is_at(url))
    seen = await in_database(_watch, url, config, source)
    await _publish(seen, config)
    # Only now: what could not be passed on is passed on by the next look.
    await in_database(_told, url, config, seen)
    found = document(seen.picture, mask=config.mask_values)
    said = "; ".join(alert.summary for alert in seen.picture.alerts)
    if not said:
        return Completed(message="nothing is wrong", data=found)
    return Completed(name="Alerts", message=said, data=found)


async def _publish(seen: Watched, config: Config) -> None:
    """The report as an artifact, and an event for each alert that is new or over."""
    page = health_markdown(seen, mask=config.mask_values)
    await acreate_markdown_artifact(page, key=ARTIFACT, description="Health of all syncs")
    for alert in seen.opened:
        log.error("Alert: %s", alert.summary)
        tell(OPENED, alert, config)
    for alert in seen.closed:
        log.info("Over: %s", alert.summary)
        tell(CLOSED, alert, config)


def tell(event: str, alert: Alert, config: Config) -> None:
    """Emit an event about an alert; its resource is the entity, or the source where there are several."""
    entities = [entity for entity in alert.entities if entity]
    names = [f"crm-sync.{alert.crm_source}.{entity}" for entity in entities]
    resource = names[0] if len(names) == 1 else f"crm-sync.{alert.crm_source}"
    emit_event(
        event,
        resource={
            "prefect.resource.id": resource,
            "prefect.resource.name": resource.removeprefix("crm-sync."),
            "crm-sync.source": alert.crm_source,
            "crm-sync.rule": alert.rule,
            "crm-sync.severity": str(alert.severity),
            "crm-sync.summary": alert.summary,
        },
        related=[
            {"prefect.resource.id": name, "prefect.resource.role": "entity"}
            for name in names
            if name != resource
        ],
        payload=alert_payload(alert, mask=config.mask_values),
    )


def _watch(url: str, config: Config, source: str | None) -> Watched:
    with connect(url, schema=config.bookkeeping_schema) as conn:
        return watch(conn, config, source)


def _told(url: str, config: Config, seen: Watched) -> None:
    with connect(url, schema=config.bookkeeping_schema) as conn:
        told(conn, seen)

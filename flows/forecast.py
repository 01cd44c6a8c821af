"""Whether a run that reads everything fits into what is left of the account's daily allowance."""

import logging
from math import ceil

from flows.context import EntityRun
from flows.plan import canonical
from sources.entity import Entity
from tasks.threads import in_database
from warehouse import history

log = logging.getLogger("crm_sync")

# Below this many requests, nobody needs to ask what is left.
WORTH_ASKING = 100


async def forecast(run: EntityRun, total: int | None) -> None:
    """Say before the first page if reading everything will not fit; it is read as far as it goes."""
    expected = requests_for(run.entity, total or 0)
    run.source.budget.expected += expected
    if run.source.budget.expected < WORTH_ASKING:
        return
    quota = await run.source.budget.left(run.source.reader.source)
    if quota is None or run.source.budget.expected <= quota.remaining:
        return
    log.warning(
        "%s %s: this run needs about %s requests, but of %s a day only %s are left%s. It reads as far as"
        " they go; a later run with the same options goes on from there",
        run.source.name,
        run.entity.name,
        f"{run.source.budget.expected:,}",
        f"{quota.limit:,}",
        f"{quota.remaining:,}",
        f" until {canonical(quota.resets_at)}" if quota.resets_at else "",
    )
    said = {"requests": run.source.budget.expected, "remaining": quota.remaining}
    await in_database(history.mark, run.conn, run.target.run_id, {"forecast": said})


def requests_for(entity: Entity, records: int) -> int:
    """About how many requests it takes to read so many records, and what is beside them."""
    beside = (
        ceil(records / companion.keys_at_once) * len(companion.parts) * companion.requests
        for companion in entity.beside
    )
    return ceil(records / entity.page_size) + sum(beside)

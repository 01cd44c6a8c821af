"""`crm-sync privacy`: erases records on a person's demand, and takes that back."""

import asyncio
import sys
from collections.abc import Sequence

from flows.cli.ends import FAILED, SUCCESS, worst
from flows.cli.screen import console
from flows.cli.warehouse import books, warehouse_url
from flows.cli.webhooks import find
from sources.privacy import VARIABLE, Privacy
from sources.registry import configured
from warehouse import embedded
from warehouse.prepare import prepare

LEFT = (
    "Pages cached on other machines expire within 6 hours, those in a block when its store removes them; what"
    " is in them is not stored any more."
    " Backups, exports and Prefect's own records of events are not reached from here."
)


def forget(source: str, entity: str, keys: Sequence[str]) -> int:
    """Erase records for good; no flow, so that no other system is told of their keys."""
    from flows.forget import Place, refuse_unknown
    from flows.forget import forget as erase
    from flows.page_storage import root_of

    config = configured()
    named = config.source(source)
    privacy = _privacy()
    url = warehouse_url(config)
    prepare(url, config.bookkeeping_schema, upgrades=embedded.is_at(url))
    with books(config) as conn:
        refuse_unknown(conn, named, entity)
    place = Place(url, config.bookkeeping_schema, privacy, pages=root_of(config))
    result = erase(place, named, entity, keys)
    if result.error:
        print(f"crm-sync: {source}.{entity}: {result.error}", file=sys.stderr)
        return worst([result.outcome])
    said = result.row["configuration"]["forgotten"]
    console().print(
        f"{source}.{entity}: {said['rows']} row(s) erased, {said['beside']} beside them,"
        f" {said['rejects']} rejected copies, {said['payloads']} payloads of events and"
        f" {said['pages']} cached page(s); {said['tombstones']} new tombstone(s)."
    )
    console().print(LEFT)
    return SUCCESS


def allow(source: str, entity: str, keys: Sequence[str]) -> int:
    """Take tombstones away, so that records may be stored again."""
    from tasks.forgotten import forgotten
    from warehouse import tombstones

    config = configured()
    config.source(source)
    privacy = _privacy()
    with books(config) as conn:
        known = tombstones.exist(conn, source, entity)
        found = forgotten(conn, privacy, source, entity, keys) if known else {}
        tombstones.take_away(conn, source, entity, list(found.values()))
    console().print(
        f"{source}.{entity}: {len(found)} of {len(keys)} key(s) had a tombstone, and have none now;"
        " a full sync stores what the source still has."
    )
    return SUCCESS if len(found) == len(set(keys)) else FAILED


def _privacy() -> Privacy:
    keys = asyncio.run(find(VARIABLE))
    return Privacy.from_text(keys.get_secret_value() if keys else "")

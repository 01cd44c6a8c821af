"""`crm-sync webhooks drain|list|show|retry`: what was pushed, and what becomes of it."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.text import Text

from flows.cli.api import prepare_prefect
from flows.cli.ends import FAILED, SUCCESS, worst
from flows.cli.rejects import refuse_unknown
from flows.cli.screen import console, moment, table
from flows.cli.warehouse import books
from flows.cli.webhooks import find
from sources.privacy import VARIABLE, Privacy, WrongKey
from sources.registry import configured
from warehouse import inbox, inbox_view

Row = dict[str, Any]
OPEN = ("pending", "dead")
EVERY = ("pending", "done", "ignored", "dead")
COLUMNS = ("id", "entity", "key", "action", "status", "attempts", "received (UTC)", "error")
SPARE = ("received (UTC)", "attempts")
ERASED = "(erased)"
OUTCOMES = (
    ("done", "dealt with"),
    ("ignored", "set aside"),
    ("later", "to be tried again"),
    ("dead", "given up"),
)


def drain(
    source: str | None, entities: Sequence[str], limit: int, *, debug: bool, json: bool
) -> int:
    """Deal with the events that are due; says how many there were of each entity."""
    config = configured()
    refuse_unknown(config, source, None)
    for entity in entities:
        refuse_unknown(config, source, entity)
    with books(config) as conn:
        if not inbox.groups(conn, source) and not inbox.unread(conn, source):
            console().print("No events are due.")
            return SUCCESS
    prepare_prefect(debug=debug)
    # Only now: whatever imports Prefect must come after its settings.
    from flows.cli.outcome import print_json
    from flows.cli.run import run_flow
    from flows.drain import webhooks_drain

    results = run_flow(
        webhooks_drain,
        console(stderr=True),
        source=source,
        entities=list(entities) or None,
        limit=limit,
        debug=debug,
    )
    if json:
        print_json([one for one in results if "id" in one.row], sys.stdout)
    for result in [] if json else results:
        found = (result.row.get("configuration") or {}).get("drain") or {}
        counts = ", ".join(f"{found[name]} {words}" for name, words in OUTCOMES if found.get(name))
        said = "; ".join(filter(None, (counts and f"events: {counts}", result.error)))
        place = f"{result.source}.{result.entity}"
        console().print(Text(f"{place}: {said or _erased(result.row) or 'nothing to do'}"))
    return worst(result.outcome for result in results)


def _erased(row: Row) -> str:
    found = (row.get("configuration") or {}).get("forgotten") or {}
    return f"{found['tombstones']} record(s) erased on demand" if found else ""


def show_list(source: str | None, status: str, limit: int, *, json: bool) -> int:
    """List events, the latest first."""
    config = configured()
    refuse_unknown(config, source, None)
    statuses = {"open": OPEN, "all": EVERY}.get(status, (status,))
    with books(config) as conn:
        rows = inbox_view.events(conn, source, statuses, limit)
    if json:
        document = msgspec.json.encode({"events": rows})
        sys.stdout.write(msgspec.json.format(document, indent=2).decode() + "\n")
        return SUCCESS
    screen = console()
    if not rows:
        screen.print("No such events." if status != "open" else "No events wait.")
        return SUCCESS
    made = table(
        COLUMNS,
        map(_cells, rows),
        screen.width,
        right=("id", "attempts"),
        fold=("key", "error"),
        spare=SPARE,
    )
    screen.print(made)
    if len(rows) == limit:
        screen.print(f"The latest {limit}; --limit shows more.")
    return SUCCESS


def _cells(row: Row) -> list[Any]:
    place = f"{row['crm_source']}.{row['entity']}" if row["entity"] else row["crm_source"]
    names = ("record_key", "action", "status", "attempts", "received_at", "error")
    return [str(row["id"]), place, *(row[name] for name in names)]


def show_one(event_id: int) -> int:
    """Show one event with what it says."""
    with books(configured()) as conn:
        row = inbox_view.one(conn, event_id)
    if row is None:
        print(f"crm-sync: there is no event {event_id}", file=sys.stderr)
        return FAILED
    screen = console()
    facts = (
        ("event", f"{row['event_type']} ({row['action']})"),
        ("record", f"{row['crm_source']}.{row['entity'] or '?'} {row['record_key'] or '?'}"),
        ("state", row["status"]),
        ("attempts", str(row["attempts"])),
        ("error", row["error"]),
        ("occurred", row["occurred_at"] and f"{moment(row['occurred_at'])} UTC"),
        ("received", f"{moment(row['received_at'])} UTC"),
        ("run", row["sync_history_id"] and str(row["sync_history_id"])),
    )
    for name, value in facts:
        if value:
            screen.print(Text.assemble((f"{name:<9}", "bold"), value))
    screen.print(Text(_payload(row["payload"])))
    return SUCCESS


def _payload(sealed: bytes | None) -> str:
    if sealed is None:
        return ERASED
    keys = asyncio.run(find(VARIABLE))
    try:
        payload = Privacy.from_text(keys.get_secret_value() if keys else "").open(sealed)
    except WrongKey as error:
        return f"({error})"
    try:
        return msgspec.json.format(payload, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return payload.decode(errors="replace")


def retry(source: str | None, event_id: int | None) -> int:
    """Let events be due again that were given up, or wait for another attempt."""
    config = configured()
    refuse_unknown(config, source, None)
    with books(config) as conn:
        revived = inbox.revive(conn, source, None if event_id is None else [event_id])
    console().print(
        f"{revived} event(s) are due again: crm-sync webhooks drain, or the next scheduled drain."
    )
    return SUCCESS if revived or event_id is None else FAILED

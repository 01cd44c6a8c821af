"""`crm-sync rejects`: records that could not be stored, why, and another try."""

import sys
from typing import Any

import msgspec
from rich.text import Text

from flows.cli.api import prepare_prefect
from flows.cli.ends import FAILED, SUCCESS, worst
from flows.cli.screen import console, moment, table
from flows.cli.warehouse import books
from sources.config import Config
from sources.errors import ConfigError
from sources.registry import configured, declared_entities, kind_of
from warehouse import rejects as stored

Row = dict[str, Any]
SPARE = ("seen (UTC)", "attempts")


def show_list(source: str | None, entity: str | None, limit: int, *, json: bool) -> int:
    """List open rejects, the latest first."""
    config = configured()
    refuse_unknown(config, source, entity)
    with books(config) as conn:
        rows = stored.open_rejects(conn, source, entity, limit)
    if json:
        documents = [msgspec.json.encode(row | {"raw": msgspec.Raw(_raw(row))}) for row in rows]
        whole = b'{"rejects": [' + b",".join(documents) + b"]}"
        sys.stdout.write(msgspec.json.format(whole, indent=2).decode() + "\n")
    else:
        _print_list(rows, source, limit)
    return SUCCESS


def _print_list(rows: list[Row], source: str | None, limit: int) -> None:
    screen = console()
    if not rows:
        screen.print(f"No rejected records{f' of {source}' if source else ''} are open.")
        return
    columns = ("id", "entity", "key", "reason", "attempts", "seen (UTC)")
    cells = [
        (
            str(row["id"]),
            f"{row['crm_source']}.{row['entity']}",
            row["record_key"],
            row["reason"],
            row["attempts"],
            row["last_seen_at"],
        )
        for row in rows
    ]
    screen.print(
        table(
            columns,
            cells,
            screen.width,
            right=("id", "attempts"),
            fold=("key", "reason"),
            spare=SPARE,
        )
    )
    if len(rows) == limit:
        screen.print(f"The latest {limit}; --limit shows more.")
    screen.print(
        Text(
            "crm-sync rejects show ID shows a record, crm-sync rejects replay tries again.",
            style="dim",
        )
    )


def show_one(reject_id: int) -> int:
    """Show one rejected record with its raw form."""
    with books(configured()) as conn:
        row = stored.one(conn, reject_id)
    if row is None:
        print(f"crm-sync: there is no rejected record {reject_id}", file=sys.stderr)
        return FAILED
    screen = console()
    closed = row["resolved_at"]
    state = f"closed {moment(closed)} UTC by run {row['resolved_by']}" if closed else "open"
    facts = (
        ("record", f"{row['crm_source']}.{row['entity']} {row['record_key']}"),
        ("reason", row["reason"]),
        ("field", row["field"] or ""),
        ("state", state),
        ("attempts", str(row["attempts"])),
        ("seen", f"{moment(row['first_seen_at'])} to {moment(row['last_seen_at'])} UTC"),
        (
            "runs",
            " to ".join(
                dict.fromkeys((str(row["first_sync_history_id"]), str(row["sync_history_id"])))
            ),
        ),
    )
    for name, value in facts:
        if value:
            screen.print(Text.assemble((f"{name:<9}", "bold"), value))
    screen.print(Text(msgspec.json.format(_raw(row), indent=2).decode()))
    return SUCCESS


def replay(
    source: str | None, entity: str | None, reject_id: int | None, *, debug: bool, json: bool
) -> int:
    """Try rejected records again; says how many landed, stay, or are gone."""
    config = configured()
    refuse_unknown(config, source, entity)
    with books(config) as conn:
        if not stored.open_ids(conn, source, entity, reject_id):
            which = (
                f"Rejected record {reject_id} is not open."
                if reject_id
                else "No rejected records are open."
            )
            console().print(which)
            return SUCCESS
    prepare_prefect(debug=debug)
    # Only now: whatever imports Prefect must come after its settings.
    from flows.cli.outcome import print_json
    from flows.cli.run import run_flow
    from flows.replay import rejects_replay

    results = run_flow(
        rejects_replay,
        console(stderr=True),
        source=source,
        entity=entity,
        reject_id=reject_id,
        debug=debug,
    )
    if json:
        print_json(results, sys.stdout)
    for result in [] if json else results:
        found = (result.row.get("configuration") or {}).get("replay") or {}
        counts = ", ".join(f"{found[name]} {words}" for name, words in OUTCOMES if found.get(name))
        console().print(
            Text(f"{result.source}.{result.entity}: {counts or result.error or 'nothing to do'}")
        )
    return worst(result.outcome for result in results)


OUTCOMES = (
    ("landed", "landed"),
    ("stay", "rejected again"),
    ("gone", "no longer at the source, or archived there; they stay open"),
)


def refuse_unknown(config: Config, source: str | None, entity: str | None) -> None:
    """Raise ConfigError for a source or an entity nobody knows."""
    if source is None:
        if entity is not None:
            raise ConfigError(f"name the source of {entity} too")
        return
    kind = kind_of(config.source(source))
    # What an account has of its own only it can tell.
    if entity is not None and not kind.custom_objects:
        declared_entities(config.source(source), [entity])


def _raw(row: Row) -> bytes:
    return str(row["raw"]).encode()

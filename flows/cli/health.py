"""`crm-sync health`: what is wrong, if anything; its exit status is for cron and CI."""

import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from flows.cli.ends import FAILED, SUCCESS
from flows.cli.screen import BAD, GOOD, console, moment, table
from flows.cli.warehouse import books
from flows.watch.compliance import CHECKS, Compliance, compliance
from flows.watch.document import alert_payload, document
from flows.watch.look import Picture, Watched, look, told, watch
from sources.config import Config
from sources.registry import configured
from warehouse.alerts import Alert
from warehouse.connection import Connection

COLUMNS = ("source", "runs in 24 h", "success %", "failure %", "last success (UTC)", "history")
NUMBERS = COLUMNS[1:4]


def health(source: str | None, *, json: bool, compliance: bool, new: bool) -> int:
    """Look, say what there is to say, and return the exit status."""
    config = configured()
    if source is not None:
        config.source(source)
    with books(config) as conn:
        if compliance:
            return _compliance(conn, config, source, json=json)
        if new:
            return _new(conn, config, source, json=json)
        picture = look(conn, config, source)
    if json:
        write(document(picture))
    else:
        print_health(picture, console())
    return FAILED if picture.findings else SUCCESS


def _new(conn: Connection, config: Config, source: str | None, *, json: bool) -> int:
    """Note what is wrong; only what nobody was told yet is told."""
    seen = watch(conn, config, source)
    if json:
        write({"opened": _payloads(seen.opened), "closed": _payloads(seen.closed)})
    else:
        print_new(seen, console())
    sys.stdout.flush()
    told(conn, seen)
    return FAILED if seen.opened else SUCCESS


def _payloads(alerts: Sequence[Alert]) -> list[dict[str, Any]]:
    return [alert_payload(alert) for alert in alerts]


def _compliance(conn: Connection, config: Config, source: str | None, *, json: bool) -> int:
    found = compliance(conn, config, source)
    if json:
        write({"compliance": [one.document for one in found]})
    else:
        print_compliance(found, console())
    return SUCCESS if found and all(all(one.checks.values()) for one in found) else FAILED


def print_health(picture: Picture, screen: Console) -> None:
    """The sources' numbers, and a line for each thing that is wrong."""
    if not picture.reports:
        screen.print("Nothing was synced yet.")
        return
    rows = [
        (
            one.crm_source,
            one.last_24h_syncs,
            f"{one.success_rate:g}",
            f"{one.failure_rate:g}",
            one.last_successful_sync,
            picture.status_of(one.crm_source),
        )
        for one in picture.reports
    ]
    screen.print(table(COLUMNS, rows, screen.width, right=NUMBERS, spare=("history",)))
    since = {
        (alert.crm_source, entity, alert.family): alert.opened_at
        for alert in reversed(picture.alerts)
        for entity in alert.entities
    }
    for one in picture.findings:
        place = f"{one.crm_source}.{one.entity}" if one.entity else one.crm_source
        known = since.get((one.crm_source, one.entity, one.family))
        when = f" (told {moment(known)} UTC)" if known else ""
        screen.print(Text(f"{BAD} {place}: {one.summary}{when}", style="red"))
        if one.error:
            screen.print(Text(f"  {one.error}", style="dim"))
    if not picture.findings:
        screen.print(Text(f"{GOOD} nothing is wrong", style="green"))


def print_new(seen: Watched, screen: Console) -> None:
    """What has come up since the last look, and what is over."""
    for alert in seen.opened:
        screen.print(Text(f"{BAD} {alert.summary}", style="red"))
        for error in sorted({one["error"] for one in alert.findings if one.get("error")}):
            screen.print(Text(f"  {error}", style="dim"))
    for alert in seen.closed:
        screen.print(Text(f"{GOOD} over: {alert.summary}", style="green"))


def print_compliance(found: Sequence[Compliance], screen: Console) -> None:
    """A line for each entity, with a mark for each check."""
    if not found:
        screen.print("Nothing was synced yet.")
        return
    rows = [
        (
            f"{one.crm_source}.{one.entity}" if one.entity else one.crm_source,
            *(GOOD if one.checks[check] else BAD for check in CHECKS),
            one.status,
            ", ".join(one.redundant),
        )
        for one in found
    ]
    columns = ("entity", *CHECKS, "status", "redundant columns")
    screen.print(table(columns, rows, screen.width, spare=()))


def write(found: dict[str, Any]) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")

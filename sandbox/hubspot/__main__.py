"""`python -m sandbox.hubspot`: the look-alike as a process; it prints its URL, then serves."""

import argparse
from typing import Any

from sandbox.hubspot.auth import PORTAL_ID
from sandbox.hubspot.sandbox import HubspotSandbox
from sandbox.hubspot.seed import INVENTIONS
from sandbox.server import run

COUNTS = {"contacts": 2000, "companies": 300, "deals": 500}  # none of the other types
FAST_CONTACTS = 100_000


def build(arguments: list[str] | None = None) -> tuple[HubspotSandbox, str, int]:
    """Read the command line and fill a sandbox."""
    asked = _parser().parse_args(arguments)
    how: dict[str, Any] = {"portal_id": asked.portal_id, "seed": asked.seed}
    if asked.no_limits:
        how["limits"] = None
    if asked.fast:
        contacts = FAST_CONTACTS if asked.contacts is None else asked.contacts
        sandbox = HubspotSandbox.fast(contacts, asked.properties, **how)
    else:
        told = {name: getattr(asked, name) for name in INVENTIONS}
        counts = COUNTS | {name: count for name, count in told.items() if count is not None}
        sandbox = HubspotSandbox.seeded(links=asked.links, **counts, **how)
    sandbox.index_lag = asked.index_lag
    return sandbox, asked.host, asked.port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.hubspot", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--portal-id", type=int, default=PORTAL_ID, help="which account this is")
    for name in INVENTIONS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="COUNT")
    parser.add_argument("--links", action="store_true", help="let the records belong together")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fast", action="store_true", help="contacts only, from prepared bytes")
    parser.add_argument("--properties", type=int, default=40, help="with --fast")
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument("--index-lag", type=float, default=0.0, help="seconds")
    return parser


if __name__ == "__main__":
    sandbox, host, port = build()
    run(sandbox.app, host, port)

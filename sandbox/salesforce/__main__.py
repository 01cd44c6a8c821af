"""`python -m sandbox.salesforce`: the look-alike as a process; it prints its URL, then serves."""

import argparse

from sandbox.salesforce.sandbox import SalesforceSandbox
from sandbox.server import run

FAST_CONTACTS = 100_000


def build(arguments: list[str] | None = None) -> tuple[SalesforceSandbox, str, int]:
    """Read the command line and fill a sandbox."""
    asked = _parser().parse_args(arguments)
    how = {"limits": None} if asked.no_limits else {}
    if asked.fast:
        sandbox = SalesforceSandbox.fast(asked.contacts, asked.fields)
    else:
        sandbox = SalesforceSandbox.seeded(asked.seed, scale=asked.scale, **how)
    return sandbox, asked.host, asked.port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.salesforce", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--scale", type=float, default=1.0, help="times the usual size")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fast", action="store_true", help="contacts only, for Bulk alone")
    parser.add_argument("--contacts", type=int, default=FAST_CONTACTS, help="with --fast")
    parser.add_argument("--fields", type=int, default=40, help="with --fast")
    parser.add_argument("--no-limits", action="store_true", help="no limits")
    return parser


if __name__ == "__main__":
    sandbox, host, port = build()
    run(sandbox.app, host, port)

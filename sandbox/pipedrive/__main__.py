"""`python -m sandbox.pipedrive`: the look-alike as a process; it prints its URL, then serves."""

import argparse
from typing import Any

from sandbox.pipedrive.auth import COMPANY_ID
from sandbox.pipedrive.sandbox import PipedriveSandbox
from sandbox.pipedrive.seed import COUNTED
from sandbox.server import run


def build(arguments: list[str] | None = None) -> tuple[PipedriveSandbox, str, int]:
    """Read the command line and fill a sandbox."""
    asked = _parser().parse_args(arguments)
    how: dict[str, Any] = {"company_id": asked.company_id, "seed": asked.seed, "host": asked.kind}
    if asked.no_limits:
        how["limits"] = None
    told = {name: getattr(asked, name) for name in COUNTED}
    counts = {name: count for name, count in told.items() if count is not None}
    return PipedriveSandbox.seeded(**counts, **how), asked.host, asked.port


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.pipedrive", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--company-id", type=int, default=COMPANY_ID, help="which company this is")
    parser.add_argument(
        "--kind", choices=("api", "company"), default="api", help="whose addresses it has"
    )
    for name in COUNTED:
        parser.add_argument(f"--{name}", type=int, metavar="COUNT")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    return parser


if __name__ == "__main__":
    sandbox, host, port = build()
    run(sandbox.app, host, port)

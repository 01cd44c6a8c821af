"""`python -m sandbox.callrail`: the look-alike as a process; it prints its URL, then serves."""

import argparse
from typing import Any

from sandbox.callrail.sandbox import CallrailSandbox
from sandbox.server import run

COUNTS = {"calls": 2000, "form_submissions": 200, "text_messages": 60}


def build(arguments: list[str] | None = None) -> tuple[CallrailSandbox, str, int]:
    """Read the command line and fill a sandbox."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.callrail", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    for name, count in COUNTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=count)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    asked = parser.parse_args(arguments)
    how: dict[str, Any] = {name: getattr(asked, name) for name in COUNTS}
    if asked.no_limits:
        how["limits"] = None
    return CallrailSandbox.seeded(seed=asked.seed, **how), asked.host, asked.port


if __name__ == "__main__":
    sandbox, host, port = build()
    run(sandbox.app, host, port)

"""`python -m sandbox.salesrabbit`: the look-alike as a process; it prints its URL, then serves."""

import argparse

from sandbox.salesrabbit.sandbox import SalesRabbitSandbox
from sandbox.server import run


def build(arguments: list[str] | None = None) -> tuple[SalesRabbitSandbox, str, int]:
    """Read the command line and fill a sandbox."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.salesrabbit", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--users", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--nested", action="store_true", help="addresses as objects of their own")
    asked = parser.parse_args(arguments)
    sandbox = SalesRabbitSandbox.seeded(asked.leads, asked.users, asked.seed)
    sandbox.nested = asked.nested
    return sandbox, asked.host, asked.port


if __name__ == "__main__":
    sandbox, host, port = build()
    run(sandbox.app, host, port)

"""`python -m sandbox.salespro`: the database as a file, and a process that changes it; it prints its URL."""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.salespro.sandbox import SalesProSandbox
from sandbox.server import run


def build(arguments: list[str] | None = None) -> tuple[SalesProSandbox, str, int]:
    """Read the command line and fill a database, whose file is there as long as the sandbox is."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.salespro", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    folder = TemporaryDirectory(prefix="salespro-")
    sandbox = SalesProSandbox.seeded(Path(folder.name, "leap.db"), asked.customers, asked.seed)
    sandbox.folder = folder
    return sandbox, asked.host, asked.port


if __name__ == "__main__":
    sandbox, host, port = build()
    run(sandbox.app, host, port)

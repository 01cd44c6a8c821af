"""The `crm-sync` command: reads what was asked, and calls the function that does it."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from flows.cli.ends import plainly
from flows.cli.welcome import WELCOME
from flows.cli.words import parser


def main(arguments: Sequence[str] | None = None) -> None:
    """What the console script calls; ends the process with the command's exit status."""
    try:
        status: int | str | None = run(arguments)
    except SystemExit as told:
        status = told.code
    api = sys.modules.get("flows.cli.api")
    if api is not None and api.private_server_runs():
        # Prefect would spend seconds at exit on sending its last events to a server that goes with us.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)
    sys.exit(status)


@plainly
def run(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit status."""
    asked = vars(parser().parse_args(arguments))
    place = asked.pop("run", None)
    if place is None:
        print(WELCOME)
        return 0
    module, _, name = place.partition(":")
    command: Callable[..., int] = getattr(import_module(module), name)
    return command(**asked)

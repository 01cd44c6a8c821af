"""The pieces command lines are made of."""

import argparse
import shutil
from typing import Any

Commands = Any  # argparse's own name for it is private

WIDEST = 100  # columns
EXIT_STATUS = """\
exit status:
  0 success, 1 failed, 2 usage or configuration, 3 partial (records were
  rejected), 4 skipped (another run is at work on the entity); of several
  entities the worst: failed, partial, skipped, success
"""


def formatter(prog: str) -> argparse.HelpFormatter:
    """Help as wide as the terminal, within reason; what is laid out stays so."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=24, width=width)


def command(
    commands: Commands, name: str, help: str, run: str = "", **more: Any
) -> argparse.ArgumentParser:
    """A command; it is done by `run`, by default the function of its name in the module of its name."""
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help,
        description=f"{help[0].upper()}{help[1:]}.",
        formatter_class=formatter,
        allow_abbrev=False,
        **more,
    )
    made.set_defaults(run=run or f"flows.cli.{name}:{name}")
    return made


def group(commands: Commands, name: str, help: str) -> Commands:
    """A command with commands of its own."""
    made = commands.add_parser(name, help=help, formatter_class=formatter, allow_abbrev=False)
    return made.add_subparsers(title="commands", metavar="COMMAND", required=True)


def takes_source(made: argparse.ArgumentParser, *, entity: bool = False) -> None:
    """A source and perhaps an entity, both optional."""
    made.add_argument("source", nargs="?", metavar="SOURCE", help="only of this source")
    if entity:
        made.add_argument("entity", nargs="?", metavar="ENTITY", help="only of this entity")


def takes_limit(made: argparse.ArgumentParser, usual: int) -> None:
    """How many at most."""
    made.add_argument(
        "--limit", type=number, default=usual, metavar="N", help="so many (%(default)s)"
    )


def number(text: str) -> int:
    """One or more."""
    given = int(text)
    if given < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {given}")
    return given


def takes_debug(made: argparse.ArgumentParser) -> None:
    """More to see."""
    made.add_argument("--debug", action="store_true", help="show requests and Prefect's log too")


def takes_json(made: argparse.ArgumentParser) -> None:
    """For programs."""
    made.add_argument(
        "--json", action="store_true", help="one JSON document on stdout, all else on stderr"
    )

"""The command line's words: what can be asked, and with which options.

Nothing heavy is imported here: each command names the function that does it, so that --help answers at once.
"""

import argparse
from functools import partial
from typing import Any

from flows.cli.arguments import (
    EXIT_STATUS,
    Commands,
    command,
    formatter,
    group,
    takes_debug,
    takes_json,
    takes_limit,
    takes_source,
)
from flows.cli.words_pushed import privacy, webhooks
from flows.cli.words_watching import watching


def parser() -> argparse.ArgumentParser:
    """Every command and option."""
    made = argparse.ArgumentParser(
        "crm-sync",
        description="CRM data into PostgreSQL, run by Prefect.",
        epilog="crm-sync COMMAND --help shows a command's options.",
        formatter_class=formatter,
        allow_abbrev=False,
    )
    made.add_argument(
        "--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help="show the version"
    )
    commands = made.add_subparsers(title="commands", metavar="COMMAND")
    _sync(commands)
    command(
        commands, "sources", "list every source and entity, configured or not, and what is missing"
    )
    check = command(
        commands, "check", "check credential, scopes, reachability and warehouse rights"
    )
    check.add_argument("source", metavar="SOURCE", help="such as hubspot")
    history = command(commands, "history", "show the latest runs")
    takes_source(history)
    takes_limit(history, 20)
    takes_json(history)
    watching(commands)
    _rejects(group(commands, "rejects", "records that could not be stored: list, show, replay"))
    webhooks(
        group(commands, "webhooks", "events that sources push: serve, drain, list, show, retry")
    )
    privacy(group(commands, "privacy", "records that people want erased: forget, allow"))
    _deploy(commands)
    _db(group(commands, "db", "the database: upgrade, psql, stop"))
    _sandbox(group(commands, "sandbox", "local look-alikes of CRMs: serve"))
    demo = command(
        commands,
        "demo",
        "sync a sandbox CRM into an embedded PostgreSQL, fully and then again",
        "flows.demo.play:demo",
    )
    demo.add_argument(
        "source", nargs="?", default="hubspot", metavar="SOURCE", help="hubspot when left out"
    )
    return made


class _Version(argparse.Action):
    """Shows the version; finding it out costs something, so it is done only when asked."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from flows.version import CODE_VERSION

        print(f"crm-sync {CODE_VERSION}")
        parser.exit()


def _sync(commands: Commands) -> None:
    made = command(
        commands,
        "sync",
        "bring a source up to date in PostgreSQL",
        usage="crm-sync sync SOURCE [ENTITY ...] [options]",
        epilog=EXIT_STATUS,
    )
    made.add_argument(
        "source", metavar="SOURCE", help="such as hubspot; `crm-sync sources` lists them"
    )
    made.add_argument(
        "entities", nargs="*", metavar="ENTITY", help="such as contacts; all when left out"
    )
    flag = partial(made.add_argument, action="store_true")
    flag("--full", help="read everything; stored rows that are newer than the source's stay")
    flag("--force-overwrite", help="the source wins; with --full the table equals it afterwards")
    made.add_argument(
        "--since",
        metavar="YYYY-MM-DD",
        help="read what changed since a date or ISO 8601 moment, UTC",
    )
    flag("--dry-run", help="show what would happen and write nothing")
    made.add_argument("--batch-size", type=int, metavar="N", help="records per API page")
    made.add_argument(
        "--max-records", type=int, metavar="N", default=0, help="read at most so many per entity"
    )
    flag("--strict", default=None, help="reject records that are not as declared")
    made.add_argument(
        "--no-resume",
        action="store_false",
        dest="resume",
        help="start afresh after an interrupted run",
    )
    takes_debug(made)
    takes_json(made)


def _rejects(commands: Commands) -> None:
    place = "flows.cli.rejects:"
    made = command(
        commands,
        "list",
        "list rejected records that are open, the latest first",
        f"{place}show_list",
    )
    takes_source(made, entity=True)
    takes_limit(made, 50)
    takes_json(made)
    made = command(
        commands, "show", "show a record: reason, attempts, runs and raw form", f"{place}show_one"
    )
    made.add_argument("reject_id", type=int, metavar="ID", help="from `crm-sync rejects list`")
    made = command(
        commands,
        "replay",
        "try open ones again: read anew where they have a key, else from their raw form",
        f"{place}replay",
        epilog=EXIT_STATUS,
    )
    takes_source(made, entity=True)
    made.add_argument("--id", type=int, dest="reject_id", metavar="ID", help="only this record")
    takes_debug(made)
    takes_json(made)


def _deploy(commands: Commands) -> None:
    made = command(
        commands,
        "deploy",
        "set up work pool, deployments, automations and limits on the Prefect server",
    )
    made.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="only the deployments of these, and those that look after all; all when left out",
    )
    made.add_argument(
        "--type",
        default="process",
        metavar="TYPE",
        help="the work pool's type: process (when left out), docker, kubernetes",
    )
    made.add_argument("--pool", metavar="NAME", help="the work pool's name; crm-sync when left out")


def _db(commands: Commands) -> None:
    place = "flows.cli.database:"
    command(
        commands,
        "upgrade",
        "create the bookkeeping tables or bring them up to date",
        f"{place}upgrade",
    )
    command(commands, "psql", "print the psql command that opens the database", f"{place}psql")
    command(
        commands,
        "stop",
        "stop the embedded PostgreSQL; whoever needs it starts it again",
        f"{place}stop",
    )


def _sandbox(commands: Commands) -> None:
    does = "serve a look-alike of a CRM, full of invented people, until Ctrl-C"
    made = command(commands, "serve", does, "flows.cli.sandbox:serve")
    made.add_argument(
        "source", nargs="?", default="hubspot", metavar="SOURCE", help="hubspot when left out"
    )
    made.add_argument(
        "options",
        nargs=argparse.REMAINDER,
        metavar="OPTION",
        help="such as --port 8700; `crm-sync sandbox serve SOURCE --help` lists them",
    )

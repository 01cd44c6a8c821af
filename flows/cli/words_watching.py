"""The command line's words for looking after syncs: health, report, maintenance."""

from flows.cli.arguments import Commands, command, number, takes_json, takes_source

EXIT_STATUS = """\
exit status:
  0 nothing is wrong, 1 something is (with --new: something new is; with
  --compliance: something does not comply), 2 usage or configuration
"""


def watching(commands: Commands) -> None:
    """Commands that look at what the others did."""
    made = command(
        commands, "health", "show what is wrong with the syncs, if anything", epilog=EXIT_STATUS
    )
    takes_source(made)
    what = made.add_mutually_exclusive_group()
    what.add_argument(
        "--compliance", action="store_true", help="check that the history is kept as it should be"
    )
    what.add_argument(
        "--new",
        action="store_true",
        help="note what is wrong, and show what was not shown before or is over; for cron",
    )
    takes_json(made)
    made = command(commands, "report", "write a page with charts of the last days")
    made.add_argument("--days", type=number, default=14, metavar="N", help="so many (%(default)s)")
    made.add_argument(
        "--output",
        default="crm-sync-report.html",
        metavar="FILE",
        help="where to (%(default)s; - for stdout)",
    )
    made = command(commands, "maintenance", "remove what is older than [retention] says")
    made.add_argument("--dry-run", action="store_true", help="only count")
    takes_json(made)

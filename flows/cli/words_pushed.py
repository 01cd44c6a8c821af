"""The command line's words for what is pushed, and for what people want erased."""

from flows.cli.arguments import (
    EXIT_STATUS,
    Commands,
    command,
    number,
    takes_debug,
    takes_json,
    takes_limit,
    takes_source,
)


def webhooks(commands: Commands) -> None:
    """`crm-sync webhooks`: receive events, deal with them, look at them."""
    made = command(
        commands,
        "serve",
        "receive webhooks and store their events for good, until Ctrl-C or SIGTERM",
        "flows.cli.webhooks:serve",
    )
    made.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    made.add_argument("--port", type=int, default=8800, metavar="N", help="0 for any free one")
    made.add_argument(
        "--public-url",
        metavar="URL",
        help="where senders reach this server, such as https://hooks.example.com",
    )
    _inbox(commands)


def _inbox(commands: Commands) -> None:
    place = "flows.cli.inbox:"
    made = command(
        commands,
        "drain",
        "read again what the events that are due are about",
        f"{place}drain",
        epilog=EXIT_STATUS,
    )
    takes_source(made)
    made.add_argument("entities", nargs="*", metavar="ENTITY", help="only of these entities")
    made.add_argument(
        "--limit", type=number, default=0, metavar="N", help="at most so many of each entity"
    )
    takes_debug(made)
    takes_json(made)
    made = command(commands, "list", "list events, the latest first", f"{place}show_list")
    takes_source(made)
    made.add_argument(
        "--status",
        choices=("open", "pending", "dead", "done", "ignored", "all"),
        default="open",
        help="open (pending and dead) when left out",
    )
    takes_limit(made, 50)
    takes_json(made)
    made = command(commands, "show", "show an event and what it says", f"{place}show_one")
    made.add_argument("event_id", type=int, metavar="ID", help="from `crm-sync webhooks list`")
    made = command(
        commands,
        "retry",
        "let events be due again that were given up, or wait for another attempt",
        f"{place}retry",
    )
    takes_source(made)
    made.add_argument("--id", type=int, dest="event_id", metavar="ID", help="only this event")


def privacy(commands: Commands) -> None:
    """`crm-sync privacy`: erase records on demand, and take that back."""
    place = "flows.cli.privacy:"
    for name, does in (
        ("forget", "erase records and all that is kept of them, for good, and keep them away"),
        ("allow", "let records be stored again that were erased"),
    ):
        made = command(commands, name, does, f"{place}{name}")
        made.add_argument("source", metavar="SOURCE", help="such as hubspot")
        made.add_argument("entity", metavar="ENTITY", help="such as contacts")
        made.add_argument("keys", nargs="+", metavar="KEY", help="as its table has it")

"""`crm-sync sources`: what can be synced, and what is missing for it."""

from rich.text import Text

from flows.cli.api import configured_server
from flows.cli.ends import SUCCESS
from flows.cli.screen import BAD, GOOD, NOTE, console, table
from flows.cli.sync import lacking
from sources.registry import configured, named, unset


def sources() -> int:
    """List sources and entities."""
    config = configured()
    server = configured_server()
    rows = []
    for name, source in config.sources.items():
        missing = lacking(source)
        mark = (NOTE if server else BAD) if missing else GOOD
        state = unset(missing) if missing else "configured"
        if missing and server:
            state += ", perhaps a Secret block has it"
        entities = ", ".join(named(source, None))
        rows.append((mark, name, source.kind if source.kind != name else "", entities, state))
    screen = console()
    columns = ("", "source", "kind", "entities", "state")
    screen.print(table(columns, rows, screen.width, fold=("entities", "state")))
    file = (
        f"Settings from {config.path.resolve()}."
        if config.path
        else "No crm-sync.toml here: defaults."
    )
    screen.print(Text(file, style="dim"))
    return SUCCESS

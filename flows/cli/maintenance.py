"""`crm-sync maintenance`: removes what is older than the configuration says."""

from flows.cli.ends import SUCCESS
from flows.cli.health import write
from flows.cli.screen import console
from flows.cli.warehouse import books
from flows.keeping import keep_house
from sources.registry import configured


def maintenance(*, dry_run: bool, json: bool) -> int:
    """Remove, or only count, and say what."""
    config = configured()
    with books(config) as conn:
        removed = keep_house(conn, config, dry=dry_run)
    if json:
        write({"removed": removed, "dry_run": dry_run})
    else:
        said = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in removed.items())
        console().print(f"{'Would remove' if dry_run else 'Removed'} {said}.")
    return SUCCESS

"""`crm-sync report`: one page with charts, for people and for attachments."""

import sys
from pathlib import Path

from flows.cli.ends import SUCCESS, NotReady
from flows.cli.screen import console
from flows.cli.warehouse import books
from flows.report.page import page
from flows.watch.look import look
from sources.registry import configured
from warehouse.trends import trends


def report(days: int, output: str) -> int:
    """Write the page, and say where it is."""
    config = configured()
    with books(config) as conn:
        picture = look(conn, config)
        found = trends(conn, picture.now, days)
    made = page(picture, found, days, mask=config.mask_values)
    if output == "-":
        sys.stdout.write(made)
        return SUCCESS
    try:
        Path(output).write_text(made, encoding="utf-8")
    except OSError as error:
        raise NotReady(f"cannot write {output}: {error.strerror}") from None
    console().print(f"{Path(output).resolve()}")
    return SUCCESS

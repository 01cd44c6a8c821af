"""The log of a run on stderr: the guide's lines, above the progress bars on a terminal."""

import logging

from rich.console import Console
from rich.text import Text

_STYLES = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "bold red"}


class Lines(logging.Handler):
    """Prints log lines; with their time and level where nobody watches."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        if not console.is_terminal:
            self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        try:
            self.console.print(Text(self.format(record), style=_STYLES.get(record.levelno, "")))
        except Exception:  # noqa: BLE001 - a log line must not end a run
            self.handleError(record)


def show_log(console: Console, *, debug: bool = False) -> None:
    """Let our own lines appear on `console`, and only there; Prefect's are its own matter."""
    log = logging.getLogger("crm_sync")
    log.setLevel(logging.DEBUG if debug else logging.INFO)
    log.propagate = False
    for handler in [found for found in log.handlers if isinstance(found, Lines)]:
        log.removeHandler(handler)
    log.addHandler(Lines(console))

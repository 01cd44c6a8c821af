"""How things look: tables that fit a terminal and stay whole in a pipe."""

from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

# A pipe has no edge to fit into; nothing may be cut off there.
PIPE_WIDTH = 1000
TENTHS_BELOW = 10  # seconds
FOLDED = 24  # what a column needs at least to be read when folded
GOOD, BAD, LACKS, NOTE = "✓", "✗", "!", "·"
_STYLES = {
    "success": "green",
    "partial": "yellow",
    "failed": "red",
    "skipped": "yellow",
    "running": "cyan",
    GOOD: "green",
    BAD: "bold red",
    NOTE: "dim",
}


def console(*, stderr: bool = False) -> Console:
    """A console that neither guesses at markup nor colours numbers; people's values pass through it."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        made.width = PIPE_WIDTH
        made.soft_wrap = True
    return made


def to_copy(text: str, style: str = "") -> Text:
    """A line to be copied: a terminal may fold it, but nothing breaks it in two."""
    return Text(text, style=style, no_wrap=True, overflow="ignore")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    width: int,
    *,
    right: Container[str] = (),
    fold: Container[str] = (),
    spare: Iterable[str] = (),
) -> Table:
    """A plain table for `width`: numbers to the right, long words of `fold` columns on several lines.

    A column without any value is left out; those in `spare` go, one by one, where it would be too wide.
    """
    cells = [[shown(value) for value in row] for row in rows]
    kept = [at for at, _ in enumerate(columns) if any(row[at].plain for row in cells)]
    widths = [
        max([len(name), *(row[at].cell_len for row in cells)]) for at, name in enumerate(columns)
    ]
    least = [
        min(wide, FOLDED) if name in fold else wide
        for name, wide in zip(columns, widths, strict=True)
    ]
    for name in spare:
        if sum(least[at] + 1 for at in kept) <= width:
            break
        kept = [at for at in kept if columns[at] != name]
    gap = 2 if sum(widths[at] + 2 for at in kept) <= width else 1
    made = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for at in kept:
        name = columns[at]
        justify: Literal["right", "left"] = "right" if name in right else "left"
        made.add_column(name, justify=justify, no_wrap=name not in fold, overflow="fold")
    for row in cells:
        made.add_row(*(row[at] for at in kept))
    return made


def shown(value: Any) -> Text:
    """A value as people read it."""
    if value is None:
        return Text("")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int):
        return Text(f"{value:,}")
    if isinstance(value, datetime):
        return Text(moment(value))
    text = " ".join(str(value).split())
    return Text(text, style=_STYLES.get(text, ""))


def moment(value: datetime) -> str:
    """A moment in UTC, to the minute; the year only where it is another one."""
    there, now = value.astimezone(UTC), datetime.now(UTC)
    return f"{there:%m-%d %H:%M}" if there.year == now.year else f"{there:%Y-%m-%d %H:%M}"


def span(seconds: float | None) -> str:
    """A duration: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {rest} s"
    return f"{rest} s" if rest >= TENTHS_BELOW else f"{seconds:.1f} s"


def window(configuration: dict[str, Any]) -> str:
    """What a run read: `all`, or from when on, up to when."""
    found = configuration.get("window")
    if not isinstance(found, dict):
        return ""
    since, until = (_spelled(found.get(end)) for end in ("since", "until"))
    return f"{since or 'all'} … {until}"


def _spelled(stamp: Any) -> str:
    try:
        return moment(datetime.fromisoformat(stamp)) if stamp else ""
    except (TypeError, ValueError):
        return str(stamp)

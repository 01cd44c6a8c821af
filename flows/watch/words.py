"""Numbers in sentences."""

from datetime import timedelta

_STEPS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))


def span(length: timedelta | float) -> str:
    """A length of time in its two largest units: `2 d 3 h`, `5 min 20 s`, `12 s`."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    for size, unit, smaller, further in _STEPS:
        if seconds >= size:
            whole, rest = divmod(int(seconds), size)
            left = rest // smaller
            return f"{whole} {unit} {left} {further}" if left else f"{whole} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"  # noqa: PLR2004 - tenths matter below


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{100 * share:.3g} %"


def some(names: list[str], most: int = 4) -> str:
    """A few names, and how many more there are."""
    if len(names) <= most + 1:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"

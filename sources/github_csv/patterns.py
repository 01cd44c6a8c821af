"""Paths with wildcards: which files of a repository they name."""

import re
from functools import cache

MAGIC = re.compile(r"[*?\[]")
# What a folder is read for.
TABLES = re.compile(r"\.(csv|tsv)(\.(gz|zst))?$", re.IGNORECASE)


def is_table(name: str) -> bool:
    """Whether a file's name says that it is a table."""
    return not name.startswith(".") and bool(TABLES.search(name))


def parted(path: str) -> tuple[list[str], list[str]]:
    """The folders (or the file) that a path names outright, and the names from the first wildcard on."""
    names = path.split("/")
    wild = next((at for at, name in enumerate(names) if MAGIC.search(name)), len(names))
    return names[:wild], names[wild:]


def fits(pattern: list[str], path: str) -> bool:
    """Whether a path has the form: `**` is any folders, `*` and `?` stay within a name."""
    return bool(_compiled(tuple(pattern)).fullmatch(path))


@cache
def _compiled(pattern: tuple[str, ...]) -> re.Pattern[str]:
    parts = [
        # Names that begin with a dot are hidden, as everywhere.
        r"(?:[^./][^/]*/)*" if name == "**" else _one(name) + "/"
        for name in pattern[:-1]
    ]
    last = pattern[-1]
    parts.append(r"(?:[^./][^/]*/)*[^./][^/]*" if last == "**" else _one(last))
    return re.compile("".join(parts))


def _one(name: str) -> str:
    """A name with wildcards as a regular expression."""
    hidden = "" if name.startswith(".") else r"(?!\.)"
    pieces = re.split(r"(\*+|\?|\[!?\]?[^\]]*\])", name)
    return hidden + "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if piece.startswith("*"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and piece.endswith("]") and len(piece) > 2:
        inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        inside = f"^{inner[1:]}/" if inner.startswith("!") else inner.replace("^", "\\^")
        return f"[{inside}]"
    return re.escape(piece)

"""Names of columns: what a header says, and what PostgreSQL will call it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

# Columns that are about a row rather than in it.
FILE, LINE = "_file", "_line"
_NUMBERED = re.compile(r"column_[1-9][0-9]*")
LONGEST = 63  # bytes, PostgreSQL's limit


def numbered(place: int) -> str:
    """The name of a column that has none, by its place from 1."""
    return f"column_{place}"


def is_numbered(name: str) -> bool:
    """Whether a name is one that columns without names get."""
    return _NUMBERED.fullmatch(name) is not None


def distinct(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names in a header, each there once, and what had to be done about some of them.

    One that is missing is named by its place, one that is there again gets the number of its turn.
    """
    bare = [cell.strip("\ufeff \t\r\n\xa0\0") for cell in cells]
    taken = {FILE, LINE, *filter(None, bare)}
    names: list[str] = []
    remarks = []
    for place, name in enumerate(bare, start=1):
        unique = name or _free(numbered(place), taken)
        if name and (name in names or name in {FILE, LINE}):
            unique = _free(name, taken)
            remarks.append(
                f"column {place} is the second one called {name!r}, and is read as {unique!r}"
            )
        elif not name:
            remarks.append(f"column {place} has no name, and is read as {unique!r}")
        taken.add(unique)
        names.append(unique)
    return names, remarks


def as_spelled(names: Sequence[str], spellings: Sequence[str]) -> list[str]:
    """The names of a header, each as the configuration or another file spells it.

    Case and blanks make no difference, unless two columns differ in nothing else.
    """
    exact = set(names) & set(spellings)
    alike: dict[str, list[str]] = {}
    for spelling in dict.fromkeys(spellings):
        if spelling not in exact:
            alike.setdefault(folded(spelling), []).append(spelling)
    found = []
    for name in names:
        other = [] if name in exact else alike.pop(folded(name), [])
        found.append(other[0] if len(other) == 1 else name)
    return found


def folded(name: str) -> str:
    """A name without what makes no difference."""
    return "".join(name.split()).casefold()


def column_name(header: str) -> str:
    """A header as a column of PostgreSQL, spelled as discovered columns are (`warehouse/names.py`)."""
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", "".join(_plain(header)))
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", parted)
    name = re.sub(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+", "_", words.casefold()).strip("_")
    if name[:1].isdigit():
        name = f"_{name}"
    cut = name.encode()[:LONGEST].decode(errors="ignore")
    return cut.rstrip("_") or "column"


def _free(name: str, taken: set[str]) -> str:
    number = 2
    unique = name
    while unique in taken:
        unique = f"{name}_{number}"
        number += 1
    return unique


def _plain(text: str) -> Iterator[str]:
    """The text's letters and digits, in ASCII where they have a base letter; '_' for all else."""
    for char in unicodedata.normalize("NFC", text):
        base = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
        # Marks are a part of the word in scripts that write vowels with them.
        part_of_word = char.isalnum() or unicodedata.category(char).startswith("M")
        yield base or (char if part_of_word else "_")

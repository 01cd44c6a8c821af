"""What columns are called: at a source in any style, here in snake_case."""

import re
import unicodedata
from collections.abc import Collection
from itertools import count

UPDATED, CREATED, DELETED = "updated_at", "created_at", "deleted_at"
# Columns that every table has, whose names a source's own cannot have unless they mean the same.
TAKEN = frozenset({UPDATED, CREATED, DELETED, "merged_into", "extra", "sync_history_id"}) | {
    *("tableoid", "xmin", "xmax", "cmin", "cmax", "ctid")
}
LONGEST_NAME = 63


def snake_case(text: str) -> str:
    """A name in lower case, '_' between its words, no accents."""
    plain = (
        unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    )
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", plain))
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")


def column_name(text: str, taken: Collection[str]) -> str:
    """A column's name at the source as one of ours that is free."""
    name = snake_case(text)[: LONGEST_NAME - len("_100")] or "column"
    name = f"_{name}" if name[0].isdigit() else name
    numbered = (f"{name}_{number}" for number in count(2))
    reserved = {*taken, *TAKEN}
    return name if name not in reserved else next(one for one in numbered if one not in reserved)

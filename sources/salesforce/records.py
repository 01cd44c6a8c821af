"""Records in one form, whichever way they were read: as JSON by REST, or as cells of CSV in bulk.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/primitive_data_types.htm
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sources.page import Record
from sources.salesforce.shapes import DELETED, URL

NUMBERS = frozenset({"double", "currency", "percent", "int", "long"})
MOMENT = "datetime"
ATTRIBUTES = "attributes"  # what every row of REST carries about itself
# Beyond this, digits would be spelled out by the million.
LARGEST_EXPONENT = 400
_ZONE = re.compile(r"(\.\d+)?(Z|\+0000|\+00:00)$")


def from_rest(
    rows: Iterable[Mapping[str, Any]], types: Mapping[str, str], stamp: str, address: str
) -> list[Record]:
    """Rows of a query as records: `attributes` left off, numbers and moments in one spelling."""
    return [_finished(_plain(row, types), stamp, address) for row in rows]


def _plain(row: Mapping[str, Any], types: Mapping[str, str]) -> Record:
    return {
        name: _spelled(value, types.get(name, ""))
        for name, value in row.items()
        if name != ATTRIBUTES
    }


def _spelled(value: Any, kind: str) -> Any:
    spell = _SPELLED.get(kind)
    return value if value is None or spell is None else spell(value)


def from_cells(
    names: Sequence[str],
    columns: Sequence[Sequence[str | None]],
    types: Mapping[str, str],
    stamp: str,
    address: str,
) -> Iterator[Record]:
    """Columns of cells as records; in an empty cell there is nothing."""
    typed = [
        _column(cells, types.get(name, "")) for name, cells in zip(names, columns, strict=True)
    ]
    for row in zip(*typed, strict=True):
        yield _finished(dict(zip(names, row, strict=True)), stamp, address)


def _column(cells: Sequence[str | None], kind: str) -> Sequence[Any]:
    read = _FROM_TEXT.get(kind)
    return cells if read is None else [None if cell is None else read(cell) for cell in cells]


def _finished(record: Record, stamp: str, address: str) -> Record:
    """With its address for people, and where it is deleted, with the moment in place of the mark."""
    if record.pop(DELETED, None) is True:
        record[DELETED] = record.get(stamp)
    if address:
        record[URL] = f"{address}/{record.get('Id')}"
    return record


def number(value: Any) -> int | Decimal | str:
    """A number without the marks of how it was written: 300.0 and 3E2 are 300."""
    try:
        exact = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return str(value)
    if not exact.is_finite() or abs(exact.adjusted()) > LARGEST_EXPONENT:
        return str(value)
    plain = f"{exact:f}"  # not `normalize`, which rounds
    if "." in plain:
        plain = plain.rstrip("0").removesuffix(".")
    return Decimal(plain) if "." in plain else int(plain)


def moment(value: Any) -> Any:
    """A moment as REST writes it, where it is in UTC, as Salesforce's always are."""
    return _ZONE.sub(r"\1+0000", value) if isinstance(value, str) else value


def _truth(cell: str) -> bool | str:
    word = cell.lower()
    return word == "true" if word in {"true", "false"} else cell


_SPELLED: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(NUMBERS, number),
    MOMENT: moment,
}
_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(NUMBERS, number),
    MOMENT: moment,
    "boolean": _truth,
}

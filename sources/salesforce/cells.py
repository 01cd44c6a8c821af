"""Pages of CSV, taken apart by Polars: cells may hold line ends, quotes and commas."""

from collections.abc import Mapping

import polars as pl

from sources.errors import BadAnswer
from sources.page import Record
from sources.salesforce.records import from_cells


def records_of(
    body: bytes, stated: str, types: Mapping[str, str], stamp: str, address: str
) -> list[Record]:
    """The records of a page; raises BadAnswer where they are not as many as `stated`."""
    # A NUL stands for nothing, and no database takes it.
    frame = _frame(body.replace(b"\0", b""))
    if stated.isdecimal() and int(stated) != frame.height:
        raise BadAnswer(
            f"a page of Bulk results says that it has {stated} rows, but {frame.height} came"
        )
    columns = [frame[name].to_list() for name in frame.columns]
    return list(from_cells(frame.columns, columns, types, stamp, address))


def _frame(body: bytes) -> pl.DataFrame:
    """Everything as text; an empty cell and no value are the same to Bulk."""
    if not body.strip():
        return pl.DataFrame()
    try:
        frame = pl.read_csv(body, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        # Not chained: Polars quotes what it cannot read.
        raise BadAnswer(f"a page of Bulk results is no CSV ({type(error).__name__})") from None
    # What is empty is written as two quotes: only a row that was cut off ends with nothing at all.
    if frame.height and not body.endswith(b"\n") and frame[-1, -1] is None:
        raise BadAnswer("a page of Bulk results was cut off")
    return frame.with_columns(pl.all().replace("", None))

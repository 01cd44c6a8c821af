"""Keys in statements, and as text: the same spelling in SQL and in Python."""

import hashlib
from collections.abc import Sequence

import polars as pl
from psycopg import sql

from warehouse.tables import Table, comma, in_query

# An index takes at most 2,704 bytes: 500 characters, source and entity always fit.
LONGEST = 500
SHOWN = 100


def key_of(table: Table, alias: str) -> sql.Composed:
    """The columns of a key, of one table of a statement."""
    return comma(in_query(alias, name) for name in table.key)


def same_key(table: Table, left: str, right: str) -> sql.Composed:
    """Whether two rows of a statement have the same key."""
    pairs = [
        sql.SQL("{} = {}").format(in_query(left, name), in_query(right, name)) for name in table.key
    ]
    return sql.SQL(" and ").join(pairs)


def key_text(table: Table, alias: str) -> sql.Composable:
    """A key as text, as `spelled` has it."""
    parts = [sql.SQL("{}::text").format(in_query(alias, name)) for name in table.key]
    if len(parts) == 1:
        return parts[0]
    # A backslash is one character in SQL's plain literals.
    escaped = [
        sql.SQL(r"replace(replace({}, '\', '\\'), ':', '\:')").format(part) for part in parts
    ]
    return sql.SQL("({})").format(sql.SQL(" || ':' || ").join(escaped))


def noted_text(table: Table, alias: str) -> sql.Composable:
    """A key as the bookkeeping tables spell it: as `bounded` does."""
    text = key_text(table, alias)
    if not any(table.column(name).type == "text" for name in table.key):
        return text
    return sql.SQL(
        "case when length({key}) > {longest}"
        " then left({key}, {shown}) || '#' || encode(sha256(convert_to({key}, 'UTF8')), 'hex')"
        " else {key} end"
    ).format(key=text, longest=LONGEST, shown=SHOWN)


def spelled(parts: Sequence[str]) -> str:
    """A key as text; in a composite key, a backslash sets a ':' of a part apart from those between them."""
    if len(parts) == 1:
        return parts[0]
    return ":".join(part.replace("\\", "\\\\").replace(":", "\\:") for part in parts)


def spelled_columns(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The columns of a key as PostgreSQL spells their values, in a session whose time zone is UTC."""
    return rows.select(_spelled(name, rows.schema[name]) for name in key)


def _spelled(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if not isinstance(dtype, pl.Datetime):
        return column.cast(pl.String)
    second = column.dt.strftime("%Y-%m-%d %H:%M:%S")
    fraction = column.dt.strftime("%.6f").str.strip_chars_end("0").str.strip_chars_end(".")
    return (second + fraction + "+00").alias(name)


def bounded(key: str) -> str:
    """A key's text, a hash in place of most of it where it is too long for an index."""
    if len(key) <= LONGEST:
        return key
    return f"{key[:SHOWN]}#{hashlib.sha256(key.encode()).hexdigest()}"

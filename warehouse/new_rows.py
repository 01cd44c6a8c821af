"""The short way of a first load: rows none of which is stored go by COPY into the mirror itself."""

from typing import Any

import polars as pl
from psycopg import sql

from warehouse import seen
from warehouse.connection import Connection
from warehouse.keys import key_of, noted_text, same_key
from warehouse.losers import point_losers
from warehouse.merge_spec import Merge
from warehouse.merged import Merged
from warehouse.stage import add_rows, keys_name, stage_keys
from warehouse.tables import in_query


def found(
    conn: Connection, merge: Merge, rows: pl.DataFrame, values: dict[str, Any]
) -> sql.Composable | None:
    """Where the keys of these rows will be found once they are added; None where not all are new."""
    first = rows[merge.table.key[0]]
    # Only where Polars and PostgreSQL are of one mind on what is between.
    if first.dtype.is_integer() or first.dtype.is_temporal():
        values |= {"lowest": first.min(), "highest": first.max()}
        if _is_so(conn, _apart(merge), values):
            return _between(merge)
    stage_keys(conn, merge, rows)
    return (
        sql.SQL("{} s").format(keys_name(merge)) if _is_so(conn, _unknown(merge), values) else None
    )


def _is_so(conn: Connection, question: sql.Composed, values: dict[str, Any]) -> bool:
    row = conn.execute(question, values).fetchone()
    return bool(row and row[0])


def add(
    conn: Connection, merge: Merge, rows: pl.DataFrame, values: dict[str, Any], keys: sql.Composable
) -> Merged:
    """The short way of a first load: no stage, nothing to judge, and one note for all."""
    added = add_rows(conn, merge, rows)
    if not merge.counted:
        return Merged(refreshed=added)
    merged = Merged(created=added)
    note = seen.note_created if values["listed"] else seen.note_all
    note(conn, merge, values, keys)
    merged.deleted += point_losers(conn, merge, rows)
    return merged


def _apart(merge: Merge) -> sql.Composed:
    """Ask whether no stored row lies between the `lowest` and the `highest` first part of the keys that come.

    So it is with pages in the order of their keys, and an index tells it at once. The run must not have
    met a key but in creating it.
    """
    return sql.SQL(
        """
        select {open}
           and not exists (select from {between})
           and not exists (select from ingestion_seen_key where sync_history_id = %(run_id)s)
        """
    ).format(open=_takes_copy(merge), between=_between(merge))


def _between(merge: Merge) -> sql.Composed:
    """The stored rows from the `lowest` to the `highest` first part of a key."""
    return sql.SQL(
        "(select {key} from {table} t where t.{first} between %(lowest)s and %(highest)s) s"
    ).format(
        key=key_of(merge.table, "t"), table=merge.table.in_query, first=in_query(merge.table.key[0])
    )


def _unknown(merge: Merge) -> sql.Composed:
    """Ask whether none of the staged keys is stored, and none was read before by this run."""
    return sql.SQL(
        """
        select {open}
           and not exists (select from {keys} s join {table} t on {same_key})
           and not exists (select from {keys} s join ingestion_seen_key k
                           on k.sync_history_id = %(run_id)s and k.key = {key})
        """
    ).format(
        open=_takes_copy(merge),
        keys=keys_name(merge),
        table=merge.table.in_query,
        same_key=same_key(merge.table, "t", "s"),
        key=noted_text(merge.table, "s"),
    )


def _takes_copy(merge: Merge) -> sql.Composed:
    # A table whose rows are guarded one by one takes no COPY, nor does a view; and a COPY heeds no rules.
    return sql.SQL(
        "not row_security_active({name}::regclass)"
        " and not (select relhasrules from pg_class where oid = {name}::regclass)"
    ).format(name=sql.Literal(merge.table.in_query.as_string()))

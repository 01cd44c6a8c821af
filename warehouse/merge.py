"""COPY into a temporary table, then one merge: stale copies lose, equal rows are left alone.

The steps are statements of their own, not one statement with several modifying parts: planned against a
table that the same statement fills, PostgreSQL may choose a nested loop over a growing table.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import polars as pl

from warehouse import merge_sql, new_rows, seen
from warehouse.bad_rows import bad_rows_apart
from warehouse.connection import Connection
from warehouse.losers import point_losers
from warehouse.merge_spec import Merge
from warehouse.merged import Merged, moves
from warehouse.stage import analyze_judged, stage


def newest_in_key_order(
    rows: pl.DataFrame, key: Sequence[str], changed: str | None
) -> pl.DataFrame:
    """One row per key, the newest (no stamp loses; of equals the later read wins), sorted by key."""
    if _in_key_order(rows, key):
        return rows
    if changed and changed in rows.columns:
        rows = rows.sort(changed, nulls_last=False, maintain_order=True)
    return rows.unique(list(key), keep="last", maintain_order=True).sort(list(key))


def _in_key_order(rows: pl.DataFrame, key: Sequence[str]) -> bool:
    """Whether each key is above the one before, as in most pages: cheaper to see than to sort."""
    [name, *others] = key
    keys = rows[name]
    return not others and keys.null_count() == 0 and bool((keys[1:] > keys[:-1]).all())


def merge_rows(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    """Merge rows, one per key in key order, inside the caller's transaction; what PostgreSQL refuses stands alone."""
    with conn.transaction():
        return bad_rows_apart(conn, merge, rows, partial(_merge, conn, merge))


def compare_rows(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    """What a merge would do to a table that exists; writes nothing but temporary tables."""
    with conn.transaction(force_rollback=True):
        return bad_rows_apart(conn, merge, rows, partial(_compare, conn, merge))


def note_failed(
    conn: Connection, run_id: int, keys: Iterable[str], flags: Mapping[str, bool]
) -> Merged:
    """Count rejected keys as read and failed; one that this run had counted otherwise moves over."""
    return moves(seen.note_failed(conn, run_id, keys, flags))


def _merge(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    values = merge_sql.parameters(merge)
    if not merge.refresh and (keys := new_rows.found(conn, merge, rows, values)):
        return new_rows.add(conn, merge, rows, values, keys)
    stage(conn, merge, rows)
    conn.execute(merge_sql.judge(merge), values)
    analyze_judged(conn, merge)
    updated = conn.execute(merge_sql.update(merge), values).rowcount
    if merge.refresh:
        # Rows whose records were not read by this run: they move no counter.
        return Merged(refreshed=updated)
    inserted = conn.execute(merge_sql.insert(merge), values).rowcount
    if not merge.counted:
        return Merged(refreshed=updated + inserted)
    merged = moves(seen.note_judged(conn, merge, values))
    merged.deleted += point_losers(conn, merge, rows)
    return merged


def _compare(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    values = merge_sql.parameters(merge)
    stage(conn, merge, rows)
    conn.execute(merge_sql.judge(merge), values)
    return moves(seen.transitions(conn, merge, values))

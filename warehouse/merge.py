"""COPY into a temporary table, then one merge: stale copies lose, equal rows are left alone.

The steps are statements of their own, not one statement with several modifying parts: planned against a
table that the same statement fills, PostgreSQL may choose a nested loop over a growing table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import polars as pl
import psycopg
from psycopg import sql

from warehouse import merge_sql, seen
from warehouse.connection import Connection
from warehouse.losers import point_losers
from warehouse.stage import (
    add_rows,
    analyze_judged,
    copy_rows,
    empty_stage,
    keys_name,
    stage,
    stage_keys,
)
from warehouse.tables import Column, Table

REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
)
OUTCOMES = {"c": "created", "u": "updated", "n": "unchanged", "f": "failed"}


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns a record's answer lacks, and which names in `extra` it speaks of."""

    absent: frozenset[str]
    covered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row PostgreSQL would not take, by its `_row`, with PostgreSQL's reason."""

    row: int
    reason: str
    too_big: bool


@dataclass(slots=True)
class Merged:
    """By how much a merge moves its run's counters (a key counts once, so a counter may go down)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    deleted: int = 0
    refreshed: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def processed(self) -> int:
        """How many keys the run had not read before."""
        return self.created + self.updated + self.unchanged + self.failed

    def __iadd__(self, other: "Merged") -> Self:
        for name in (*OUTCOMES.values(), "deleted", "refreshed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused += other.refused
        return self


Step = Callable[[pl.DataFrame], Merged]


@dataclass(frozen=True, slots=True)
class Merge:
    """How the rows of one chunk meet their table.

    `columns` are those the rows bring, key included; `refresh` writes them into rows that exist and does
    nothing else; `reading` is the pass the rows come from. `counted`: they are the run's own records, and
    move its counters.
    """

    table: Table
    columns: tuple[str, ...]
    shapes: tuple[Shape, ...]
    run_id: int = 0
    overwrite: bool = False
    refresh: bool = False
    reading: str = "changes"
    counted: bool = True

    @property
    def flags(self) -> dict[str, bool]:
        """In which of the source's lists the keys were met."""
        return {
            "listed": self.reading == "changes" and not self.refresh,
            "archived": self.reading == "deletes",
        }

    @property
    def brought(self) -> tuple[Column, ...]:
        """The table's columns that these rows bring, key included."""
        return tuple(self.table.column(name) for name in self.columns)

    @property
    def written(self) -> tuple[Column, ...]:
        """The columns to write: not the key, and not what every answer lacks."""
        never = frozenset[str].intersection(*(shape.absent for shape in self.shapes))
        return tuple(
            c for c in self.brought if c.name not in self.table.key and c.name not in never
        )

    @property
    def sometimes_absent(self) -> frozenset[str]:
        """Columns that some records' answers lack."""
        return frozenset[str]().union(*(shape.absent for shape in self.shapes))


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
        return _bad_rows_apart(conn, merge, rows, partial(_merge, conn, merge))


def compare_rows(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    """What a merge would do to a table that exists; writes nothing but temporary tables."""
    with conn.transaction(force_rollback=True):
        return _bad_rows_apart(conn, merge, rows, partial(_compare, conn, merge))


def note_failed(
    conn: Connection, run_id: int, keys: Iterable[str], flags: Mapping[str, bool]
) -> Merged:
    """Count rejected keys as read and failed; one that this run had counted otherwise moves over."""
    return _moves(seen.note_failed(conn, run_id, keys, flags))


def _bad_rows_apart(conn: Connection, merge: Merge, rows: pl.DataFrame, step: Step) -> Merged:
    """Do a step with the rows, or with those of them that PostgreSQL does not refuse."""
    if rows.is_empty():
        return Merged()
    try:
        with conn.transaction():
            return step(rows)
    except REFUSALS:
        empty_stage(conn, merge)
    # COPY finds nearly all bad rows, and to try it alone is cheap.
    bad = _by_halves(conn, rows, partial(_try_to_copy, conn, merge), keep=False)
    rows = rows.filter(~pl.col("_row").is_in([refusal.row for refusal in bad.refused]))
    bad += _by_halves(conn, rows, step)
    return bad


def _by_halves(conn: Connection, rows: pl.DataFrame, step: Step, *, keep: bool = True) -> Merged:
    """Do a step with rows, by halves where PostgreSQL refuses, until the bad rows stand alone."""
    if rows.is_empty():
        return Merged()
    try:
        with conn.transaction(force_rollback=not keep):
            return step(rows)
    except REFUSALS as error:
        if rows.height == 1:
            return Merged(refused=[_refusal(int(rows["_row"][0]), error)])
    half = rows.height // 2
    merged = _by_halves(conn, rows[:half], step, keep=keep)
    merged += _by_halves(conn, rows[half:], step, keep=keep)
    return merged


def _try_to_copy(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    copy_rows(conn, merge, rows)
    return Merged()


def _merge(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    values = merge_sql.parameters(merge)
    if not merge.refresh and (keys := _all_new(conn, merge, rows, values)):
        return _add_all(conn, merge, rows, values, keys)
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
    merged = _moves(seen.note_judged(conn, merge, values))
    merged.deleted += point_losers(conn, merge, rows)
    return merged


def _all_new(
    conn: Connection, merge: Merge, rows: pl.DataFrame, values: dict[str, Any]
) -> sql.Composable | None:
    """Where the keys of these rows will be found once they are added; None where not all are new."""
    first = rows[merge.table.key[0]]
    # Only where Polars and PostgreSQL are of one mind on what is between.
    if first.dtype.is_integer() or first.dtype.is_temporal():
        values |= {"lowest": first.min(), "highest": first.max()}
        if _is_so(conn, merge_sql.apart(merge), values):
            return merge_sql.between(merge)
    stage_keys(conn, merge, rows)
    return (
        sql.SQL("{} s").format(keys_name(merge))
        if _is_so(conn, merge_sql.all_new(merge), values)
        else None
    )


def _is_so(conn: Connection, question: sql.Composed, values: dict[str, Any]) -> bool:
    row = conn.execute(question, values).fetchone()
    return bool(row and row[0])


def _add_all(
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


def _compare(conn: Connection, merge: Merge, rows: pl.DataFrame) -> Merged:
    values = merge_sql.parameters(merge)
    stage(conn, merge, rows)
    conn.execute(merge_sql.judge(merge), values)
    return _moves(seen.transitions(conn, merge, values))


def _moves(transitions: Iterable[seen.Transition]) -> Merged:
    """Counter moves from (outcome now, outcome before in this run, rows, rows that went away)."""
    merged = Merged()
    for now, before, rows, gone in transitions:
        if before:
            _add(merged, before, -rows)
        _add(merged, _outcome_after(now, before), rows)
        merged.deleted += gone
    return merged


def _outcome_after(now: str, before: str | None) -> str:
    """What counts of a key that a run reads again: created, then updated, then unchanged."""
    if before == "c" and now in "un":
        return "c"
    return "u" if before == "u" and now == "n" else now


def _add(merged: Merged, outcome: str, rows: int) -> None:
    setattr(merged, OUTCOMES[outcome], getattr(merged, OUTCOMES[outcome]) + rows)


def _refusal(row: int, error: psycopg.Error) -> Refusal:
    # The primary message only: details quote the row's values.
    said = error.diag.message_primary or type(error).__name__
    too_big = isinstance(error, psycopg.errors.ProgramLimitExceeded)
    return Refusal(row, f"PostgreSQL refused the row: {said} ({error.sqlstate})", too_big)

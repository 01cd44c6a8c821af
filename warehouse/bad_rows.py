"""A step with rows of which PostgreSQL may refuse some: those stand alone, and the others go on."""

from collections.abc import Callable
from functools import partial

import polars as pl
import psycopg

from warehouse.connection import Connection
from warehouse.merge_spec import Merge
from warehouse.merged import Merged, Refusal
from warehouse.stage import copy_rows, empty_stage

REFUSALS = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
)
Step = Callable[[pl.DataFrame], Merged]


def bad_rows_apart(conn: Connection, merge: Merge, rows: pl.DataFrame, step: Step) -> Merged:
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


def _refusal(row: int, error: psycopg.Error) -> Refusal:
    # The primary message only: details quote the row's values.
    said = error.diag.message_primary or type(error).__name__
    too_big = isinstance(error, psycopg.errors.ProgramLimitExceeded)
    return Refusal(row, f"PostgreSQL refused the row: {said} ({error.sqlstate})", too_big)

"""Records merged into others: the survivor lists the keys of the losers, which then point at it."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from psycopg import sql

from warehouse.connection import Connection
from warehouse.merge_spec import Merge
from warehouse.tables import Table, in_query

LARGEST = 2**63 - 1


def point_losers(conn: Connection, merge: Merge, rows: pl.DataFrame) -> int:
    """Let the losers that survivors list point at them; returns how many were alive before."""
    if merge.table.losers not in merge.columns:
        return 0
    # Taken apart here: PostgreSQL would guess a split text to be thousands of rows, and read the
    # whole table to meet them.
    claims = list(_claims(merge, rows))
    if not claims:
        return 0
    survivors, losers, stamps = zip(*claims, strict=True)
    values = {
        "run_id": merge.run_id,
        "survivors": list(survivors),
        "losers": list(losers),
        "stamps": list(stamps),
    }
    return sum(was_alive for (was_alive,) in conn.execute(_statement(merge.table), values))


def _claims(merge: Merge, rows: pl.DataFrame) -> Iterator[tuple[Any, Any, Any]]:
    """Survivor, loser, and when it was told."""
    table = merge.table
    told = table.changed if table.changed and table.changed in merge.columns else "deleted_at"
    # An archived survivor counts too: it may be the only one left to tell.
    claiming = rows.filter(pl.col(table.losers).is_not_null())
    numbers = table.column(table.key[0]).type == "bigint"
    for survivor, listed, since in claiming.select(table.key[0], table.losers, told).iter_rows():
        for word in map(str.strip, listed.split(";")):
            loser = _number(word) if numbers else word or None
            if loser is not None and loser != survivor:
                yield survivor, loser, since


def _number(word: str) -> int | None:
    number = int(word) if word.isascii() and word.isdigit() else None
    return number if number is not None and number <= LARGEST else None


def _statement(table: Table) -> sql.Composed:
    # Of several survivors that claim a loser, one that was itself merged counts least: read again, it
    # must not win its losers back.
    key = table.column(table.key[0])
    return sql.SQL(
        """
        with claims as (
            select * from unnest(%(survivors)s::{type}[], %(losers)s::{type}[], %(stamps)s::timestamptz[])
                     as claim (survivor, loser, since)
        ), ranked as (
            select c.*, s.merged_into is not null or c.survivor in (select loser from claims) as merged
            from claims c join {table} s on s.{key} = c.survivor
        ), chosen as (
            select distinct on (loser) * from ranked
            order by loser, merged, since desc nulls last, survivor desc
        ), found as (
            select c.*, t.deleted_at is null as was_alive
            from chosen c join {table} t on t.{key} = c.loser
            where t.merged_into is null or t.merged_into <> c.survivor and not c.merged
        )
        update {table} t
        set merged_into = f.survivor, deleted_at = coalesce(t.deleted_at, f.since, now()),
            sync_history_id = %(run_id)s
        from found f
        where t.{key} = f.loser
        returning f.was_alive
        """
    ).format(table=table.in_query, key=in_query(key.name), type=key.sql_type)

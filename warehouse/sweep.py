"""What a whole reading did not meet: rows to ask the source about, and rows to remove."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import sql

from warehouse.connection import Connection
from warehouse.keys import key_text, noted_text
from warehouse.tables import Table, in_query

COUNTED_UP_TO = 1_000_000


class Group(NamedTuple):
    """Rows by a column's value: those that have one of `values`, or those that have none of them."""

    column: str
    values: Sequence[str]
    inside: bool = True


def maybe_restored(
    conn: Connection, table: Table, run_ids: Sequence[int], since: datetime
) -> list[str]:
    """Keys of rows deleted after `since` that the list of archived records no longer holds."""
    not_merged = sql.SQL("and t.merged_into is null" if table.losers else "")
    statement = sql.SQL(
        """
        select {key} from {table} t
        where t.deleted_at > %(since)s {not_merged}
          and not exists (
              select from ingestion_seen_key k
              where k.sync_history_id = any(%(runs)s) and k.key = {noted} and k.archived)
        order by 1
        """
    ).format(
        key=key_text(table, "t"),
        noted=noted_text(table, "t"),
        table=table.in_query,
        not_merged=not_merged,
    )
    return [row[0] for row in conn.execute(statement, {"since": since, "runs": list(run_ids)})]


def unseen(
    conn: Connection,
    table: Table,
    run_ids: Sequence[int],
    group: Group | None = None,
    *,
    living: bool = False,
) -> list[str]:
    """Keys of stored rows that a run, and those it resumes, met in no list of the source.

    `group` says which rows are looked at; `living`: only rows that are not deleted.
    """
    statement = sql.SQL(
        """
        select {key} from {table} t
        where {looked_at} and not exists (select from pg_temp.met_key k where k.key = {noted})
        order by 1
        """
    ).format(
        key=key_text(table, "t"),
        noted=noted_text(table, "t"),
        table=table.in_query,
        looked_at=sql.SQL(" and ").join(
            [
                sql.SQL("t.deleted_at is null" if living else "true"),
                _within(group) if group else sql.SQL("true"),
            ]
        ),
    )
    values = list(group.values) if group else []
    with conn.transaction():
        _gather_met(conn, run_ids)
        return [row[0] for row in conn.execute(statement, {"group": values})]


def _gather_met(conn: Connection, run_ids: Sequence[int]) -> None:
    """Every key that some runs have met, where the planner can count them: how many arrays hold it cannot know."""
    conn.execute("create temporary table met_key (key text) on commit drop")
    conn.execute(
        """
        insert into pg_temp.met_key
        select key from ingestion_seen_key where sync_history_id = any(%(runs)s)
        union all
        select unnest(keys) from ingestion_created_keys where sync_history_id = any(%(runs)s)
        """,
        {"runs": list(run_ids)},
    )
    conn.execute("analyze pg_temp.met_key")


def _within(group: Group) -> sql.Composed:
    one_of = sql.SQL("coalesce(t.{} = any(%(group)s), false)").format(in_query(group.column))
    return one_of if group.inside else sql.SQL("not {}").format(one_of)


def bury(conn: Connection, table: Table, keys: Sequence[str], moment: datetime, run_id: int) -> int:
    """Note rows as deleted as of a moment; returns how many there were."""
    statement = sql.SQL(
        "update {} t set deleted_at = %s, sync_history_id = %s"
        " where {} = any(%s) and t.deleted_at is null"
    ).format(table.in_query, key_text(table, "t"))
    return conn.execute(statement, (moment, run_id, list(keys))).rowcount


def remove(conn: Connection, table: Table, keys: Sequence[str]) -> int:
    """Remove rows by key; returns how many there were."""
    statement = sql.SQL("delete from {} t where {} = any(%s)").format(
        table.in_query, key_text(table, "t")
    )
    return conn.execute(statement, (list(keys),)).rowcount


def total(conn: Connection, table: Table) -> int:
    """How many rows the table holds, deleted ones included."""
    row = conn.execute(sql.SQL("select count(*) from {}").format(table.identifier)).fetchone()
    return int(row[0]) if row else 0


def count_later(
    conn: Connection, table: Table, run_ids: Sequence[int], column: str, moment: datetime
) -> int:
    """How many rows that a run, or one it resumes, wrote are of later than a moment, by a column."""
    statement = sql.SQL(
        "select count(*) from {} t where t.sync_history_id = any(%s) and t.{} > %s"
    ).format(table.in_query, in_query(column))
    row = conn.execute(statement, (list(run_ids), moment)).fetchone()
    return int(row[0]) if row else 0


def roughly(conn: Connection, table: Table) -> int:
    """How many rows the table holds: counted, or PostgreSQL's estimate where counting would take seconds."""
    row = conn.execute(
        "select c.reltuples::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = %s and c.relname = %s",
        (table.schema, table.name),
    ).fetchone()
    estimate = int(row[0]) if row else 0
    return estimate if estimate >= COUNTED_UP_TO else total(conn, table)

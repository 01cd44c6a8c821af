"""The keys a run has read, each with its outcome: a key counts once, however often it is read.

Most keys of a first load are created and never met again by that run. They are kept a chunk at a time, in
`ingestion_created_keys`; one that is met again gets a row of its own in `ingestion_seen_key`, as all others have.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import sql

from warehouse.connection import Connection
from warehouse.keys import bounded, noted_text
from warehouse.merge_spec import Merge
from warehouse.stage import stage_names

Transition = tuple[Any, ...]


def note_judged(conn: Connection, merge: Merge, values: dict[str, Any]) -> list[Transition]:
    """Remember what became of the staged rows; returns what `transitions` found before."""
    conn.execute(_recall_judged(merge), values)
    found = transitions(conn, merge, values)
    conn.execute(_note(merge), values)
    if values["listed"]:
        created = sql.SQL("{} s where s._outcome = 'c'").format(stage_names(merge)[1])
        note_created(conn, merge, values, created)
    return found


def note_created(
    conn: Connection, merge: Merge, values: dict[str, Any], keys: sql.Composable
) -> None:
    """Remember keys (the `from` of a query, with the alias s) as created, all in one row."""
    statement = sql.SQL(
        """
        insert into ingestion_created_keys (sync_history_id, keys)
        select %(run_id)s, array_agg({key}) from {keys} having count(*) > 0
        """
    ).format(key=noted_text(merge.table, "s"), keys=keys)
    conn.execute(statement, values)


def note_all(conn: Connection, merge: Merge, values: dict[str, Any], keys: sql.Composable) -> None:
    """Remember keys (as above) as created, each by a row of its own."""
    statement = sql.SQL(
        """
        insert into ingestion_seen_key (sync_history_id, key, outcome, listed, archived)
        select %(run_id)s, {key}, 'c', %(listed)s, %(archived)s from {keys}
        """
    ).format(key=noted_text(merge.table, "s"), keys=keys)
    conn.execute(statement, values)


def transitions(conn: Connection, merge: Merge, values: dict[str, Any]) -> list[Transition]:
    """How often each outcome met which earlier one of the same run (None: a key read for the first time).

    The last member says how many of those rows were alive and are now deleted.
    """
    statement = sql.SQL(
        """
        select j._outcome, k.outcome, count(*), count(*) filter (where j._gone and j._outcome = 'u')
        from {judged} j
        left join ingestion_seen_key k on k.sync_history_id = %(run_id)s and k.key = {key}
        where j._outcome <> 's'
        group by 1, 2
        """
    ).format(judged=stage_names(merge)[1], key=noted_text(merge.table, "j"))
    return conn.execute(statement, values).fetchall()


def note_failed(
    conn: Connection, run_id: int, keys: Iterable[str], flags: Mapping[str, bool]
) -> list[Transition]:
    """Remember keys as failed; returns their earlier outcomes as `transitions` does."""
    values = {"run_id": run_id, "keys": sorted({bounded(key) for key in keys}), **flags}
    if not values["keys"]:
        return []
    conn.execute(_RECALL, values)
    before = conn.execute(_EARLIER_OUTCOMES, values).fetchall()
    conn.execute(_NOTE_FAILED, values)
    return [("f", outcome, count, 0) for outcome, count in before]


def _note(merge: Merge) -> sql.Composed:
    """A key created by this run stays created, an updated one is at least updated."""
    return sql.SQL(
        """
        insert into ingestion_seen_key as k (sync_history_id, key, outcome, listed, archived)
        select %(run_id)s, {key}, j._outcome, %(listed)s, %(archived)s
        from {judged} j
        where j._outcome <> 's'
          and (j._outcome <> 'c' or not %(listed)s or exists (
              select from ingestion_seen_key k where k.sync_history_id = %(run_id)s and k.key = {key}))
        on conflict (sync_history_id, key) do update
        set outcome = case when k.outcome = 'c' then k.outcome
                           when k.outcome = 'u' and excluded.outcome = 'n' then k.outcome
                           else excluded.outcome end,
            listed = k.listed or excluded.listed,
            archived = k.archived or excluded.archived
        where k.outcome <> excluded.outcome
           or excluded.listed and not k.listed or excluded.archived and not k.archived
        """
    ).format(key=noted_text(merge.table, "j"), judged=stage_names(merge)[1])


def _recall_judged(merge: Merge) -> sql.Composed:
    """Give staged keys that this run has created a row of their own."""
    return sql.SQL(
        """
        insert into ingestion_seen_key (sync_history_id, key, outcome, listed)
        select %(run_id)s, {key}, 'c', true
        from {judged} j
        where j._by = %(run_id)s and {key} in (
            select unnest(keys) from ingestion_created_keys where sync_history_id = %(run_id)s)
        on conflict do nothing
        """
    ).format(key=noted_text(merge.table, "j"), judged=stage_names(merge)[1])


_RECALL = """
    insert into ingestion_seen_key (sync_history_id, key, outcome, listed)
    select %(run_id)s, failed.key, 'c', true
    from unnest(%(keys)s::text[]) as failed (key)
    where failed.key in (
        select unnest(keys) from ingestion_created_keys where sync_history_id = %(run_id)s)
    on conflict do nothing
"""
_EARLIER_OUTCOMES = """
    select k.outcome, count(*)
    from unnest(%(keys)s::text[]) as failed (key)
    left join ingestion_seen_key k on k.sync_history_id = %(run_id)s and k.key = failed.key
    group by 1
"""
_NOTE_FAILED = """
    insert into ingestion_seen_key as k (sync_history_id, key, outcome, listed, archived)
    select %(run_id)s, key, 'f', %(listed)s, %(archived)s from unnest(%(keys)s::text[]) as failed (key)
    on conflict (sync_history_id, key) do update
    set outcome = 'f', listed = k.listed or excluded.listed, archived = k.archived or excluded.archived
"""


def count_listed(conn: Connection, run_ids: list[int]) -> int:
    """How many distinct keys a run and those it resumes have read in their windows."""
    row = conn.execute(
        """
        select count(*) from (
            select key from ingestion_seen_key where sync_history_id = any(%(runs)s) and listed
            union
            select unnest(keys) from ingestion_created_keys where sync_history_id = any(%(runs)s)) met
        """,
        {"runs": run_ids},
    ).fetchone()
    return int(row[0]) if row else 0


def forget(conn: Connection, crm_source: str, entity: str) -> None:
    """Drop the seen keys of an entity's closed runs; for a run that closed well, after which none resumes."""
    for table in ("ingestion_seen_key", "ingestion_created_keys"):
        statement = sql.SQL(
            """
            delete from {}
            where sync_history_id in (
                select id from ingestion_sync_history
                where crm_source = %s and sync_type = %s and status <> 'running')
            """
        ).format(sql.Identifier(table))
        conn.execute(statement, (crm_source, entity))


def forget_run(conn: Connection, run_id: int) -> None:
    """Drop the seen keys of one closed run that none resumes."""
    for table in ("ingestion_seen_key", "ingestion_created_keys"):
        statement = sql.SQL("delete from {} where sync_history_id = %s").format(
            sql.Identifier(table)
        )
        conn.execute(statement, (run_id,))

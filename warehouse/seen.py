"""The keys a run has read, each with its outcome: a key counts once, however often it is read."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from psycopg import sql

from warehouse.connection import Connection
from warehouse.keys import bounded, noted_text
from warehouse.stage import stage_names

if TYPE_CHECKING:
    from warehouse.merge import Merge

Transition = tuple[Any, ...]


def note_judged(conn: Connection, merge: "Merge", values: dict[str, Any]) -> list[Transition]:
    """Remember what became of the staged rows; returns what `transitions` found before."""
    found = transitions(conn, merge, values)
    conn.execute(_note(merge), values)
    return found


def transitions(conn: Connection, merge: "Merge", values: dict[str, Any]) -> list[Transition]:
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
    before = conn.execute(_EARLIER_OUTCOMES, values).fetchall()
    conn.execute(_NOTE_FAILED, values)
    return [("f", outcome, count, 0) for outcome, count in before]


def _note(merge: "Merge") -> sql.Composed:
    """A key created by this run stays created, an updated one is at least updated."""
    return sql.SQL(
        """
        insert into ingestion_seen_key as k (sync_history_id, key, outcome, listed, archived)
        select %(run_id)s, {key}, j._outcome, %(listed)s, %(archived)s
        from {judged} j where j._outcome <> 's'
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
        "select count(distinct key) from ingestion_seen_key where sync_history_id = any(%s) and listed",
        (run_ids,),
    ).fetchone()
    return int(row[0]) if row else 0


def forget(conn: Connection, crm_source: str, entity: str) -> None:
    """Drop the seen keys of an entity's closed runs; for a run that closed well, after which none resumes."""
    conn.execute(
        """
        delete from ingestion_seen_key
        where sync_history_id in (
            select id from ingestion_sync_history
            where crm_source = %s and sync_type = %s and status <> 'running')
        """,
        (crm_source, entity),
    )

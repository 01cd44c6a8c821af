"""Rejected records: kept once per key with raw form and reason, closed when a good copy lands."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from psycopg import sql
from psycopg.rows import dict_row

from warehouse.connection import Connection
from warehouse.keys import bounded

Row = dict[str, Any]


class Rejected(Protocol):
    """What is kept of a record that did not land."""

    key: str
    raw: str
    reason: str
    field: str | None


def record(
    conn: Connection, crm_source: str, entity: str, run_id: int, rejects: Sequence[Rejected]
) -> None:
    """Write rejected records; one met again by another run counts an attempt, and opens as new if it was closed."""
    once = {bounded(reject.key): reject for reject in rejects}
    rows = [
        (crm_source, entity, key, r.raw, r.reason, r.field, run_id, run_id)
        for key, r in sorted(once.items())
    ]
    with conn.cursor() as cursor:
        cursor.executemany(
            """
            insert into ingestion_rejected_record as r
                (crm_source, entity, record_key, raw, reason, field, first_sync_history_id, sync_history_id,
                 attempts, first_seen_at, last_seen_at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, 1, now(), now())
            on conflict (crm_source, entity, record_key) do update
            set raw = excluded.raw, reason = excluded.reason, field = excluded.field, last_seen_at = now(),
                attempts = r.attempts + (r.sync_history_id is distinct from excluded.sync_history_id)::int,
                first_seen_at = case when r.resolved_at is null then r.first_seen_at else now() end,
                first_sync_history_id = case when r.resolved_at is null then r.first_sync_history_id
                                             else excluded.first_sync_history_id end,
                sync_history_id = excluded.sync_history_id, resolved_at = null, resolved_by = null
            """,
            rows,
        )


def close_landed(
    conn: Connection, crm_source: str, entity: str, run_id: int, landed: Callable[[], list[str]]
) -> int:
    """Close the open rejects whose keys have landed; asks which only where anything is open."""
    waiting = conn.execute(
        """
        select exists (
            select from ingestion_rejected_record
            where crm_source = %s and entity = %s and resolved_at is null)
        """,
        (crm_source, entity),
    ).fetchone()
    if not waiting or not waiting[0]:
        return 0
    return conn.execute(
        """
        update ingestion_rejected_record
        set resolved_at = now(), resolved_by = %s
        where crm_source = %s and entity = %s and resolved_at is null and record_key = any(%s)
        """,
        (run_id, crm_source, entity, [bounded(key) for key in landed()]),
    ).rowcount


# The raw form as text: a parser would round its numbers, and another text has another hash.
COLUMNS = sql.SQL("""
    id, crm_source, entity, record_key, raw::text as raw, reason, field, attempts, first_sync_history_id,
    sync_history_id, first_seen_at, last_seen_at, resolved_at, resolved_by
""")


def open_rejects(
    conn: Connection,
    crm_source: str | None = None,
    entity: str | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Open rejects, the latest first."""
    statement = sql.SQL(
        """
        select {} from ingestion_rejected_record
        where resolved_at is null
          and (%(source)s::text is null or crm_source = %(source)s)
          and (%(entity)s::text is null or entity = %(entity)s)
        order by last_seen_at desc, id desc
        limit %(limit)s
        """
    ).format(COLUMNS)
    values = {"source": crm_source, "entity": entity, "limit": limit}
    return conn.cursor(row_factory=dict_row).execute(statement, values).fetchall()


def open_ids(
    conn: Connection,
    crm_source: str | None = None,
    entity: str | None = None,
    reject_id: int | None = None,
) -> dict[tuple[str, str], list[int]]:
    """The ids of open rejects, oldest first, by source and entity."""
    rows = conn.execute(
        """
        select crm_source, entity, array_agg(id order by id) from ingestion_rejected_record
        where resolved_at is null
          and (%(source)s::text is null or crm_source = %(source)s)
          and (%(entity)s::text is null or entity = %(entity)s)
          and (%(id)s::bigint is null or id = %(id)s)
        group by crm_source, entity
        order by crm_source, entity
        """,
        {"source": crm_source, "entity": entity, "id": reject_id},
    )
    return {(source, name): ids for source, name, ids in rows}


def some(conn: Connection, ids: Sequence[int]) -> list[Row]:
    """Those of some rejects that are still open, oldest first."""
    statement = sql.SQL(
        "select {} from ingestion_rejected_record where id = any(%s) and resolved_at is null order by id"
    ).format(COLUMNS)
    return conn.cursor(row_factory=dict_row).execute(statement, (list(ids),)).fetchall()


def one(conn: Connection, reject_id: int) -> Row | None:
    """One rejected record, open or closed."""
    statement = sql.SQL("select {} from ingestion_rejected_record where id = %s").format(COLUMNS)
    return conn.cursor(row_factory=dict_row).execute(statement, (reject_id,)).fetchone()


def close_not_repeated(conn: Connection, run_id: int, ids: Sequence[int]) -> int:
    """Close those rejects that a run has processed again and not rejected again."""
    return conn.execute(
        """
        update ingestion_rejected_record
        set resolved_at = now(), resolved_by = %(run)s
        where id = any(%(ids)s) and resolved_at is null and sync_history_id is distinct from %(run)s
        """,
        {"run": run_id, "ids": list(ids)},
    ).rowcount


def close_unmet(
    conn: Connection,
    crm_source: str,
    entity: str,
    run_ids: Sequence[int],
    files: Sequence[str] | None,
) -> int:
    """Close the open rejects of files (None: of all) that these runs, which read them, did not meet again."""
    return conn.execute(
        """
        update ingestion_rejected_record
        set resolved_at = now(), resolved_by = %(run)s
        where crm_source = %(source)s and entity = %(entity)s and resolved_at is null
          and sync_history_id <> all(%(runs)s)
          and (%(files)s::text[] is null or raw::jsonb ->> '_file' = any(%(files)s))
        """,
        {
            "run": run_ids[-1],
            "source": crm_source,
            "entity": entity,
            "runs": list(run_ids),
            "files": None if files is None else list(files),
        },
    ).rowcount


def open_files(conn: Connection, crm_source: str, entity: str) -> set[str]:
    """The files in which open rejects are."""
    rows = conn.execute(
        """
        select distinct raw::jsonb ->> '_file' from ingestion_rejected_record
        where crm_source = %s and entity = %s and resolved_at is null
        """,
        (crm_source, entity),
    )
    return {file for (file,) in rows if file}


def fates(conn: Connection, run_id: int, ids: Sequence[int]) -> dict[str, int]:
    """What became of rejects that a run tried again: landed, stay, or gone from the source."""
    row = (
        conn.cursor(row_factory=dict_row)
        .execute(
            """
        select count(*) filter (where resolved_at is not null) as landed,
               count(*) filter (where resolved_at is null and sync_history_id = %(run)s) as stay,
               count(*) filter (where resolved_at is null and sync_history_id is distinct from %(run)s) as gone
        from ingestion_rejected_record where id = any(%(ids)s)
        """,
            {"run": run_id, "ids": list(ids)},
        )
        .fetchone()
    )
    return row or {}

from psycopg.types.json import Jsonb

from warehouse import compliance
from warehouse.connection import Connection


def write(conn: Connection, status: str = "success", end: bool = True, metrics=None) -> None:
    conn.execute(
        """
        insert into ingestion_sync_history
            (crm_source, sync_type, status, start_time, end_time, performance_metrics)
        values ('crm', 'contacts', %s, clock_timestamp(), case when %s then clock_timestamp() end, %s)
        """,
        (status, end, Jsonb({"duration_seconds": 1} if metrics is None else metrics)),
    )


def kept(conn: Connection) -> tuple[bool, bool, bool]:
    [row] = compliance.kept(conn)
    return row.proper_status, row.has_end_time, row.has_performance_metrics


def test_what_runs_write_complies(warehouse: Connection) -> None:
    write(warehouse)
    write(warehouse, "failed", metrics={})
    write(warehouse, "running", end=False, metrics={})

    assert kept(warehouse) == (True, True, True)


def test_what_is_missing_is_found_in_the_latest_rows(warehouse: Connection) -> None:
    write(warehouse, "completed", metrics=[])
    assert kept(warehouse) == (False, True, True)
    write(warehouse, end=False)
    assert kept(warehouse) == (False, False, True)
    write(warehouse, metrics={})
    assert kept(warehouse) == (False, False, False)

    for _ in range(compliance.LATEST):
        write(warehouse)

    assert kept(warehouse) == (True, True, True)


def test_columns_that_tell_of_syncs_are_found_unless_the_source_has_them(
    warehouse: Connection,
) -> None:
    write(warehouse)
    warehouse.execute(
        """
        create schema crm;
        create table crm.contacts (id bigint, synced_at timestamptz, sync_status text, last_sync_date date,
                                   asynchronous text, synced_with text, updated_at timestamptz);
        insert into ingestion_column_name (crm_source, entity, source_path, column_name, kind)
        values ('crm', 'contacts', 'properties.last_sync_date', 'last_sync_date', 'date')
        """
    )

    assert compliance.redundant_columns(warehouse) == {
        ("crm", "contacts"): ["sync_status", "synced_at"]
    }
    assert compliance.redundant_columns(warehouse, "other") == {}

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from warehouse import health, past, retention
from warehouse.connection import Connection, connect
from warehouse.trends import trends

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ENTITIES = ("contacts", "deals")
NOTES = ("census", "calculated", "versions", "associations")


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def write(
    conn: Connection,
    began: datetime,
    configuration: Any = None,
    *,
    entity: str = "contacts",
    status: str = "success",
    records: int = 1,
    failed: int = 0,
) -> int:
    end = None if status == "running" else began + timedelta(minutes=1)
    row = conn.execute(
        """
        insert into ingestion_sync_history
            (crm_source, sync_type, status, start_time, end_time, records_processed, records_failed, configuration)
        values ('crm', %s, %s, %s, %s, %s, %s, %s) returning id
        """,
        (entity, status, began, end, records, failed, Jsonb(configuration or {})),
    ).fetchone()
    assert row is not None
    return int(row[0])


def ids(conn: Connection) -> list[int]:
    return [row[0] for row in conn.execute("select id from ingestion_sync_history order by id")]


def what_a_run_asks(conn: Connection) -> list[Any]:
    """All that the next runs read from SyncHistory before they decide."""
    asked: list[Any] = []
    for entity in ENTITIES:
        key = ("crm", entity)
        latest = past.latest(conn, *key)
        configuration = latest["configuration"] if latest else {}
        chain = configuration.get("chain") or [] if isinstance(configuration, dict) else []
        asked += [
            past.anchor(conn, *key),
            latest,
            latest and past.failed_records(conn, [*chain, latest["id"]]),
            past.account(conn, *key),
            past.place(conn, *key),
            past.swept(conn, *key),
            *(past.noted(conn, *key, name) for name in NOTES),
        ]
    return asked


configurations = st.one_of(
    st.just({}),
    st.just(["window"]),
    st.just("text"),
    st.fixed_dictionaries(
        {"strategy": st.sampled_from(["incremental", "full", "drain", "resumed", None])},
        optional={
            "anchor": st.booleans(),
            "window": st.just({"since": None, "until": stamp(NOW)}),
            "account": st.sampled_from(["", "1", "2"]),
            "path": st.sampled_from(["/a", "/b"]),
            "swept": st.integers(0, 500).map(lambda ago: stamp(NOW - ago * DAY)),
            **{name: st.sampled_from([{"at": stamp(NOW)}, {"of": "x"}]) for name in NOTES},
        },
    ),
)
rows = st.lists(
    st.tuples(
        st.integers(0, 500),
        configurations,
        st.sampled_from(ENTITIES),
        st.sampled_from(["success", "partial", "failed", "completed", "running"]),
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    max_size=30,
)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few runs to learn from that others are old."""
    monkeypatch.setattr(retention, "LATEST_RUNS", 2)
    monkeypatch.setattr(retention, "LATEST_FULLS", 1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=rows, after=st.integers(1, 400), resumed=st.data())
def test_after_any_maintenance_the_next_run_decides_as_it_would_have(
    pg18_url: str, few: None, written: list[Any], after: int, resumed: st.DataObject
) -> None:
    with connect(pg18_url) as conn:
        conn.execute("truncate ingestion_sync_history")
        known: list[int] = []
        for ago, configuration, entity, status, records, failed in written:
            said = configuration
            if known and isinstance(configuration, dict) and configuration.get("window"):
                chain = resumed.draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
                said = {**configuration, "chain": chain}
            began = NOW - ago * DAY
            known.append(
                write(
                    conn,
                    began,
                    said,
                    entity=entity,
                    status=status,
                    records=records,
                    failed=failed,
                )
            )
        before = what_a_run_asks(conn)
        counted = retention.forget_runs(conn, NOW - after * DAY, dry=True)

        removed = retention.forget_runs(conn, NOW - after * DAY)

        assert what_a_run_asks(conn) == before
        assert removed == counted == len(written) - len(ids(conn))
        assert retention.forget_runs(conn, NOW - after * DAY) == 0


def test_what_is_old_and_of_no_use_goes(warehouse: Connection, few: None) -> None:
    old = [write(warehouse, NOW - (500 - n) * DAY, {"strategy": "incremental"}) for n in range(5)]
    running = write(warehouse, NOW - 450 * DAY, {"strategy": "full"}, status="running")
    new = [write(warehouse, NOW - n * DAY, {"strategy": "incremental"}) for n in range(3)]

    assert retention.forget_runs(warehouse, NOW - 400 * DAY) == 5

    assert ids(warehouse) == [running, *new]
    assert old


def test_what_alerts_learn_from_stays_however_old(warehouse: Connection) -> None:
    for ago in range(0, 1400, 7):
        write(warehouse, NOW - ago * DAY, {"strategy": "full", "anchor": True, "window": {}})
    before = health.facts(warehouse, NOW)

    removed = retention.forget_runs(warehouse, NOW - 400 * DAY)

    assert removed == 200 - 58  # those of the last 400 days are more than the 50 that would be kept
    assert health.facts(warehouse, NOW)[0].fulls == before[0].fulls


def test_closed_rejects_and_alerts_go_and_open_ones_stay(warehouse: Connection) -> None:
    for key, closed in (("1", 40), ("2", 5), ("3", None)):
        warehouse.execute(
            """
            insert into ingestion_rejected_record
                (crm_source, entity, record_key, raw, reason, resolved_at) values ('crm', 'deals', %s, '{}', 'x', %s)
            """,
            (key, None if closed is None else NOW - closed * DAY),
        )
        warehouse.execute(
            """
            insert into ingestion_alert
                (crm_source, entities, family, rule, severity, summary, closed_at, closing_told_at)
            values ('crm', '{deals}', 'flow', 'freshness', 3, 'x', %(closed)s, %(closed)s)
            """,
            {"closed": None if closed is None else NOW - closed * DAY},
        )

    assert retention.forget_rejects(warehouse, NOW - 30 * DAY, dry=True) == 1
    assert retention.forget_rejects(warehouse, NOW - 30 * DAY) == 1
    assert retention.forget_alerts(warehouse, NOW - 30 * DAY) == 1

    kept = warehouse.execute("select record_key from ingestion_rejected_record order by 1")
    assert [key for (key,) in kept] == ["2", "3"]
    assert warehouse.execute("select count(*) from ingestion_alert").fetchone() == (2,)


def test_seen_keys_stay_for_who_is_at_work_or_may_be_resumed(warehouse: Connection) -> None:
    window = {"window": {}}
    old = write(warehouse, NOW - 9 * DAY, window, status="failed")
    first = write(warehouse, NOW - 8 * DAY, window, status="failed")
    latest = write(warehouse, NOW - 7 * DAY, {**window, "chain": [first]}, status="failed")
    at_work = write(warehouse, NOW - 6 * DAY, window, entity="deals", status="running")
    for run in (old, first, latest, at_work, 4711):
        warehouse.execute(
            "insert into ingestion_seen_key (sync_history_id, key, outcome) values (%s, '1', 'c')",
            (run,),
        )

    assert retention.forget_seen_keys(warehouse, NOW - DAY, dry=True) == 2
    assert retention.forget_seen_keys(warehouse, NOW - DAY) == 2

    kept = warehouse.execute("select sync_history_id from ingestion_seen_key order by 1").fetchall()
    assert [run for (run,) in kept] == [first, latest, at_work]


@pytest.mark.parametrize(
    "configuration",
    [
        {"swept": "yes"},
        {"swept": 5},
        {"window": {}, "chain": ["x"]},
        {"window": {}, "chain": [None, {}]},
        {"window": {}, "chain": "x"},
        ["window", "swept"],
        "swept",
    ],
)
def test_what_an_older_system_wrote_stops_nothing(
    warehouse: Connection, few: None, configuration: Any
) -> None:
    write(warehouse, NOW - 500 * DAY, configuration, status="failed")
    write(warehouse, NOW - 500 * DAY, {"swept": stamp(NOW)}, entity="deals")

    retention.forget_runs(warehouse, NOW - 400 * DAY)
    retention.forget_seen_keys(warehouse, NOW)

    assert past.swept(warehouse, "crm", "deals") == NOW
    assert health.facts(warehouse, NOW)


@pytest.mark.parametrize("odd", ['{"api_calls": 1e30, "rate_limit_remaining": 1e30}', '"x"', "[]"])
def test_numbers_of_an_older_system_stop_nothing(warehouse: Connection, odd: str) -> None:
    for ago in range(3):
        write(warehouse, NOW - ago * timedelta(hours=1))
    warehouse.execute("update ingestion_sync_history set performance_metrics = %s::jsonb", (odd,))

    assert health.facts(warehouse, NOW)
    assert trends(warehouse, NOW, 14)

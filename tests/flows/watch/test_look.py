"""What a look sees in a warehouse, where a week of a source is more than it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

from flows.watch import look
from sources.config_tables import Config, EntityConfig, SourceConfig
from warehouse import rejects, reports
from warehouse.connection import Connection

BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def config(kind: str = "hubspot", **said: Any) -> Config:
    return Config(sources={"crm": SourceConfig("crm", kind, **said)})


def run(
    conn: Connection,
    began: datetime,
    entity: str = "contacts",
    *,
    good: bool = True,
    anchor: bool | None = None,
    **said: Any,
) -> None:
    configuration = {
        "strategy": "incremental",
        "window": {"until": began.isoformat()},
        "anchor": good if anchor is None else anchor,
        **said,
    }
    conn.execute(
        """
        insert into ingestion_sync_history
            (crm_source, sync_type, status, start_time, end_time, records_processed, error_message, configuration)
        values ('crm', %s, %s, %s, %s, 10, %s, %s)
        """,
        (
            entity,
            "success" if good else "failed",
            began,
            began + 10 * timedelta(seconds=1),
            None if good else "503",
            Jsonb(configuration),
        ),
    )


def many(conn: Connection, begin: datetime, end: datetime, every: timedelta, anchor: bool) -> None:
    conn.execute(
        """
        insert into ingestion_sync_history
            (crm_source, sync_type, status, start_time, end_time, records_processed, configuration)
        select 'crm', 'contacts', 'success', at, at + interval '5 s', 10,
               jsonb_build_object('strategy', 'incremental', 'anchor', %s::bool, 'window', '{}'::jsonb)
        from generate_series(%s::timestamptz, %s::timestamptz, %s) at
        """,
        (anchor, begin, end, every),
    )


@dataclass
class Watch:
    """Looks, one after the other, and what was told."""

    conn: Connection
    config: Config

    def __post_init__(self) -> None:
        self.opened: list[tuple[datetime, str, list[str]]] = []
        self.closed: list[datetime] = []

    def at(self, now: datetime) -> list[str]:
        seen = look.watch(self.conn, self.config, now=now)
        look.told(self.conn, seen)
        self.opened += [(now, alert.rule, alert.entities) for alert in seen.opened]
        self.closed += [now for _ in seen.closed]
        return [f"{one.entity}: {one.rule}" for one in seen.picture.findings]


@pytest.fixture
def watch(warehouse: Connection) -> Watch:
    return Watch(warehouse, config())


def of_each_day(conn: Connection, watch: Watch, days: range, each: Callable[[datetime], None]):
    for day in days:
        each(BEGIN + day * DAY)
        for hour in (1, 7, 13, 19):
            watch.at(BEGIN + day * DAY + hour * HOUR)


@pytest.mark.parametrize("good_days", [0, 3, 20])
def test_a_daily_sync_whose_every_try_fails_is_told_once_and_not_over(
    warehouse: Connection, watch: Watch, good_days: int
) -> None:
    def tries(began: datetime) -> None:
        for after in (0, 2, 17, 32):
            run(warehouse, began + after * MINUTE, good=False)

    of_each_day(warehouse, watch, range(good_days), lambda began: run(warehouse, began))
    of_each_day(warehouse, watch, range(good_days, good_days + 8), tries)

    assert [rule for _, rule, _ in watch.opened] == ["failure_rate"]
    assert watch.closed == []


@pytest.mark.parametrize("good", [0, 1])
def test_a_weekly_sync_that_always_fails_is_told_once_and_not_over(
    warehouse: Connection, watch: Watch, good: int
) -> None:
    for week in range(6):
        began = BEGIN + week * 7 * DAY
        run(warehouse, began, good=week < good)
        for day in range(7):
            watch.at(began + day * DAY + HOUR)

    assert [rule for _, rule, _ in watch.opened] == ["failure_rate"]
    assert watch.closed == []


def test_a_later_outage_of_an_entity_that_had_recovered_is_told(
    warehouse: Connection, watch: Watch
) -> None:
    many(warehouse, BEGIN - 6 * DAY, BEGIN - HOUR, HOUR, anchor=True)
    for hour in range(-24 * 6, 0):
        run(warehouse, BEGIN + hour * HOUR, "deals")

    for hour in range(24 * 5):
        now = BEGIN + hour * HOUR
        run(warehouse, now, good=False)
        run(warehouse, now, "deals", good=4 <= hour < 24 * 4)
        watch.at(now + 5 * MINUTE)

    assert [entities for _, _, entities in watch.opened] == [["contacts", "deals"], ["deals"]]
    assert watch.opened[1][0] - BEGIN < 4 * DAY + 5 * HOUR
    assert watch.closed == []


@pytest.mark.parametrize("minutes", [2, 5, 15])
def test_a_fast_schedule_that_stops_is_told_and_so_is_one_that_earns_no_anchor(
    warehouse: Connection, watch: Watch, minutes: int
) -> None:
    every, stop = minutes * MINUTE, BEGIN + 3 * DAY
    many(warehouse, BEGIN, stop, every, anchor=True)

    assert watch.at(stop + HOUR) == []
    assert watch.at(stop + 3 * HOUR) == ["contacts: freshness"]
    many(warehouse, stop + every, stop + 2 * DAY, every, anchor=False)
    assert watch.at(stop + 2 * DAY) == ["contacts: freshness"]


def test_a_schedule_that_was_changed_is_told_once_at_most(
    warehouse: Connection, watch: Watch
) -> None:
    many(warehouse, BEGIN - 40 * DAY, BEGIN - HOUR, HOUR, anchor=True)

    of_each_day(warehouse, watch, range(30), lambda began: run(warehouse, began))

    assert len(watch.opened) <= 1


@pytest.mark.parametrize(
    ("zone", "begin"), [("Europe/Berlin", (2026, 3, 2)), ("America/New_York", (2026, 10, 5))]
)
def test_clocks_that_are_put_back_or_forth_tell_nothing(
    warehouse: Connection, watch: Watch, zone: str, begin: tuple[int, int, int]
) -> None:
    start = datetime(*begin, tzinfo=UTC)
    for hour in range(24 * 7 * 6):
        now = start + hour * HOUR
        local = now.astimezone(ZoneInfo(zone))
        if local.weekday() < 5 and 8 <= local.hour <= 18:
            run(warehouse, now)
        watch.at(now + 10 * MINUTE)

    # The first weekend cannot be known.
    assert [when for when, _, _ in watch.opened if when - start > 7 * DAY] == []


# What has no rows


def test_what_has_a_stale_after_and_never_ran_is_told(warehouse: Connection) -> None:
    limit = EntityConfig(stale_after=2 * HOUR)

    assert Watch(warehouse, config(defaults=limit)).at(BEGIN) == [": freshness"]
    assert Watch(warehouse, config(entities={"deals": limit})).at(BEGIN) == [": freshness"]
    assert Watch(warehouse, config(kind="webhook", defaults=limit)).at(BEGIN) == []
    assert Watch(warehouse, config(only=("deals",))).at(BEGIN) == []


def test_what_is_named_and_never_ran_unlike_others_is_told(warehouse: Connection) -> None:
    run(warehouse, BEGIN)
    named = Watch(warehouse, config(only=("contacts", "deals", "notes"), without=("notes",)))
    limited = config(entities={"deals": EntityConfig(stale_after=2 * HOUR)})

    assert named.at(BEGIN + HOUR) == []
    assert named.at(BEGIN + 25 * HOUR) == ["deals: freshness"]
    assert Watch(warehouse, limited).at(BEGIN + HOUR) == ["deals: freshness"]
    assert Watch(warehouse, config()).at(BEGIN + 25 * HOUR) == []


def test_what_is_only_pushed_does_not_go_stale(warehouse: Connection) -> None:
    run(warehouse, BEGIN, "orders", strategy="drain", anchor=False)
    general = config(kind="webhook", defaults=EntityConfig(stale_after=2 * HOUR))

    assert Watch(warehouse, general).at(BEGIN + DAY) == []


# Rejects and reports


@dataclass
class Reject:
    key: str
    raw: str = "{}"
    reason: str = "bad"
    field: str | None = None


def test_a_record_that_is_rejected_again_after_it_was_mended_is_new(
    warehouse: Connection,
) -> None:
    both = [Reject("1"), Reject("2")]
    rejects.record(warehouse, "crm", "contacts", 1, both)
    warehouse.execute("update ingestion_rejected_record set first_seen_at = now() - interval '9 d'")
    rejects.close_landed(warehouse, "crm", "contacts", 2, lambda: ["1"])

    rejects.record(warehouse, "crm", "contacts", 3, both)

    rows = warehouse.execute(
        """
        select first_seen_at > now() - interval '1 d', first_sync_history_id
        from ingestion_rejected_record order by record_key
        """
    )
    assert list(rows) == [(True, 3), (False, 1)]


def test_rejects_that_wait_are_told_until_they_are_mended(
    warehouse: Connection, watch: Watch
) -> None:
    many(warehouse, BEGIN - 10 * DAY, BEGIN + 5 * DAY, HOUR, anchor=True)
    warehouse.execute(
        """
        insert into ingestion_rejected_record
            (crm_source, entity, record_key, raw, reason, first_seen_at, last_seen_at)
        select 'crm', 'contacts', key, '{}', 'bad', %(at)s, %(at)s from generate_series(1, 500) key
        """,
        {"at": BEGIN},
    )

    for hour in range(1, 24 * 3, 6):
        assert watch.at(BEGIN + hour * HOUR) == ["contacts: quarantine"]
    warehouse.execute("update ingestion_rejected_record set resolved_at = now()")
    for hour in range(24 * 3, 24 * 4, 6):
        watch.at(BEGIN + hour * HOUR)

    assert (len(watch.opened), len(watch.closed)) == (1, 1)


def test_only_a_sync_is_a_successful_sync(warehouse: Connection) -> None:
    run(warehouse, BEGIN)
    run(warehouse, BEGIN + HOUR, strategy="forget", anchor=False)

    [report] = reports.reports(warehouse, BEGIN + 2 * HOUR)

    assert report.last_successful_sync == BEGIN + 10 * timedelta(seconds=1)

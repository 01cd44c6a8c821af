"""A CRM's weeks as SyncHistory tells them: busy days, with all that is not worth an alert, and faults."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp
from typing import Any

from psycopg.types.json import Jsonb

from flows.watch import look
from sources.config_tables import Config, EntityConfig, SourceConfig
from warehouse import locks
from warehouse.alerts import Alert
from warehouse.connection import Connection, connect

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
LOOKBACK = 5  # quarters that a delta reads again
SOURCE = "crm"
CONFIG = Config(sources={SOURCE: SourceConfig(SOURCE, "hubspot")})


def configured(**entity: Any) -> Config:
    said = SourceConfig(SOURCE, "hubspot", defaults=EntityConfig(**entity))
    return Config(sources={SOURCE: said})


@dataclass
class Behaviour:
    """How one entity's next run goes; a fault changes it."""

    happens: bool = True
    fails: bool = False
    records: int = 0
    changed: int = 0
    seconds: float = 5.0
    calls: int = 4
    hits: int = 0
    rejects: int = 0
    error: str = "Unavailable: 503"


Fault = Callable[["World", str, Behaviour], None]


@dataclass
class World:
    """A source whose entities are synced every quarter of an hour, and read whole on Sundays."""

    conn: Connection
    url: str
    seed: int
    every: timedelta = QUARTER
    # Records changed in a busy quarter: many, some, and a handful a day.
    rates: dict[str, float] = field(
        default_factory=lambda: {"contacts": 12.0, "deals": 2.5, "tickets": 0.15}
    )
    fault: Fault | None = None

    def __post_init__(self) -> None:
        self.now = BEGIN
        self.rng = random.Random(self.seed)
        self.recent: dict[str, list[int]] = {name: [] for name in self.rates}
        self.waiting = dict.fromkeys(self.rates, 0)
        self.outage: datetime | None = None
        self.opened: list[Alert] = []
        self.closed: list[Alert] = []
        self.key = 0

    def live(
        self, length: timedelta, look_every: timedelta = HOUR, config: Config = CONFIG
    ) -> None:
        """Let time go by, with a look now and then."""
        end = self.now + length
        while self.now < end:
            self._quarter()
            self.now += self.every
            if (self.now - BEGIN) % look_every < self.every:
                self.look(config)

    def later(self) -> "World":
        """The same source, as it goes on from here."""
        copy = World(self.conn, self.url, self.seed + 1000, self.every, self.rates)
        copy.now, copy.key = self.now, self.key
        copy.recent, copy.waiting = dict(self.recent), dict(self.waiting)
        return copy

    def mend(self) -> None:
        """The fault is over, and good copies of what was rejected land."""
        self.fault = None
        self.conn.execute(
            "update ingestion_rejected_record set resolved_at = %s where resolved_at is null",
            (self.now,),
        )

    def look(self, config: Config = CONFIG) -> look.Watched:
        seen = look.watch(self.conn, config, now=self.now)
        look.told(self.conn, seen)
        self.opened += seen.opened
        self.closed += seen.closed
        return seen

    def _quarter(self) -> None:
        self._clean_up()
        rested = self.outage is None or self.now - self.outage > 2 * DAY
        if rested and self.rng.random() < 2 / (7 * DAY / self.every):
            began = self.now - self.rng.random() * self.every
            self.outage = began + timedelta(minutes=self.rng.choice([10, 20, 25]))
        sunday_night = self.now.weekday() == 6 and self.now.hour == 3
        for name in self.rates:
            if sunday_night and self.now.minute < 15:
                self._full(name)
            elif not (sunday_night and self.now.minute < 15 + 30 * (name == "contacts")):
                self._delta(name)

    def _changed(self, name: str) -> int:
        """Records changed in a quarter: many at noon, few at night and on weekends, in bursts."""
        hour = self.now.hour + self.now.minute / 60
        by_day = 0.15 + 1.7 * exp(-((hour - 13) ** 2) / 18)
        weekend = 0.25 if self.now.weekday() >= 5 else 1.0
        shape = 1.5 * (self.every / QUARTER)
        burst = self.rng.gammavariate(shape, 1 / shape)
        mean = self.rates[name] * by_day * weekend * burst * (self.every / QUARTER)
        return poisson(self.rng, mean)

    def _delta(self, name: str) -> None:
        self.waiting[name] += self._changed(name)
        rng = self.rng
        how = Behaviour(
            happens=rng.random() > 0.02,  # another run was at work
            fails=rng.random() < 0.002 or bool(self.outage and self.now < self.outage),
            changed=self.waiting[name],
            records=self.waiting[name] + sum(self.recent[name]),
            seconds=rng.lognormvariate(1.2, 0.35) + (8 if self.now.minute < 15 else 0),
            hits=rng.choice([0, 0, 0, 0, 1]),
        )
        how.calls += how.records // 20 + how.hits
        if self.now.hour == 6 and self.now.minute < 15:
            how.seconds += 240  # all associations
            how.calls += 200
        how.rejects = sum(rng.random() < 0.03 for _ in range(how.changed))
        if self.fault:
            self.fault(self, name, how)
        if how.fails:
            how.rejects = 0
        if how.happens and not how.fails:
            # What a run does not bring, the next one does.
            self.recent[name] = [*self.recent[name], self.waiting[name]][1 - LOOKBACK :]
            self.waiting[name] = 0
        if how.happens:
            self._write(name, how, "incremental")

    def _full(self, name: str) -> None:
        how = Behaviour(records=int(3000 * self.rates[name]), seconds=600, calls=300, hits=2)
        if self.fault:
            self.fault(self, name, how)
        if how.happens:
            self._write(name, how, "full")

    def _write(self, name: str, how: Behaviour, strategy: str) -> None:
        failed = how.fails
        status = "failed" if failed else "partial" if how.rejects else "success"
        began = self.now + timedelta(seconds=3)
        end = began + timedelta(seconds=how.seconds)
        records = 0 if failed else how.records
        self.conn.execute(
            """
            insert into ingestion_sync_history
                (crm_source, sync_type, status, start_time, end_time, records_processed, records_created,
                 records_failed, error_message, performance_metrics, configuration)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            (
                SOURCE,
                name,
                status,
                began,
                end,
                records,
                0 if failed else how.changed,
                how.rejects,
                how.error if failed else None,
                Jsonb({"api_calls": how.calls, "rate_limit_hits": how.hits}),
                Jsonb({"strategy": strategy, "anchor": not failed, "window": {"until": "x"}}),
            ),
        )
        self._reject(name, how.rejects)

    def _reject(self, name: str, count: int) -> None:
        rows = []
        for _ in range(count):
            self.key += 1
            rows.append((SOURCE, name, str(self.key), self.now, self.now))
        self.conn.cursor().executemany(
            """
            insert into ingestion_rejected_record
                (crm_source, entity, record_key, raw, reason, first_seen_at, last_seen_at)
            values (%s, %s, %s, '{}', 'bad', %s, %s)
            """,
            rows,
        )

    def _clean_up(self) -> None:
        """Somebody corrects some of the rejected records."""
        if self.now.hour == 9 and self.now.minute < 15:
            self.conn.execute(
                """
                update ingestion_rejected_record set resolved_at = %s, resolved_by = 1
                where resolved_at is null and first_seen_at < %s
                """,
                (self.now, self.now - 2 * DAY),
            )

    def at_work(self, name: str, strategy: str) -> Iterator[None]:
        """While this lasts, a run is under way."""
        with connect(self.url) as other:
            assert locks.lock(other, SOURCE, name)
            self.conn.execute(
                """
                insert into ingestion_sync_history (crm_source, sync_type, status, start_time, configuration)
                values (%s, %s, 'running', %s, %s)
                """,
                (SOURCE, name, self.now, Jsonb({"strategy": strategy, "window": {"until": "x"}})),
            )
            yield


def poisson(rng: random.Random, mean: float) -> int:
    """A number of events that are this many on average."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, mean**0.5)))
    count, left = 0, exp(-mean)
    product = rng.random()
    while product > left:
        count += 1
        product *= rng.random()
    return count


# Faults


def token_revoked(world: World, name: str, how: Behaviour) -> None:
    how.fails, how.error = True, "Unauthorized: 401"


def one_entity_refused(world: World, name: str, how: Behaviour) -> None:
    how.fails = how.fails or name == "deals"


def nothing_runs(world: World, name: str, how: Behaviour) -> None:
    how.happens = False


def answers_are_empty(world: World, name: str, how: Behaviour) -> None:
    how.records = how.changed = 0


def one_entity_is_empty(world: World, name: str, how: Behaviour) -> None:
    if name == "contacts":
        how.records = how.changed = 0


def most_is_missing(world: World, name: str, how: Behaviour) -> None:
    how.records, how.changed = how.records // 40, how.changed // 40


def all_is_rejected(world: World, name: str, how: Behaviour) -> None:
    how.rejects = how.records if name == "contacts" else how.rejects


def all_is_slow(world: World, name: str, how: Behaviour) -> None:
    how.seconds = how.seconds * 8 + 60


def limits_are_hit(world: World, name: str, how: Behaviour) -> None:
    how.hits = how.calls
    how.calls *= 2


def every_fifth_fails(world: World, name: str, how: Behaviour) -> None:
    how.fails = how.fails or (name == "contacts" and (world.now - BEGIN) // world.every % 5 == 0)

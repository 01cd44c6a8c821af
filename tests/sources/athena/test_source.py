"""Athena read page by page: what it is asked, what it is paid for, and what is made of its errors."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from sandbox.athena import AthenaSandbox
from sources.athena.source import AthenaSource, open_athena
from sources.config import EntityConfig, SourceConfig
from sources.entity import Entity
from sources.errors import (
    ConfigError,
    MissingScope,
    RateLimited,
    Refused,
    SourceError,
    Unauthorized,
    Unavailable,
)
from sources.page import Page, Window
from sources.rows import Rows
from sources.salespro.entities import ENTITIES, SAID
from tests.athena import address, athena, needs_pyathena

needs_pyathena()

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ALL = Window(None, NOW)
SINCE = datetime(2026, 2, 3, 4, 5, 6, 384_000, tzinfo=UTC)
TABLES = """
    create schema acme;
    create table acme.estimate (
        estimate_id text, customer_id text, sale_amount float8, is_sale boolean, document_count bigint,
        created_at timestamp(3), updated_at timestamp(3), colour text, parts text
    );
    create table acme.payments (payment_id text, payment_amount numeric(18, 2), updated_at text);
    create table acme.lead_results (estimate_id text, lead_results text, updated_at timestamptz(3));
    create table acme.customer (customer_id text, updated_at bigint);
    create table acme.credit_applications (note text, updated_at date);
    create table acme.fleet (van_id text, seen date)
"""
Ask = Callable[[AthenaSource], Awaitable[Any]]


class Place:
    """An Athena with a database `acme`, and how it is asked."""

    def __init__(self, sandbox: AthenaSandbox, url: str, warehouse: str) -> None:
        self.sandbox = sandbox
        self.url = url
        self._warehouse = warehouse

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._warehouse, autocommit=True) as connection:
            connection.execute(statement)

    def ask(self, question: Ask, *, url: str = "", **config: Any) -> Any:
        async def asked() -> Any:
            settings = SourceConfig("salespro", "salespro", **{"retry_attempts": 0, **config})
            async with open_athena(
                url or self.url, "SALESPRO_DATABASE_URL", settings, ENTITIES, SAID
            ) as source:
                source.athena = _hasty(source)
                return await question(source)

        return asyncio.run(asked())

    def read(
        self, name: str, window: Window = ALL, cursor: str | None = None, **config: Any
    ) -> list[dict[str, Any]]:
        """All rows of a window, from a cursor on."""

        async def all_of(source: AthenaSource) -> list[dict[str, Any]]:
            entity = await described(source, name)
            return [
                row async for page in pages(source, entity, window, cursor) for row in page.records
            ]

        return self.ask(all_of, **config)

    @property
    def scans(self) -> list[str]:
        """The queries that read a table."""
        return [query for query in self.sandbox.queries if "information_schema" not in query]


def _hasty(source: AthenaSource) -> Any:
    from dataclasses import replace

    return replace(source.athena, pause=0.001)


async def described(source: AthenaSource, name: str) -> Entity:
    catalogue = await source.catalogue({})
    [entity] = [one for one in catalogue.entities if one.name == name]
    return await source.describe(entity, [])


async def pages(source: AthenaSource, entity: Entity, window: Window, cursor: str | None = None):
    while True:
        page: Page = await source.fetch(entity, "changes", window, cursor)
        yield page
        cursor = page.cursor
        if cursor is None:
            return


@pytest.fixture
def place(pg18_url: str) -> Iterator[Place]:
    with psycopg.connect(pg18_url, autocommit=True) as connection:
        connection.execute(TABLES)
    with athena(pg18_url, "acme") as (sandbox, url):
        yield Place(sandbox, url, pg18_url)


def estimates(place: Place, count: int) -> None:
    place.execute(
        "insert into acme.estimate select 'E' || n, 'c', n * 12500.5, n % 2 = 0, n, '2026-01-01',"
        f" timestamp '2026-02-03 04:05:06.384' + (n - 10) * interval '1 ms' from generate_series(1, {count}) n"
    )


def test_everything_is_one_query_whose_answer_is_paged(place: Place):
    estimates(place, 2500)

    rows = place.read("estimates")

    assert len(rows) == len({row["estimate_id"] for row in rows}) == 2500
    assert len(place.scans) == 1
    assert "where" not in place.scans[0].lower()
    told = {row["estimate_id"]: row for row in rows}["E1000"]
    assert told["sale_amount"] == "1.25005E7"
    assert told["is_sale"] == "true"
    assert told["updated_at"] == "2026-02-03 04:05:07.374"
    assert told["colour"] is None


def test_the_id_of_the_query_is_told_before_anything_else(place: Place):
    estimates(place, 3)

    async def first(source: AthenaSource) -> Page:
        return await source.fetch(await described(source, "estimates"), "changes", ALL, None)

    page = place.ask(first)

    assert page.pause
    assert page.cursor is not None
    assert len(page.records) == 0
    assert list(place.sandbox.executions)[-1] in page.cursor


def test_a_reading_that_is_taken_up_again_pays_for_no_second_query(place: Place):
    estimates(place, 2500)

    async def begun(source: AthenaSource) -> tuple[list[Any], str]:
        entity = await described(source, "estimates")
        read = []
        async for page in pages(source, entity, ALL):
            read += page.records
            if page.records:
                return read, str(page.cursor)
        raise AssertionError

    read, cursor = place.ask(begun)
    rest = place.read("estimates", cursor=cursor)

    # The header is the first of a thousand rows.
    assert len(read) == 999
    assert len({row["estimate_id"] for row in (*read, *rest)}) == 2500
    assert len(place.scans) == 1


@pytest.mark.parametrize("loss", ["forget", "expire"])
def test_an_answer_that_is_not_kept_any_more_is_asked_for_anew(place: Place, loss: str):
    estimates(place, 1500)

    async def interrupted(source: AthenaSource) -> list[Any]:
        entity = await described(source, "estimates")
        read: list[Any] = []
        async for page in pages(source, entity, ALL):
            if page.records and not read:
                getattr(place.sandbox, loss)()
            read += page.records
        return read

    rows = place.ask(interrupted)

    assert {row["estimate_id"] for row in rows} == {f"E{n}" for n in range(1, 1501)}


def test_an_answer_that_is_lost_again_and_again_is_an_error(place: Place):
    estimates(place, 3)

    async def lost(source: AthenaSource) -> None:
        entity = await described(source, "estimates")
        async for _ in pages(source, entity, ALL):
            place.sandbox.forget()

    with pytest.raises(Refused, match="was not found"):
        place.ask(lost)


def test_a_delta_asks_for_what_is_not_older_than_its_milliseconds(place: Place):
    estimates(place, 20)

    rows = place.read("estimates", Window(SINCE + timedelta(microseconds=900), NOW))

    assert sorted(int(row["estimate_id"][1:]) for row in rows) == list(range(10, 21))
    assert ">= TIMESTAMP '2026-02-03 04:05:06.384'" in place.scans[0]


def test_stamps_that_are_kept_as_text_are_compared_as_moments(place: Place):
    place.execute(
        "insert into acme.payments values ('before', 1, '2026-02-03 04:05:06.383'), ('equal', 2, '2026-02-03 04:05:06.384'),"
        " ('iso', 3, '2026-02-03T04:05:07Z'), ('zone', 4, '2026-02-02T23:05:06.384-05:00'), ('none', 5, null), ('junk', 6, 'soon')"
    )

    delta = place.read("payments", Window(SINCE, NOW))
    everything = place.read("payments")

    assert {row["payment_id"] for row in delta} == {"equal", "iso", "zone"}
    assert len(everything) == 6


def test_stamps_with_a_zone_are_compared_and_told_with_it(place: Place):
    place.execute(
        "insert into acme.lead_results values ('old', '[]', '2026-02-02 23:05:06.383-05'), ('new', '[]', '2026-02-02 23:05:06.384-05')"
    )

    [row] = place.read("lead_results", Window(SINCE, NOW))

    assert (row["estimate_id"], row["updated_at"]) == ("new", "2026-02-03T04:05:06.384Z")


def test_stamps_that_are_no_moments_are_not_compared(place: Place):
    place.execute("insert into acme.customer values ('a', 1), ('b', 2)")

    rows = place.read("customers", Window(SINCE, NOW))

    assert {row["customer_id"] for row in rows} == {"a", "b"}


def test_a_zone_of_the_account_holds_for_stamps_that_tell_none(place: Place):
    place.execute(
        "insert into acme.estimate (estimate_id, created_at, updated_at) values"
        " ('before', '2026-01-01', '2026-02-02 22:05:06.383'), ('from', '2026-01-01 10:00', '2026-02-02 22:05:06.384')"
    )

    [row] = place.read("estimates", Window(SINCE, NOW), options={"timezone": "America/Chicago"})

    assert row["estimate_id"] == "from"
    assert row["updated_at"] == "2026-02-03T04:05:06.384Z"
    assert row["created_at"] == "2026-01-01T16:00:00.000Z"


def test_null_and_no_text_are_told_apart(place: Place):
    place.execute("insert into acme.estimate (estimate_id, colour, parts) values ('E', '', null)")

    [row] = place.read("estimates")

    assert (row["colour"], row["parts"]) == ("", None)


def test_columns_that_nobody_declared_are_found_with_their_kinds(place: Place):
    estimate = place.ask(lambda source: described(source, "estimates"))

    found = {field.name: field.kind for field in estimate.fields if field.discovered}
    assert found == {"colour": "text", "parts": "text"}
    assert {field.path for field in estimate.fields} >= {"sale_amount", "updated_at"}
    # What the table lacks is not spoken of.
    assert "bank_name" not in estimate.columns


@pytest.mark.parametrize(
    ("option", "said"), [({}, "user_activity or user_activities"), ({"table": "did"}, "did")]
)
def test_a_table_that_is_not_there_is_told_with_those_there_are(
    place: Place, option: dict[str, str], said: str
):
    entities = {"user_activities": EntityConfig(options=option)}

    with pytest.raises(
        ConfigError,
        match=rf"salespro.user_activities: there is no table {said} in acme; there are: .*fleet.*without",
    ):
        place.ask(lambda source: described(source, "user_activities"), entities=entities)


def test_a_key_that_is_not_there_is_told_with_the_columns(place: Place):
    with pytest.raises(ConfigError, match="leap_credit_app_id; its columns: note, updated_at"):
        place.ask(lambda source: described(source, "credit_applications"))


def test_any_other_table_is_read_when_it_is_named_with_its_key(place: Place):
    place.execute("insert into acme.fleet values ('V1', '2026-02-03')")
    entities = {"fleet": EntityConfig(options={"key": "van_id", "updated_at": "seen"})}

    rows = place.read("fleet", Window(SINCE, NOW), entities=entities)
    fleet = place.ask(lambda source: described(source, "fleet"), entities=entities)

    assert rows == [{"van_id": "V1", "seen": "2026-02-03"}]
    assert (fleet.key, fleet.changed, fleet.whole) == (("van_id",), "seen", False)


@pytest.mark.parametrize("option", [{"query": "select 1", "key": "a"}, {"schema": "other"}])
def test_what_cannot_be_said_of_athena_is_refused(place: Place, option: dict[str, str]):
    entities = {"fleet": EntityConfig(options=option)}

    with pytest.raises(ConfigError, match="salespro.fleet: .* cannot be said of a table in Athena"):
        place.ask(lambda source: source.catalogue({}), entities=entities)


def test_the_clock_is_athenas(place: Place):
    account = place.ask(lambda source: source.account())

    assert abs(account.now - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_database_without_tables_is_not_taken_for_an_empty_one(place: Place):
    url = place.url.replace("/acme?", "/acne?")

    with pytest.raises(ConfigError, match="no table in a database called acne"):
        place.ask(lambda source: source.account(), url=url)


# Errors


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("throttled", RateLimited),
        ("too_many", RateLimited),
        ("server_error", Unavailable),
        ("unavailable", Unavailable),
        ("unauthorized", Unauthorized),
        ("expired", Unauthorized),
        ("access_denied", MissingScope),
        ("reset", Unavailable),
        ("closed", Unavailable),
        ("truncated", SourceError),
    ],
)
@pytest.mark.parametrize("call", ["StartQueryExecution", "GetQueryExecution", "GetQueryResults"])
def test_trouble_is_sorted_by_the_remedy(
    place: Place, kind: str, error: type[SourceError], call: str
):
    place.sandbox.fault(kind, times=None, path=call)

    with pytest.raises(error):
        place.ask(lambda source: source.account())


def test_throttling_passes_with_patience(place: Place):
    estimates(place, 3)
    place.sandbox.fault("throttled", times=None, every=3)

    assert len(place.read("estimates", retry_attempts=3)) == 3


def test_a_query_that_is_wrong_says_what_is_wrong(place: Place):
    place.execute("insert into acme.estimate (estimate_id) values ('E')")

    async def late(source: AthenaSource) -> None:
        entity = await described(source, "estimates")
        place.execute("drop table acme.estimate")
        async for _ in pages(source, entity, ALL):
            pass

    with pytest.raises(Refused, match="TABLE_NOT_FOUND"):
        place.ask(late)
    assert len(place.scans) == 1


def test_what_failed_in_an_earlier_run_is_asked_anew(place: Place):
    async def begun(source: AthenaSource) -> str:
        entity = await described(source, "estimates")
        place.execute("alter table acme.estimate rename to away")
        page = await source.fetch(entity, "changes", ALL, None)
        place.execute("alter table acme.away rename to estimate")
        return str(page.cursor)

    estimates(place, 3)
    cursor = place.ask(begun)
    asyncio.run(asyncio.sleep(0.01))

    assert len(place.read("estimates", cursor=cursor)) == 3


def test_athenas_own_failures_are_asked_again_a_few_times(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    from sandbox.athena import Failure

    estimates(place, 3)
    run, struck = place.sandbox.engine.run, []

    def failing(database: str, query: str) -> Any:
        if "information_schema" not in query and len(struck) < 2:
            struck.append(query)
            raise Failure("GENERIC_INTERNAL_ERROR: unlucky", category=1, retryable=True)
        return run(database, query)

    monkeypatch.setattr(place.sandbox.engine, "run", failing)

    assert len(place.read("estimates")) == 3
    assert len(place.scans) == 3


def test_a_cancelled_query_ends_the_reading(place: Place):
    estimates(place, 3)

    async def cancelled(source: AthenaSource) -> None:
        entity = await described(source, "estimates")
        async for page in pages(source, entity, ALL):
            for execution in place.sandbox.executions.values():
                execution.cancelled = execution.cancelled or not page.records

    with pytest.raises(Refused, match="cancelled"):
        place.ask(cancelled)


# Addresses


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("awsathena+rest://k:s@athena.us-east-1.amazonaws.com:443/?s3_staging_dir=s3", "names no database"),
        ("awsathena+rest://k:s@athena.us-east-1.amazonaws.com:443/acme", "where Athena puts its answers"),
        ("awsathena+nothing://k:s@athena.us-east-1.amazonaws.com:443/acme", "install PyAthena"),
        ("awsathena+rest://k:s/e@@:x/acme", "is no address|names no|cannot be used"),
    ],
)  # fmt: skip
def test_a_wrong_address_says_what_is_wrong_without_its_secret(place: Place, url: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        place.ask(lambda source: source.account(), url=url)

    assert "SALESPRO_DATABASE_URL" in str(caught.value)
    assert "k:s" not in str(caught.value)


def test_a_stranger_is_unauthorized(place: Place):
    base = place.url.partition("endpoint_url=")[2]
    from urllib.parse import unquote_plus

    with pytest.raises(Unauthorized, match="security token"):
        place.ask(
            lambda source: source.account(), url=address(unquote_plus(base), "acme", "AKIASTRANGER")
        )


def test_rows_come_as_columns_of_text(place: Place):
    estimates(place, 3)

    async def first(source: AthenaSource) -> Page:
        entity = await described(source, "estimates")
        return [page async for page in pages(source, entity, ALL)][-1]

    page = place.ask(first)

    assert isinstance(page.records, Rows)

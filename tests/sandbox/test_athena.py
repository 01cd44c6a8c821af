"""Athena's look-alike, read by a client that others wrote."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from sandbox.athena import ACCESS_KEY, SECRET_KEY, STAGING, AthenaSandbox
from tests.athena import PostgresEngine

pyathena = pytest.importorskip("pyathena", reason="PyAthena is not installed")


@pytest.fixture
def sandbox(pg18_url: str) -> AthenaSandbox:
    with psycopg.connect(pg18_url, autocommit=True) as connection:
        connection.execute("create schema acme")
        connection.execute(
            "create table acme.payments (payment_id text, amount numeric(18, 2), rate float8, won boolean,"
            " note text, updated_at timestamp(3))"
        )
        connection.execute(
            "insert into acme.payments values"
            " ('Qx7TfduL6a', 1250.00, 12500000, true, '', '2026-02-03 04:05:06.384'), ('qx7TfduL6a', null, 0.5, false, null, null)"
        )
    return AthenaSandbox(PostgresEngine(pg18_url))


@pytest.fixture
def base(sandbox: AthenaSandbox) -> Iterator[str]:
    with sandbox.serve() as url:
        yield url


def connect(base: str, **how: Any) -> Any:
    asked = {
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
        "region_name": "us-east-1",
        "schema_name": "acme",
        "s3_staging_dir": STAGING,
        "endpoint_url": base,
        "poll_interval": 0.01,
        "retry_config": pyathena.util.RetryConfig(multiplier=0.01, max_delay=0.02),
        **how,
    }
    return pyathena.connect(**asked)


def test_values_of_all_types_arrive_as_they_are(base: str, sandbox: AthenaSandbox):
    cursor = connect(base).cursor()

    rows = cursor.execute("select * from payments order by payment_id desc").fetchall()

    moment = datetime(2026, 2, 3, 4, 5, 6, 384_000)
    assert sorted(rows) == [
        ("Qx7TfduL6a", Decimal("1250.00"), 12_500_000.0, True, "", moment),
        ("qx7TfduL6a", None, 0.5, False, None, None),
    ]
    # Two looks found the query waiting.
    assert [path for _, path, _, _ in sandbox.requests].count("/GetQueryExecution") == 3


def test_an_answer_comes_in_pages_of_a_thousand_with_the_header_on_the_first(
    base: str, sandbox: AthenaSandbox
):
    cursor = connect(base).cursor()

    rows = cursor.execute("select n from generate_series(1, 2500) n order by n").fetchall()

    assert [row[0] for row in rows] == list(range(1, 2501))
    assert [path for _, path, _, _ in sandbox.requests].count("/GetQueryResults") >= 3


def test_a_wrong_query_says_what_is_wrong(base: str):
    cursor = connect(base).cursor()

    with pytest.raises(pyathena.error.OperationalError, match="TABLE_NOT_FOUND"):
        cursor.execute("select * from nothing")


def test_throttling_passes_when_asked_again(base: str, sandbox: AthenaSandbox):
    sandbox.fault("throttled", times=None, every=2)

    rows = connect(base).cursor().execute("select payment_id from payments").fetchall()

    assert len(rows) == 2


@pytest.mark.parametrize(
    ("kind", "code"),
    [("access_denied", "AccessDeniedException"), ("unauthorized", "UnrecognizedClientException")],
)
def test_who_may_not_is_refused(base: str, sandbox: AthenaSandbox, kind: str, code: str):
    sandbox.fault(kind, times=None)

    with pytest.raises(pyathena.error.DatabaseError, match=code):
        connect(base).cursor().execute("select 1")


def test_a_key_nobody_knows_is_refused(base: str):
    with pytest.raises(pyathena.error.DatabaseError, match="UnrecognizedClient"):
        connect(base, aws_access_key_id="AKIASTRANGER").cursor().execute("select 1")


def test_no_place_for_answers_is_refused(base: str):
    connection = connect(base, s3_staging_dir="", work_group="primary")

    with pytest.raises(pyathena.error.DatabaseError, match="No output location"):
        connection.cursor().execute("select 1")


def test_a_query_that_is_not_done_has_no_answer(base: str, sandbox: AthenaSandbox):
    client = connect(base).client
    started = client.start_query_execution(
        QueryString="select 1", ResultConfiguration={"OutputLocation": STAGING}
    )

    with pytest.raises(client.exceptions.InvalidRequestException, match="not yet finished"):
        client.get_query_results(QueryExecutionId=started["QueryExecutionId"])


def test_the_same_token_starts_no_second_query(base: str, sandbox: AthenaSandbox):
    client = connect(base).client
    asked = {
        "QueryString": "select 1",
        "ClientRequestToken": "t" * 32,
        "ResultConfiguration": {"OutputLocation": STAGING},
    }

    first, second = (client.start_query_execution(**asked) for _ in range(2))

    assert first["QueryExecutionId"] == second["QueryExecutionId"]
    assert len(sandbox.queries) == 1

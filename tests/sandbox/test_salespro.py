"""SalesPro's look-alike: a file that any reader of SQLite opens, changed by remote control."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.process import Remote
from sandbox.salespro import SalesProSandbox
from sources.salespro.entities import ENTITIES, EVENT


@pytest.fixture
def sandbox(tmp_path: Path) -> SalesProSandbox:
    return SalesProSandbox.seeded(tmp_path / "leap.db", customers=60)


@pytest.fixture
def remote(sandbox: SalesProSandbox) -> Iterator[Remote]:
    with sandbox.serve() as url:
        yield Remote(url)


def rows(sandbox: SalesProSandbox, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(sandbox.file) as connection:
        return connection.execute(f"select * from {table}").fetchall()


def test_equal_seeds_make_equal_tables(sandbox: SalesProSandbox, tmp_path: Path):
    again = SalesProSandbox.seeded(tmp_path / "again.db", customers=60)

    for entity in ENTITIES.values():
        assert rows(sandbox, entity.path) == rows(again, entity.path)
        assert rows(sandbox, entity.path)


def test_it_has_every_column_that_is_declared(sandbox: SalesProSandbox):
    with sqlite3.connect(sandbox.file) as connection:
        for entity in ENTITIES.values():
            found = {row[1] for row in connection.execute(f"pragma table_info({entity.path})")}
            assert {field.path for field in entity.fields} - {EVENT} == found


def test_it_is_changed_from_outside(sandbox: SalesProSandbox, remote: Remote):
    person = {"customer_id": "NewAda0001", "customer_first_name": "Ada"}
    remote.do("create", table="customer", values=person)
    key = min(remote.truth("estimate"))
    remote.do("update", table="estimate", key=key, values={"sale_amount": "1.50"})
    remote.do("remove", table="customer", key=min(set(remote.truth("customer")) - {"NewAda0001"}))

    truth = remote.truth("customer")
    assert truth["NewAda0001"]["customer_first_name"] == "Ada"
    assert truth["NewAda0001"]["updated_at"] > "2026"
    assert len(truth) == 60
    assert remote.truth("estimate")[key]["sale_amount"] == "1.50"
    assert remote.do("address")["id"] == f"sqlite:///{sandbox.file}"


def test_a_column_nobody_knows_is_refused(sandbox: SalesProSandbox):
    with pytest.raises(ValueError, match="customer has no colour"):
        sandbox.create("customer", {"colour": "red"})

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread

import psycopg
import pytest

from tests.warehouse.pooler import Order, pooler
from warehouse.connection import Connection, connect, describe, refuse_pooler
from warehouse.errors import PoolerRefused, TooOld, WarehouseError, WarehouseUnavailable


def setting(connection: Connection, name: str) -> str:
    row = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_connection_speaks_utc_iso_and_utf8(warehouse: Connection) -> None:
    row = warehouse.execute("select timestamptz '2026-03-01 12:00+02', 'Zoë'").fetchone()

    assert row == (datetime(2026, 3, 1, 10, tzinfo=UTC), "Zoë")
    assert setting(warehouse, "timezone") == "UTC"
    assert setting(warehouse, "datestyle").startswith("ISO")
    assert setting(warehouse, "client_encoding") == "UTF8"


def test_each_statement_is_its_own_transaction_unless_said_otherwise(pg18_url: str) -> None:
    with connect(pg18_url) as plain, connect(pg18_url, autocommit=False) as careful:
        plain.execute("select 1")
        careful.execute("select 1")

        assert plain.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert careful.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


def test_a_time_limit_of_the_database_does_not_cut_a_long_merge(pg18_url: str) -> None:
    with connect(pg18_url) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database {name} set statement_timeout = '1s'")
        connection.execute(f"alter database {name} set idle_session_timeout = '1s'")

    with connect(pg18_url) as later, connect(pg18_url, statement_timeout=500) as limited:
        assert setting(later, "statement_timeout") == "0"
        assert setting(later, "idle_session_timeout") == "0"
        assert setting(limited, "statement_timeout") == "500ms"


def test_a_vanished_server_is_noticed_within_half_a_minute(pg18_url: str) -> None:
    with connect(pg18_url) as connection:
        known = {name: int(value) for name, value in numbers(connection)}

    silence = known["keepalives_interval"] * known["keepalives_count"]
    assert known["keepalives"] == 1
    assert known["keepalives_idle"] + silence <= 30
    assert known["tcp_user_timeout"] <= 30_000


def numbers(connection: Connection) -> Iterator[tuple[str, str]]:
    for name, value in connection.info.get_parameters().items():
        if name.startswith(("keepalives", "tcp_")):
            yield name, value


def test_the_url_decides_over_our_defaults(pg18_url: str) -> None:
    with connect(f"{pg18_url}&application_name=audit&connect_timeout=3") as connection:
        assert setting(connection, "application_name") == "audit"
        assert connection.info.get_parameters()["connect_timeout"] == "3"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_each_spelling_of_the_scheme_is_understood(pg18_url: str, scheme: str) -> None:
    with connect(pg18_url.replace("postgresql", scheme, 1)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ann:tulip@db.example.com/crm", "db.example.com:5432/crm"),
        ("postgresql+psycopg://ann:tulip@db.example.com:6000/crm", "db.example.com:6000/crm"),
        ("postgresql://postgres@/crm?host=/srv/pg", "/srv/pg:5432/crm"),
        ("postgresql://ann@a.example.com,b.example.com/", "a.example.com,b.example.com:5432/ann"),
        ("host=db.example.com dbname=crm password=tulip", "db.example.com:5432/crm"),
    ],
)
def test_a_description_has_the_place_alone(url: str, place: str) -> None:
    assert describe(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:tu@lip@db.example.com/crm",
        "postgresql://ann:tu/lip@db.example.com/crm",
        "postgresql://ann:77/lip@db.example.com/crm",
        "postgresql://ann:tu%lip@db.example.com/crm",
        "postgresql://ann:tulip@[db.example.com/crm",
        "postgresql://ann:tulip@db.example.com:port/crm",
        "postgresql://ann:tulip@db.example.com/crm?colour=red",
        "mysql://ann:tulip@db.example.com/crm",
    ],
)
def test_a_malformed_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(WarehouseError, match="WAREHOUSE_URL") as caught:
        connect(url)

    assert "lip" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_unreachable_server_is_named_with_what_to_do() -> None:
    with pytest.raises(WarehouseUnavailable, match=r"127\.0\.0\.1:1/crm.*Check") as caught:
        connect("postgresql://ann:tulip@127.0.0.1:1/crm")

    assert "tulip" not in str(caught.value)


@contextmanager
def refusing_server(message: str) -> Iterator[int]:
    """A server that answers any start packet with an error; yields its port."""
    body = f"SFATAL\0C28P01\0M{message}\0\0".encode()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"E" + struct.pack("!i", len(body) + 4) + body)

        thread = Thread(target=refuse)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_password_the_server_repeats_is_masked() -> None:
    plain = "sslmode=disable&gssencmode=disable"
    with (
        refusing_server("no entry with tulip") as port,
        pytest.raises(WarehouseUnavailable, match=r"no entry with \*\*\*") as caught,
    ):
        connect(f"postgresql://ann:tulip@127.0.0.1:{port}/crm?{plain}")

    assert "tulip" not in str(caught.value)


def test_an_old_server_is_refused(pg18_url: str) -> None:
    with (
        pooler(pg18_url, version="14.19") as url,
        pytest.raises(TooOld, match="version 14; version 15 or newer"),
    ):
        connect(url)


@pytest.mark.parametrize(
    ("backends", "order"), [(1, "warmest"), (2, "warmest"), (2, "in turn"), (3, "in turn")]
)
def test_a_transaction_pooler_is_refused(pg18_url: str, backends: int, order: Order) -> None:
    with (
        pooler(pg18_url, backends, order) as url,
        pytest.raises(PoolerRefused, match="session-mode port") as caught,
    ):
        refuse_pooler(url)

    assert "tulip" not in str(caught.value)


def test_a_session_pooler_is_accepted(pg18_url: str) -> None:
    with pooler(pg18_url, backends=2, session=True) as url:
        refuse_pooler(url)


def test_a_direct_connection_is_accepted(warehouse_url: str) -> None:
    refuse_pooler(warehouse_url)

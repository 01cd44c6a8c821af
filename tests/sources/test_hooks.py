from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from sources.config import EntityConfig, SourceConfig
from sources.config_webhook import WebhookConfig
from sources.hooks import Delivery, Event, Unintelligible, among, at, key_of, keys_in, text_of, when
from sources.listening import HOOKS, account_of, hook_kind, read, understood

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@given(st.tuples(TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT))
def test_different_parts_make_different_keys(one: tuple[str, ...], other: tuple[str, ...]):
    assert (key_of(*one) == key_of(*other)) == (one == other)


@given(TEXT, TEXT)
def test_a_colon_in_a_part_is_told_from_one_between_parts(one: str, other: str):
    assert key_of(f"{one}:{other}", "") != key_of(one, f"{other}:")


@given(st.lists(TEXT, max_size=8))
def test_a_key_is_never_too_long_for_an_index(parts: list[str]):
    assert len(key_of(*parts)) <= 300


def test_keys_are_read_one_by_one_and_whole():
    assert keys_in(SecretStr(" a , b,, ")) == (b"a , b,,", b"a", b"b")
    assert keys_in(SecretStr(" ")) == ()


def test_a_text_is_among_others_or_not():
    assert among("b", [b"a", b"b"])
    assert not among("b", [b"a"])
    assert not among("", [])
    assert not among("\udcff", [b"a"])


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1770114030000, datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)),
        ("2026-02-03T10:20:30Z", datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)),
        ("2026-02-03 11:20:30+01:00", datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)),
        ("2026-02-03 10:20:30 UTC", datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)),
        ("2026-02-03T10:20:30", datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)),
        ("soon", None),
        ("0001-01-01T00:00:00+23:00", None),
        (10**30, None),
        (-(10**18), None),
        (True, None),
        (None, None),
        ({}, None),
    ],
)
def test_a_moment_is_read_or_left_out(value: object, moment: datetime | None):
    assert when(value) == moment


def test_an_id_is_text():
    assert text_of(5) == "5"
    assert text_of(" a ") == "a"
    assert [text_of(value) for value in ("", True, None, [], 1.5)] == [None] * 5


def test_a_place_is_found_or_not():
    body = {"a": {"b": [1]}, "c": 2}

    assert at(body, "a.b") == [1]
    assert at(body, "") == body
    assert at(body, "a.x.y") is None
    assert at(body, "c.d") is None


class Confused:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def verify(self, delivery: Delivery) -> None:
        pass

    def events(self, delivery: Delivery) -> list[Event]:
        raise self.error


@pytest.mark.parametrize("error", [Unintelligible("no"), KeyError("oh"), RecursionError()])
def test_what_nobody_understands_is_kept_as_it_came(error: Exception):
    [event] = understood(Confused(error), Delivery(b"\xff\x00", event="post-call"))

    assert (event.status, event.payload, event.type) == ("dead", b"\xff\x00", "post-call")
    assert event.reason


def test_neither_body_nor_headers_show_in_what_is_printed():
    delivery = Delivery(b"secret body", {"authorization": "secret"}, "https://secret")

    assert "secret" not in repr(delivery)


@pytest.mark.parametrize("kind", HOOKS)
@given(body=st.binary(max_size=100))
def test_no_body_breaks_what_reads_it(kind: str, body: bytes):
    source = pushing({"orders": {"key": "id"}}) if kind == "webhook" else SourceConfig(kind, kind)

    for event in read(source, body):
        assert event.key


def pushing(tables: dict[str, dict[str, str]]) -> SourceConfig:
    entities = {name: EntityConfig(options=said) for name, said in tables.items()}
    webhook = WebhookConfig(preset="github")
    return SourceConfig("shop", "webhook", entities=entities, webhook=webhook)


def test_a_body_that_came_another_way_is_read_without_a_secret():
    body = b'[{"subscriptionType": "contact.creation", "objectId": 5, "portalId": 62515}]'

    [event] = read(SourceConfig("hubspot", "hubspot"), body)

    assert (event.entity, event.record_key) == ("contacts", "5")
    assert account_of(SourceConfig("hubspot", "hubspot"), event.payload) == "62515"


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"portalId": null}'])
def test_an_account_that_is_not_said_is_none(payload: bytes):
    assert account_of(SourceConfig("hubspot", "hubspot"), payload) == ""


def test_who_pushes_nothing_is_not_listened_to():
    source = SourceConfig("salesrabbit", "salesrabbit")

    assert hook_kind(source) is None
    assert read(source, b"{}") == []
    assert account_of(source, b"{}") == ""


def test_commas_alone_are_no_key():
    assert keys_in(SecretStr(" , ,")) == ()


def test_a_number_beyond_all_moments_is_none():
    assert when(10**400) is None

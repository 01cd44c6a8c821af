"""Keys, places and cells: what is written can be read again, and says the same."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from sources.database.cursor import Span
from sources.database.keys import parts, values_of
from sources.database.names import column_name, snake_case
from sources.database.routes.cells import as_text
from sources.errors import Refused
from warehouse.keys import spelled

values = st.one_of(
    st.booleans(),
    st.integers(),
    st.text(),
    st.binary(),
    st.floats(allow_nan=False),
    st.decimals(allow_nan=False),
    st.datetimes(),
    st.datetimes(timezones=st.just(ZoneInfo("UTC"))),
    st.dates(),
    st.times(),
    st.uuids(),
)
places = st.none() | st.tuples(values, values)


@given(after=places, to=places, keyless=st.booleans())
def test_a_place_is_read_as_it_was_written(after: Any, to: Any, keyless: bool):
    span = Span(after, to, keyless)

    again = Span.of(span.text)

    assert again == span
    assert [type(one) for one in again.after or ()] == [type(one) for one in after or ()]


@pytest.mark.parametrize("text", ["", "x", "7", "[]", '{"after": 7}', '{"after": [["q", 1]]}'])
def test_a_place_of_another_making_is_refused(text: str):
    with pytest.raises(Refused):
        Span.of(text)


@given(st.lists(st.text("ab:\\'%", max_size=5), min_size=1, max_size=4))
def test_a_key_is_taken_apart_as_the_warehouse_puts_it_together(key: list[str]):
    assert parts(spelled(key), len(key)) == key


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (sa.BigInteger(), "12", 12),
        (sa.Numeric(), "1.50", Decimal("1.50")),
        (sa.Double(), "0.1", "0.1"),
        (sa.dialects.mysql.TINYINT(display_width=1), "7", 7),
        (sa.Boolean(), "true", True),
        (sa.Boolean(), "false", False),
        (sa.Date(), "2026-02-03", date(2026, 2, 3)),
        (sa.DateTime(), "2026-02-03 04:05:06+00", datetime(2026, 2, 3, 5, 5, 6)),
        (
            sa.DateTime(timezone=True),
            "2026-02-03 04:05:06.5+00",
            datetime(2026, 2, 3, 4, 5, 6, 500_000, tzinfo=ZoneInfo("UTC")),
        ),
        (sa.LargeBinary(), "\\x00ff", b"\x00\xff"),
        (sa.Text(), "\\x00ff", "\\x00ff"),
        (sa.String(), "a:b", "a:b"),
        (sa.BigInteger(), "many", None),
        (sa.Date(), "someday", None),
        (sa.Numeric(), "much", None),
    ],
)
def test_a_key_becomes_what_its_column_holds(kind: Any, text: str, value: Any):
    found = values_of(text, [sa.column("k", kind)], ZoneInfo("Europe/Berlin"))

    assert found == (None if value is None else (value,))


def test_a_key_of_another_width_is_nobodys():
    assert values_of("a:b:c", [sa.column("k", sa.Text())] * 2, ZoneInfo("UTC")) is None


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ((1, None, 2**63 - 1), ["1", None, "9223372036854775807"]),
        ((2**64, 1), ["18446744073709551616", "1"]),
        ((0.1, 1e300, None), ["0.1", "1e+300", None]),
        ((1, 0.5, "x"), ["1", "0.5", "x"]),
        ((True, False, None), ["true", "false", None]),
        ((Decimal("1.10"), Decimal("1E+3")), ["1.10", "1000"]),
        ((datetime(2026, 2, 3, 4, 5, 6),), ["2026-02-03 04:05:06"]),
        ((date(2026, 2, 3), time(4, 5)), ["2026-02-03", "04:05:00"]),
        ((b"\0\xff", memoryview(b"a")), ["\\x00ff", "\\x61"]),
        (({"a": Decimal("1.10")}, [1, None]), ['{"a":1.10}', "[1,null]"]),
        ((UUID(int=1),), ["00000000-0000-0000-0000-000000000001"]),
        ((None, None), [None, None]),
        (("\ud800", "ok"), ["?", "ok"]),
    ],
)
def test_cells_are_spelled_without_loss(cells: tuple[Any, ...], wanted: list[str | None]):
    assert as_text("c", cells).to_list() == wanted


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_double_is_the_same_again(cells: list[float]):
    assert [float(one) for one in as_text("c", cells)] == cells


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("CustomerID", "customer_id"),
        ("lastUpdate", "last_update"),
        ("Order No.", "order_no"),
        ("2nd", "_2nd"),
        ("größe", "grosse"),
        ("漢字", "column"),
        ("deleted_at", "deleted_at_2"),
        ("taken", "taken_2"),
        ("x" * 99, "x" * 59),
    ],
)
def test_a_column_is_called_in_snake_case(name: str, wanted: str):
    assert column_name(name, {"taken"}) == wanted
    assert snake_case("HTTPStatus") == "http_status"

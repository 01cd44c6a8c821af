"""Queries as Salesforce reads them, and as short as addresses want them."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from sandbox.salesforce.soql import Comparison, Junction, Literal, parse
from sources.salesforce import soql
from sources.salesforce.soql import Place

PLACE = Place("2026-05-01T07:25:37.000+0000", "0015e00000AbCdEAAV")


@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=50))
def test_any_text_comes_back_from_between_its_quotes(value: str):
    asked = parse(soql.select(["Id"], "Account", where=f"Name = {soql.text(value)}"))

    assert asked.where == Comparison("Name", "=", (Literal("string", value),))


def test_a_place_survives_its_cursor():
    assert Place.parse(str(PLACE)) == PLACE
    assert Place.parse("") is None
    assert Place.parse(str(Place("", PLACE.id))) == Place("", PLACE.id)


def test_what_lies_beyond_a_place_is_later_or_has_a_greater_id():
    asked = parse(soql.select(["Id"], "Account", where=soql.beyond("SystemModstamp", PLACE)))

    assert asked.where == Junction(
        "OR",
        (
            Comparison("SystemModstamp", ">", (Literal("datetime", "2026-05-01T07:25:37.000Z"),)),
            Junction(
                "AND",
                (
                    Comparison(
                        "SystemModstamp", "=", (Literal("datetime", "2026-05-01T07:25:37.000Z"),)
                    ),
                    Comparison("Id", ">", (Literal("string", PLACE.id),)),
                ),
            ),
        ),
    )


def test_without_a_stamp_the_id_alone_decides():
    assert soql.beyond("", PLACE) == f"Id > '{PLACE.id}'"
    assert soql.beyond("", None) == ""


def test_a_moment_is_in_utc_without_quotes_and_never_later_than_it_is():
    when = datetime(2026, 3, 1, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=2)))

    assert soql.moment(when) == "2026-02-28T23:02:03Z"
    assert datetime.fromisoformat(soql.moment(when)).astimezone(UTC) <= when


@given(
    st.lists(
        st.from_regex(r"[A-Z][A-Za-z_]{0,60}(__c)?", fullmatch=True), unique=True, max_size=80
    ),
    st.integers(200, 900),
)
def test_portions_hold_every_field_once_and_fit(names: list[str], room: int):
    always = ["Id", "SystemModstamp", "IsDeleted"]

    portions = soql.in_portions(names, always, room)

    assert all(portion[:3] == always for portion in portions)
    found = [name for portion in portions for name in portion[3:]]
    assert found == [name for name in names if name not in always]
    for portion in portions:
        assert len(quote(",".join(portion), safe=",")) <= room or len(portion) == 4

import json
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sources.entity import Entity, Field
from sources.exact_json import decode_json
from sources.hubspot.entities import CONTACTS, DEALS
from tasks.report import Reporter
from tasks.transform import transform
from tasks.validate import validate

THINGS = Entity(
    name="things",
    path="things",
    fields=(
        Field("id", "integer", required=True),
        Field("email", "email", at="properties.email"),
        Field("amount", "decimal", at="properties.amount"),
        Field("born", "date", at="properties.born"),
        Field("open", "boolean", at="properties.open"),
        Field("details", "json", at="properties.details"),
        Field("owner_email", at="owner.email"),
        Field("owner_rank", "integer", at="owner.rank.value"),
        Field("updated_at", "datetime", at="updatedAt"),
    ),
    flatten=("properties",),
    ignore=("archived", "properties.repeat", "owner.repeat"),
    deleted="archivedAt",
)


def one(record, entity=THINGS) -> tuple[dict, list]:
    batch = transform(entity, [record])
    row = batch.rows.row(0, named=True)
    row["extra"] = row["extra"] and decode_json(row["extra"].encode())
    return row, batch.problems


def test_values_arrive_as_their_columns_types():
    row, problems = one(
        {
            "id": "501",
            "properties": {
                "email": "ana@example.org",
                "amount": "1234567890123456789012345678.90",
                "born": "2024-02-29",
                "open": "true",
                "details": {"a": [1]},
            },
            "owner": {"email": "o@example.org", "rank": {"value": 3}},
            "updatedAt": "2024-02-03T10:00:00+02:00",
            "archivedAt": "2024-02-04T00:00:00Z",
        }
    )

    assert problems == []
    assert row == {
        "id": 501,
        "email": "ana@example.org",
        "amount": "1234567890123456789012345678.90",
        "born": date(2024, 2, 29),
        "open": True,
        "details": '{"a":[1]}',
        "owner_email": "o@example.org",
        "owner_rank": 3,
        "updated_at": datetime(2024, 2, 3, 8, tzinfo=UTC),
        "deleted_at": datetime(2024, 2, 4, tzinfo=UTC),
        "extra": None,
        "_shape": 0,
        "_row": 0,
    }


def test_an_empty_text_is_null_for_every_kind():
    row, problems = one(
        {"id": "", "properties": dict.fromkeys(("email", "amount", "born", "open", "details"), "")}
    )

    assert {value for name, value in row.items() if not name.startswith("_")} == {None}
    assert problems == []


@pytest.mark.parametrize("blank", [" ", "\t\n", "\u00a0", "\u2003 "])
def test_blanks_are_null_where_the_column_is_not_text(blank):
    names = ("email", "amount", "born", "open", "details")

    row, problems = one({"properties": dict.fromkeys(names, blank), "archivedAt": blank})

    assert [row[name] for name in names] == [blank, None, None, None, None]
    assert row["extra"] is None
    assert problems == []


def test_blanks_around_a_number_or_a_date_do_no_harm():
    row, problems = one({"id": " 7 ", "properties": {"amount": "\t1.50 ", "born": " 2024-02-03"}})

    assert (row["id"], row["amount"], row["born"]) == (7, "1.50", date(2024, 2, 3))
    assert problems == []


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("amount", "12,50"),
        ("amount", {"value": 5}),
        ("born", "2024-02-30"),
        ("born", "0000-01-01"),
        ("born", ["2024-02-03"]),
        ("open", "perhaps"),
        ("open", Decimal("0.5")),
        ("amount", "\x1c"),
    ],
)
def test_what_a_column_cannot_hold_is_null_and_its_original_is_in_extra(name, original):
    row, problems = one({"id": 1, "properties": {name: original, "other": "x"}})

    assert row[name] is None
    assert row["extra"] == {"other": "x", name: original}
    assert [(p.row, p.column, p.parsed) for p in problems] == [(0, name, False)]


@pytest.mark.parametrize(
    "id_", [2**63, -(2**63) - 1, 10**40, "99999999999999999999", Decimal("1.5")]
)
def test_a_whole_number_beyond_bigint_stays_exact_in_extra(id_):
    row, problems = one({"id": id_})

    assert row["id"] is None
    assert row["extra"] == {"id": id_}
    assert problems[0].message == "not a value of kind integer"


def test_the_originals_of_nested_values_have_the_sources_dotted_name():
    row, _ = one({"id": 1, "owner": {"rank": {"value": "high", "since": 2020}}})

    assert row["extra"] == {"owner": {"rank": {"since": 2020}}, "owner.rank.value": "high"}


def test_a_broken_moment_of_deletion_is_not_lost():
    row, problems = one({"id": 1, "archivedAt": "yesterday"})

    assert row["deleted_at"] is None
    assert row["extra"] == {"archivedAt": "yesterday"}
    assert [p.column for p in problems] == ["deleted_at"]


def test_an_original_and_another_value_of_its_name_are_both_kept():
    row, _ = one({"id": "x", "properties": {"id": "inner"}})

    assert row["extra"] == {"id": "x", ".id": "inner"}


def test_extra_keeps_numbers_exact():
    number = Decimal("0.1234567890123456789012345678901234567890")

    row, _ = one({"id": 1, "properties": {"ratio": number, "count": 10**30}})

    assert row["extra"] == {"ratio": number, "count": 10**30}


def test_no_double_touches_an_amount():
    record = decode_json(b'{"id": 1, "properties": {"amount": 0.10000000000000000000000000001}}')

    row, _ = one(record)

    assert row["amount"] == "0.10000000000000000000000000001"


def test_the_frames_types_do_not_depend_on_the_values():
    empty = transform(THINGS, []).rows
    nulls = transform(THINGS, [{}, {"id": None}]).rows
    full = transform(
        THINGS, [{"id": 1, "properties": {"amount": Decimal(1), "born": "2024-01-01"}}]
    ).rows

    assert empty.schema == nulls.schema == full.schema
    assert full.schema["amount"] == pl.String
    assert full.schema["updated_at"] == pl.Datetime("us", "UTC")


def test_hubspots_declarations_fit_what_hubspot_sends():
    contact = {
        "id": "501",
        "properties": {
            "email": "ana@example.org",
            "hs_object_id": "501",
            "createdate": "2026-02-01T09:00:00.120Z",
            "lastmodifieddate": "2026-02-03T10:00:00.456Z",
            "hubspot_owner_id": "",
            "favorite_color": "red",
        },
        "createdAt": "2026-02-01T09:00:00.120Z",
        "updatedAt": "2026-02-03T10:00:00.456Z",
        "archived": True,
        "archivedAt": "2026-02-04T00:00:00Z",
        "url": "https://app.example.com/contacts/1/record/0-1/501",
    }

    row, problems = one(contact, CONTACTS)

    assert problems == []
    assert row["id"] == 501
    assert row["owner_id"] is None
    assert row["deleted_at"] == datetime(2026, 2, 4, tzinfo=UTC)
    assert row["extra"] == {"favorite_color": "red"}


def test_a_deals_amount_with_an_exponent_is_a_number():
    row, problems = one(
        {"id": "1", "properties": {"amount": "1.5E7", "hs_is_closed": "false"}}, DEALS
    )

    assert (row["amount"], row["is_closed"], problems) == ("1.5E7", False, [])


# --- nothing is lost, whatever is sent -------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.decimals(allow_nan=False, allow_infinity=False, places=4)
    | TEXTS
    | st.sampled_from(["", " ", "1", "1e3", "true", "2024-02-03", "1700000000000", "a@b.example"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
INNER = ("email", "amount", "born", "open", "details", "repeat", "id", "new", ".new", "properties")
OUTER = (
    "id",
    "updatedAt",
    "archivedAt",
    "archived",
    "new",
    ".new",
    "email",
    "owner.email",
    "details",
)


def objects(names, values=JSON):
    return st.dictionaries(st.sampled_from(names) | TEXTS, values, max_size=8)


OWNERS = objects(("email", "rank", "repeat", "x"), JSON | objects(("value", "y")))
RECORDS = st.builds(
    lambda outer, more: {**outer, **{k: v for k, v in more.items() if v is not ...}},
    objects(OUTER),
    st.fixed_dictionaries(
        {
            "id": st.just(...) | st.integers(1, 10**6) | JSON,
            "properties": st.just(...) | objects(INNER) | JSON,
            "owner": st.just(...) | OWNERS | JSON,
        }
    ),
)


def leaves(value, path=()):
    """Every value that is neither an object, a list nor null, and where it is."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member, path)
    elif value is not None:
        yield path, value


def spelled(value):
    """A value as something that tells 1 from True and 1.0 from '1.0', but not 1 from 1.0."""
    if isinstance(value, bool | str):
        return type(value).__name__, value
    return "number", Decimal(value)


PLACES = {
    ("id",): "id",
    ("owner", "email"): "owner_email",
    ("owner", "rank", "value"): "owner_rank",
    ("updatedAt",): "updated_at",
    ("archivedAt",): "deleted_at",
    **{("properties", name): name for name in ("email", "amount", "born", "open", "details")},
}
IGNORED = (("archived",), ("properties", "repeat"), ("owner", "repeat"))


def held(row, path, value) -> bool:
    """Whether a typed column holds the leaf."""
    place = next((place for place in PLACES if path[: len(place)] == place), None)
    stored = row[PLACES[place]] if place else None
    if stored is None:
        return False
    if PLACES[place] in ("born", "updated_at", "deleted_at"):
        return path == place
    if PLACES[place] == "open":
        return path == place and stored == (
            str(value).lower() in ("true", "t", "yes", "y", "on", "1")
        )
    if PLACES[place] in ("id", "owner_rank", "amount"):
        return path == place and Decimal(stored) == Decimal(str(value))
    if stored == value:
        return True
    return spelled(value) in [
        spelled(found) for _, found in leaves(decode_json(stored.encode()))
    ] or (
        # A JSON column reads the JSON that a text holds.
        PLACES[place] == "details"
        and isinstance(value, str)
        and decode_json(value.encode()) is not ...
    )


def is_empty(path, value) -> bool:
    """'' counts as nothing where it is a field's whole value, blanks where that field is not text."""
    if value == "":
        return len(path) == 1 or path[0] == "properties" or path in PLACES
    return isinstance(value, str) and not value.strip() and path in PLACES


def assert_nothing_is_lost(records):
    batch = validate(transform(THINGS, records), Reporter("x", "things"))

    landed = {row["_row"]: row for row in batch.rows.iter_rows(named=True)}
    raws = [reject.raw for reject in batch.rejects]
    assert len(landed) + len(batch.rejects) == len(records)
    for number, record in enumerate(records):
        if number not in landed:
            needed = Counter(spelled(value) for _, value in leaves(record))
            assert any(
                Counter(spelled(v) for _, v in leaves(decode_json(raw.encode()))) == needed
                for raw in raws
            )
            continue
        row = landed[number]
        extra = decode_json((row["extra"] or "{}").encode())
        needed = Counter(
            spelled(value)
            for path, value in leaves(record)
            if not any(path[: len(place)] == place for place in IGNORED)
            and not is_empty(path, value)
            and not held(row, path, value)
        )
        assert Counter(spelled(value) for _, value in leaves(extra)) >= needed
        assert set(extra) <= set(batch.shapes[row["_shape"]].covered)


@given(st.lists(RECORDS | JSON, max_size=4))
@example([{"id": 1, "properties": {"new": 1, "properties": 2}, "new": 3, ".new": 4}])
@example([{"id": 1, "properties": {"amount": "x", "id": "y"}, "amount": "z"}])
@example([{"id": 1, "owner": {"rank": "text", "email": ["a"]}}, {"id": 1, "owner": [1]}])
def test_every_value_of_any_record_is_in_a_column_in_extra_or_in_a_reject(records):
    assert_nothing_is_lost(records)


@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_a_column_is_absent_exactly_where_the_record_does_not_speak_of_it(records):
    batch = transform(THINGS, records)

    for record, number in zip(records, batch.rows["_shape"], strict=True):
        absent = {name for place, name in PLACES.items() if not speaks_of(record, place)}
        assert batch.shapes[number].absent == absent - {"deleted_at"}


def speaks_of(value, place) -> bool:
    for depth, step in enumerate(place):
        if value is None and depth and place[0] != "properties":
            return True
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True


def test_the_frame_survives_the_way_it_travels_to_postgres():
    record = {"id": 1, "properties": {"email": 'a"b,\n\r\\c', "details": "{}"}, "x": "\u2028"}

    rows = transform(THINGS, [record]).rows
    back = pl.read_csv(rows.write_csv().encode(), infer_schema=False)

    assert back["email"].to_list() == ['a"b,\n\r\\c']
    assert json.loads(back["extra"][0]) == {"x": "\u2028"}

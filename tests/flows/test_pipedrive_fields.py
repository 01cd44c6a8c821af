"""Custom fields of Pipedrive: readable columns that stay, whatever becomes of the fields."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.pipedrive import TOKEN, ManualClock, PipedriveSandbox
from tests.flows.vendor import VendorBench, vendor_bench

MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = 3600
# A value of each type, the columns it lands in, and what they hold; `|` divides the columns.
VALUES: list[tuple[str, Any, str, tuple[Any, ...]]] = [
    ("Priority", 18, "priority", (18,)),
    ("Materials", [20, 22], "materials", ([20, 22],)),
    ("Referral code", "REF-1", "referral_code", ("REF-1",)),
    ("Roof area (m²)", 12.25, "roof_area_m2", (Decimal("12.25"),)),
    ("Crew size", 4, "crew_size", (4,)),
    (
        "Budget",
        {"value": 1200.5, "currency": "EUR"},
        "budget|budget_currency",
        (Decimal("1200.5"), "EUR"),
    ),
    ("Install on", "2026-07-01", "install_on::text", ("2026-07-01",)),
    (
        "Site visit",
        {"value": "2026-06-01", "until": "2026-06-03"},
        "site_visit",
        ({"value": "2026-06-01", "until": "2026-06-03"},),
    ),
    (
        "Call at",
        {"value": "10:00:00", "timezone_id": 1},
        "call_at",
        ({"value": "10:00:00", "timezone_id": 1},),
    ),
    (
        "Site address",
        {"value": "1 Elm Street", "locality": "Clinton"},
        "site_address ->> 'locality'",
        ("Clinton",),
    ),
    ("Gate phone", "555-010-0000", "gate_phone", ("555-010-0000",)),
    ("Inspector", 26, "inspector", (26,)),
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def bench(pg18_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[VendorBench]:
    sandbox = PipedriveSandbox(limits=None, clock=clock)
    with vendor_bench(sandbox, "pipedrive", pg18_url, tmp_path, PIPEDRIVE_API_TOKEN=TOKEN) as bench:
        yield bench


def columns(bench: VendorBench, table: str = "deals") -> set[str]:
    found = bench.rows(
        "select column_name from information_schema.columns"
        " where table_schema = 'pipedrive' and table_name = %s",
        table,
    )
    return {row["column_name"] for row in found}


def filled(bench: VendorBench, kind: str) -> Any:
    """A record that has a value in every custom field."""
    custom = {bench.sandbox.code("deals", name): value for name, value, _, _ in VALUES}
    return bench.sandbox.create(kind, custom=custom)


@pytest.mark.parametrize("kind", ["deals", "leads"])
def test_every_type_of_field_lands_in_typed_columns(bench: VendorBench, kind: str):
    """Leads spell them as version 1 did, and land alike."""
    filled(bench, kind)

    bench.sync(kind)

    for name, _, told, wanted in VALUES:
        asked = ", ".join(f"{column} as c{n}" for n, column in enumerate(told.split("|")))
        [row] = bench.rows(f"select {asked} from pipedrive.{kind}")
        assert tuple(row.values()) == wanted, name


def test_a_renamed_field_keeps_its_column(bench: VendorBench, clock: ManualClock):
    code = bench.sandbox.code("deals", "Referral code")
    deal = bench.sandbox.create("deals", custom={code: "first"})
    bench.sync("deals")
    before = columns(bench)
    bench.sandbox.rename_field("deals", code, "Source of the contact")
    clock.advance(HOUR)
    bench.sandbox.update("deals", deal, custom={code: "second"})

    bench.sync("deals")

    assert columns(bench) == before
    assert bench.one("select referral_code from pipedrive.deals") == "second"


def test_two_fields_of_one_name_and_one_like_a_declared_column_stay_apart(bench: VendorBench):
    one = bench.sandbox.add_field("deals", "Color", "varchar")
    other = bench.sandbox.add_field("deals", "color!", "varchar")
    title = bench.sandbox.add_field("deals", "Title", "varchar")
    bench.sandbox.create("deals", {"title": "Roof"}, custom={one: "a", other: "b", title: "c"})

    bench.sync("deals")

    [row] = bench.rows("select title, title_2, color, color_2 from pipedrive.deals")
    assert (row["title"], row["title_2"]) == ("Roof", "c")
    assert {row["color"], row["color_2"]} == {"a", "b"}


@pytest.mark.parametrize("kind", ["deals", "leads"])
def test_a_new_field_is_filled_for_records_that_did_not_change(
    bench: VendorBench, clock: ManualClock, kind: str
):
    record = bench.sandbox.create(kind)
    bench.sync(kind)
    clock.advance(HOUR)
    code = bench.sandbox.add_field("deals", "Slope", "double")
    bench.sandbox.update(kind, record, custom={code: 30.5}, bump=False)

    bench.sync(kind)

    assert bench.one(f"select slope from pipedrive.{kind}") == Decimal("30.5")


def test_a_field_that_is_removed_keeps_its_column_and_what_it_held(
    bench: VendorBench, clock: ManualClock
):
    code = bench.sandbox.code("deals", "Referral code")
    deal = bench.sandbox.create("deals", custom={code: "kept"})
    bench.sync("deals")
    bench.sandbox.remove_field("deals", code)
    clock.advance(HOUR)
    bench.sandbox.update("deals", deal, {"title": "Changed"})

    [result] = bench.sync("deals")

    assert result.outcome == "success"
    assert bench.rows("select title, referral_code from pipedrive.deals") == [
        {"title": "Changed", "referral_code": "kept"}
    ]


@pytest.mark.parametrize("kind", ["deals", "leads"])
def test_a_value_that_is_cleared_is_null(bench: VendorBench, clock: ManualClock, kind: str):
    """A lead simply does not speak of a field that is not set."""
    record = filled(bench, kind)
    bench.sync(kind)
    clock.advance(HOUR)
    codes = [bench.sandbox.code("deals", name) for name, _, _, _ in VALUES]
    bench.sandbox.update(kind, record, custom=dict.fromkeys(codes))

    bench.sync(kind)

    told = [column for _, _, names, _ in VALUES for column in names.split("|")]
    asked = ", ".join(f"{column} as c{n}" for n, column in enumerate(told))
    [row] = bench.rows(f"select {asked} from pipedrive.{kind}")
    assert set(row.values()) == {None}


def test_an_option_that_is_removed_leaves_the_id_that_records_hold(
    bench: VendorBench, clock: ManualClock
):
    code = bench.sandbox.code("deals", "Priority")
    bench.sandbox.create("deals", custom={code: 18})
    bench.sync("deals", "field_options")
    label = (
        "select o.label from pipedrive.deals d left join pipedrive.field_options o"
        " on o.entity = 'deals' and o.field_code = %s and o.option_id = d.priority::text"
    )
    before = bench.one(label, code)
    bench.sandbox.remove_option("deals", code, 18)
    clock.advance(HOUR)

    bench.sync("deals", "field_options")

    assert before == bench.one(label, code) == "High"
    gone = bench.rows(
        "select label from pipedrive.field_options where deleted_at is not null and entity = 'deals'"
    )
    assert gone == [{"label": "High"}]


def test_definitions_of_every_kind_land_with_their_options(bench: VendorBench):
    bench.sync("fields", "field_options")

    stored = bench.rows("select entity, field_code, field_name from pipedrive.fields")
    truth = {
        (kind, code, one.name)
        for kind in (
            "deals", "persons", "organizations", "products", "activities", "leads", "notes",
        )
        for code, one in bench.sandbox.fields(kind).items()
    }  # fmt: skip
    assert {tuple(row.values()) for row in stored} == truth
    labels = bench.rows(
        "select label from pipedrive.field_options where entity = 'deals' and field_code = 'status'"
        " order by position"
    )
    assert [row["label"] for row in labels] == ["Open", "Won", "Lost", "Deleted"]


@pytest.mark.parametrize(
    ("settings", "column", "extra"),
    [
        ({"properties": "declared"}, False, False),
        ({"properties": "declared", "include": ["referral*"]}, True, False),
        ({"exclude": ["referral_code"]}, False, False),
        ({"column_budget": 0}, False, True),
        ({"properties": "all"}, True, False),
    ],
)
@pytest.mark.parametrize("kind", ["deals", "leads"])
def test_what_becomes_a_column_is_a_matter_of_choice(
    bench: VendorBench, kind: str, settings: dict[str, Any], column: bool, extra: bool
):
    code = bench.sandbox.code("deals", "Referral code")
    bench.sandbox.create(kind, custom={code: "REF-1"})
    bench.config(**{kind: dict(settings)})

    bench.sync(kind)

    assert ("referral_code" in columns(bench, kind)) is column
    kept = bench.one(f"select extra -> 'custom_fields' ->> %s from pipedrive.{kind}", code)
    assert kept == ("REF-1" if extra else None)


def test_a_field_may_be_named_by_hand_and_encrypted(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", "kFsrTtZb1VxO2Dq2V3Hh6bXyLqk7p0m1n2o3p4q5r6s=")
    code = bench.sandbox.code("persons", "Tax number")
    bench.sandbox.create("persons", custom={code: "99-1234567"})
    place = f"custom_fields.{code}"
    bench.config(persons={"fields": {place: {"name": "tax", "kind": "text", "encrypt": True}}})

    bench.sync("persons")

    [row] = bench.rows("select tax, tax_hmac, extra from pipedrive.persons")
    assert row["tax"]
    assert "1234567" not in str(row)
    assert "tax_number" not in columns(bench, "persons")


def test_a_larger_budget_brings_fields_out_of_extra(bench: VendorBench, clock: ManualClock):
    code = bench.sandbox.code("deals", "Referral code")
    bench.sandbox.create("deals", custom={code: "REF-1"}, created=LONG_AGO)
    bench.config(deals={"column_budget": 0})
    bench.sync("deals")
    bench.config()
    clock.advance(HOUR)

    bench.sync("deals")

    [row] = bench.rows("select referral_code, extra from pipedrive.deals")
    assert row["referral_code"] == "REF-1"
    assert code not in str(row["extra"])


def test_counters_are_refreshed_although_no_stamp_moves(bench: VendorBench, clock: ManualClock):
    bench.config(calculated_every="1d")
    deal = bench.sandbox.create("deals", {"notes_count": 1}, created=LONG_AGO)
    bench.sync("deals")
    bench.sandbox.update("deals", deal, {"notes_count": 5}, bump=False)
    clock.advance(HOUR)
    bench.sync("deals")
    before = bench.one("select notes_count from pipedrive.deals")
    clock.advance(24 * HOUR)

    bench.sync("deals")

    assert before == 1
    assert bench.one("select notes_count from pipedrive.deals") == 5

"""Fields that describe lists: new ones, vanished ones, formulas, wide objects, objects of the org's own."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sandbox.salesforce import Call, Field, ManualClock
from sources.salesforce.entities import ENTITIES
from tests.flows.salesforce.truth import assert_right, stored
from tests.flows.vendor import VendorBench

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = 3600
LONGEST_URI = 16_384


def longest(bench: VendorBench) -> int:
    return max(len(path) + 1 + len(query) for _, path, query, _ in bench.sandbox.requests)


def test_custom_fields_are_typed_columns_and_other_standard_ones_are_in_extra(bench: VendorBench):
    key = bench.sandbox.create(
        "Account",
        {
            "Name": "Typed",
            "Contract_Value__c": "1234567.89",
            "Last_Visit__c": "2026-03-04T05:06:07Z",
            "Service_Areas__c": "North;West",
            "Tax_Number__c": "99-1234567",
            "Roof_Location__Latitude__s": "40.5",
            "Sic": "1761",
            "BillingLatitude": "41.25",
        },
    )

    bench.sync("accounts")

    row = stored(bench, "accounts")[key]
    assert row["contract_value"] == Decimal("1234567.89")
    assert row["last_visit"] == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert row["service_areas"] == "North;West"
    assert row["tax_number"] == "99-1234567"
    assert row["roof_location_latitude"] == Decimal("40.5")
    assert row["extra"] == {"Sic": "1761", "BillingLatitude": 41.25}
    assert not {"billing_address", "roof_location", "is_deleted"} & row.keys()


def test_an_encrypted_field_is_never_shown(bench: VendorBench, caplog: pytest.LogCaptureFixture):
    bench.config(accounts={"fields": {"Tax_Number__c": {"name": "tax", "kind": "integer"}}})
    bench.sandbox.create("Account", {"Name": "Secretive", "Tax_Number__c": "12-MNOPQRS"})

    bench.sync("accounts")

    assert "'***'" in caplog.text
    assert "MNOPQRS" not in caplog.text


def test_what_the_user_excludes_is_not_asked_for(bench: VendorBench):
    bench.config(accounts={"exclude": ["Sic", "*__c"], "properties": "custom"})

    bench.sync("accounts")

    asked = " ".join(query for _, path, query, _ in bench.sandbox.requests if "queryAll" in path)
    assert "AccountNumber" in asked
    assert "Sic" not in asked
    assert "Tier__c" not in asked


def test_a_new_field_becomes_a_column_and_is_filled_for_all(bench: VendorBench, clock: ManualClock):
    key = bench.sandbox.create("Lead", {"LastName": "Old"}, created=LONG_AGO)
    bench.sync("leads")
    clock.advance(HOUR)
    bench.sandbox.add_field("Lead", "Shoe_Size__c", "double")
    bench.sandbox.update("Lead", key, {"Shoe_Size__c": "42.5"}, bump=False)

    bench.sync("leads")

    assert stored(bench, "leads")[key]["shoe_size"] == Decimal("42.5")


@pytest.mark.parametrize(
    ("name", "column"), [("Title", "title"), ("Lifetime_Value__c", "lifetime_value")]
)
def test_a_field_that_may_not_be_seen_any_more_keeps_its_data(
    bench: VendorBench, clock: ManualClock, name: str, column: str
):
    value = "Roofer" if name == "Title" else "12.75"
    key = bench.sandbox.create("Contact", {"LastName": "Seen", name: value})
    bench.sync("contacts")
    clock.advance(HOUR)
    bench.sandbox.hide("Contact", name)
    bench.sandbox.update("Contact", key, {"LastName": "Hidden"})

    [result] = bench.sync("contacts")
    clock.advance(HOUR)
    bench.sandbox.hide("Contact", name, hidden=False)
    bench.sync("contacts", full=True)

    assert result.outcome == "success"
    row = stored(bench, "contacts")[key]
    assert (row["last_name"], str(row[column])) == ("Hidden", value)
    assert_right(bench, "contacts")


def test_a_field_that_vanishes_in_the_middle_of_a_run_is_left_out(bench: VendorBench):
    bench.sandbox.bulk_import("Contact", 300, updated=LONG_AGO)
    seen = 0

    def hide(call: Call) -> None:
        nonlocal seen
        seen += "LIMIT" in call.query
        if seen == 2:
            bench.sandbox.hide("Contact", "Department")

    bench.sandbox.before_request = hide
    [result] = bench.sync("contacts", batch_size=100)
    bench.sandbox.before_request = None

    assert result.outcome == "success"
    departments = {row["department"] for row in stored(bench, "contacts").values()}
    assert None in departments
    assert len(departments) > 1


def test_formulas_are_refreshed_by_a_pass_of_their_own(bench: VendorBench, clock: ManualClock):
    told = {"Name": "Roof", "Margin__c": "10", "ExpectedRevenue": "100.50"}
    key = bench.sandbox.create("Opportunity", told, created=LONG_AGO)
    bench.sync("opportunities")
    clock.advance(HOUR)
    recalculated = {"Margin__c": "12.5", "ExpectedRevenue": "200"}
    bench.sandbox.update("Opportunity", key, recalculated, bump=False)
    bench.execute("update salesforce.opportunities set name = 'kept' where id = %s", key)
    bench.sync("opportunities")
    before = stored(bench, "opportunities")[key]
    bench.config(calculated_every="0s")
    mark = len(bench.sandbox.requests)

    [result] = bench.sync("opportunities")

    after = stored(bench, "opportunities")[key]
    assert (before["margin"], before["expected_revenue"]) == (10, Decimal("100.50"))
    assert (after["margin"], after["expected_revenue"]) == (Decimal("12.5"), 200)
    assert after["name"] == "kept"
    assert result.outcome == "success"
    refresh = [
        query
        for _, path, query, _ in bench.sandbox.requests[mark:]
        if "queryAll" in path and "Margin__c" in query and "StageName" not in query
    ]
    assert len(refresh) == 1
    assert sum("/deleted" in path for _, path, _, _ in bench.sandbox.requests[mark:]) == 1


@pytest.mark.parametrize("way", ["rest", "bulk"])
def test_formulas_can_be_refreshed_either_way(bench: VendorBench, clock: ManualClock, way: str):
    key = bench.sandbox.create("Account", {"Name": "A", "Open_Pipeline__c": "1"}, created=LONG_AGO)
    bench.sync("accounts")
    bench.config(api=way, calculated_every="0s")
    clock.advance(HOUR)
    bench.sandbox.update("Account", key, {"Open_Pipeline__c": "15000000.5"}, bump=False)

    bench.sync("accounts")

    assert stored(bench, "accounts")[key]["open_pipeline"] == Decimal("15000000.5")


def test_a_wide_object_is_read_in_portions_that_fit_into_addresses(
    bench: VendorBench, clock: ManualClock
):
    names = [f"A_Question_With_A_Very_Long_Name_{number:03d}__c" for number in range(600)]
    for name in names:
        bench.sandbox.add_field("Contact", name)
    keys = bench.sandbox.bulk_import("Contact", 400, updated=LONG_AGO)
    for number, key in enumerate(keys[:20]):
        told = {names[0]: f"first {number}", names[599]: f"last {number}"}
        bench.sandbox.update("Contact", key, told, updated=LONG_AGO)
    bench.config(column_budget=1000)

    [result] = bench.sync("contacts", batch_size=200)

    assert result.outcome == "success"
    assert_right(bench, "contacts")
    rows = stored(bench, "contacts")
    column = "a_question_with_a_very_long_name"
    assert [rows[key][f"{column}_000"] for key in keys[:3]] == ["first 0", "first 1", "first 2"]
    assert [rows[key][f"{column}_599"] for key in keys[:3]] == ["last 0", "last 1", "last 2"]
    assert longest(bench) < LONGEST_URI
    clock.advance(HOUR)
    bench.execute("delete from salesforce.contacts where id = %s", keys[0])
    bench.sync("contacts", full=True, force_overwrite=True)
    assert_right(bench, "contacts")
    assert longest(bench) < LONGEST_URI


def test_a_record_that_changes_between_two_portions_is_not_torn(
    bench: VendorBench, clock: ManualClock
):
    names = [f"A_Question_With_A_Very_Long_Name_{number:03d}__c" for number in range(400)]
    for name in names:
        bench.sandbox.add_field("Lead", name)
    bench.sandbox.bulk_import("Lead", 30, updated=LONG_AGO)
    torn: list[str] = []

    def change(call: Call) -> None:
        """The last record of each page changes when the second half of the page is asked for."""
        last = re.search("Id%20%3C%3D%20%27(00Q[^%]+)%27", call.query)
        if last and last[1] in bench.sandbox.truth("Lead") and last[1] not in torn:
            torn.append(last[1])
            clock.advance(5)
            told = {"Company": "New", names[0]: "new", names[399]: "new"}
            bench.sandbox.update("Lead", last[1], told)

    bench.sandbox.before_request = change
    bench.sync("leads", batch_size=10)
    bench.sandbox.before_request = None

    assert len(torn) > 2
    assert_right(bench, "leads")
    found = stored(bench, "leads").values()
    column = "a_question_with_a_very_long_name"
    parts = {(row["company"] == "New", row[f"{column}_000"], row[f"{column}_399"]) for row in found}
    assert parts == {(True, "new", "new"), (False, None, None)}


def test_an_object_of_the_orgs_own_takes_one_line(bench: VendorBench, clock: ManualClock):
    fields = (Field("Total__c", "currency", custom=True), Field("Paid__c", "boolean", custom=True))
    bench.sandbox.add_object("Invoice__c", fields)
    told = {"Name": "INV-1", "Total__c": "99.90", "Paid__c": True}
    key = bench.sandbox.create("Invoice__c", told)
    other = bench.sandbox.create("Invoice__c", {"Name": "INV-2"})
    bench.config(invoices={"object_type": "Invoice__c"})
    bench.sync("invoices")
    clock.advance(HOUR)
    bench.sandbox.delete("Invoice__c", other)

    [result] = bench.sync("invoices")

    rows = stored(bench, "invoices")
    assert result.row["configuration"]["strategy"] == "incremental"
    assert (rows[key]["name"], rows[key]["total"], rows[key]["paid"]) == (
        "INV-1",
        Decimal("99.90"),
        True,
    )
    assert rows[other]["deleted_at"] is not None


def test_another_of_salesforces_objects_does_too_whatever_tells_when_it_changed(
    bench: VendorBench, clock: ManualClock
):
    account = next(iter(bench.sandbox.truth("Account")))
    told = {"AccountId": account, "Field": "Name", "OldValue": "A", "NewValue": "B"}
    bench.sandbox.create("AccountHistory", told)
    bench.config(account_history={"object_type": "AccountHistory", "properties": "all"})
    bench.sync("account_history")
    clock.advance(HOUR)
    bench.sandbox.create("AccountHistory", told | {"NewValue": "C"})

    [result] = bench.sync("account_history")

    assert result.row["configuration"]["strategy"] == "incremental"
    assert result.row["records_created"] == 1
    rows = stored(bench, "account_history").values()
    assert {row["new_value"] for row in rows} == {"B", "C"}
    assert {row["account_id"] for row in rows} == {account}


def test_an_object_that_may_not_be_seen_fails_by_itself_and_says_why(bench: VendorBench):
    bench.sandbox.hide_object("Lead")
    bench.config(
        leads={"batch_size": 200},
        nothings={"object_type": "Nothing__c"},
        only=["leads", "nothings", "users"],
    )

    results = {result.entity: result for result in bench.sync()}

    assert results["users"].outcome == "success"
    for name, api_name in (("leads", "Lead"), ("nothings", "Nothing__c")):
        assert results[name].outcome == "failed"
        assert f"Salesforce shows this user no object {api_name}" in str(results[name].error)


def test_every_declared_entity_has_its_columns_even_where_the_org_lacks_the_field(
    bench: VendorBench,
):
    bench.sync("opportunities")

    rows = stored(bench, "opportunities").values()
    assert set(ENTITIES["opportunities"].columns) <= next(iter(rows)).keys()
    assert {row["currency_code"] for row in rows} == {None}

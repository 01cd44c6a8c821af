"""Version 2 as a client meets it: cursors, parameters, and what becomes of records."""

import base64
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.pipedrive import ManualClock, PipedriveSandbox
from tests.sandbox.pipedrive.conftest import ids, walk

LISTS = ("deals", "persons", "organizations", "activities", "products", "pipelines", "stages")
DEALS = "/api/v2/deals"
STAMP = datetime(2026, 5, 15, 10, 27, 31, tzinfo=UTC)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_walked_by_its_cursor(api: httpx.Client, sandbox: PipedriveSandbox, name: str):
    made = [sandbox.create(name) for _ in range(7)]

    pages = walk(api, f"/api/v2/{name}", limit=3)

    assert [len(page) for page in pages] == [3, 3, 1]
    assert ids(pages) == made


def test_a_cursor_is_a_place_in_the_order_and_not_a_number_of_records(
    api: httpx.Client, sandbox: PipedriveSandbox
):
    made = [sandbox.create("deals") for _ in range(6)]
    first = api.get(DEALS, params={"limit": 3}).json()
    cursor = first["additional_data"]["next_cursor"]
    sandbox.delete("deals", made[0])

    second = api.get(DEALS, params={"limit": 3, "cursor": cursor}).json()

    assert "=" not in cursor
    said = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4)))
    assert said == {"field": "id", "fieldValue": made[2], "sortDirection": "asc", "id": made[2]}
    assert [one["id"] for one in second["data"]] == made[3:]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_hundreds_of_one_second_are_walked_by_their_stamp_without_a_gap(
    api: httpx.Client, sandbox: PipedriveSandbox, direction: str
):
    made = sandbox.bulk_import("persons", 330, updated=STAMP)
    made += sandbox.bulk_import("persons", 20, updated=STAMP + timedelta(seconds=1))

    pages = walk(api, "/api/v2/persons", limit=100, sort_by="update_time", sort_direction=direction)

    assert ids(pages) == (made if direction == "asc" else made[::-1])


@pytest.mark.parametrize(
    ("told", "additional"),
    [("null", {"next_cursor": None}), ("missing", {}), ("nothing", None)],
)
def test_the_end_of_a_list_is_told_in_three_ways(
    api: httpx.Client, sandbox: PipedriveSandbox, told, additional
):
    sandbox.end_of_list = told

    assert api.get(DEALS).json() == {"success": True, "data": []} | (
        {} if additional is None else {"additional_data": additional}
    )


def test_since_is_inclusive_and_until_is_not(api: httpx.Client, sandbox: PipedriveSandbox):
    for seconds in range(3):
        sandbox.create("deals", updated=STAMP + timedelta(seconds=seconds))
    since, until = "2026-05-15T10:27:32Z", "2026-05-15T10:27:33Z"

    later = api.get(DEALS, params={"updated_since": since}).json()["data"]
    between = api.get(DEALS, params={"updated_since": since, "updated_until": until}).json()["data"]

    assert [one["update_time"] for one in later] == [since, until]
    assert [one["update_time"] for one in between] == [since]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (DEALS, {"updated_since": "2026-05-15T10:27:31.5Z"}),
        (DEALS, {"updated_since": "2026-05-15T10:27:31+00:00"}),
        (DEALS, {"updated_since": "2026-05-15 10:27:31"}),
        (DEALS, {"updated_since": "2026-05-15"}),
        (DEALS, {"updated_since": "2026-13-15T10:27:31Z"}),
        ("/api/v2/pipelines", {"updated_since": "2026-05-15T10:27:31Z"}),
        ("/api/v2/stages", {"updated_since": "2026-05-15T10:27:31Z"}),
        ("/api/v2/products", {"updated_until": "2026-05-15T10:27:31Z"}),
        (DEALS, {"limit": 501}),
        (DEALS, {"limit": 0}),
        (DEALS, {"start": 0}),
        (DEALS, {"sort_by": "title"}),
        (DEALS, {"sort_direction": "up"}),
        (DEALS, {"status": "archived"}),
        (DEALS, {"cursor": "nonsense"}),
        (DEALS, {"ids": ",".join(map(str, range(101)))}),
        (DEALS, {"ids": "a,b"}),
        (DEALS, {"include_fields": "attendees"}),
        (DEALS, {"custom_fields": ",".join("x" * 16)}),
        ("/api/v2/activities", {"custom_fields": "x"}),
        ("/api/v2/deals/products", {}),
        ("/api/v2/deals/products", {"deal_ids": ",".join(map(str, range(101)))}),
    ],
)
def test_what_the_api_does_not_take_is_refused(api: httpx.Client, path: str, params: dict):
    answer = api.get(path, params=params)

    assert answer.status_code == 400
    assert answer.json()["success"] is False


def test_a_cursor_of_another_order_is_refused(api: httpx.Client, sandbox: PipedriveSandbox):
    sandbox.bulk_import("deals", 3)
    cursor = api.get(DEALS, params={"limit": 1}).json()["additional_data"]["next_cursor"]

    answer = api.get(DEALS, params={"cursor": cursor, "sort_by": "update_time"})

    assert answer.status_code == 400


def test_records_are_read_by_id_and_missing_ones_are_left_out(
    api: httpx.Client, sandbox: PipedriveSandbox
):
    there, deleted, archived = (sandbox.create("deals") for _ in range(3))
    sandbox.delete("deals", deleted)
    sandbox.archive("deals", archived)
    asked = {"ids": f"{there},{deleted},{archived},999"}

    assert [one["id"] for one in api.get(DEALS, params=asked).json()["data"]] == [there]
    found = api.get(f"{DEALS}/archived", params=asked).json()["data"]
    assert [one["id"] for one in found] == [archived]


def test_archived_deals_leave_their_list(
    api: httpx.Client, sandbox: PipedriveSandbox, clock: ManualClock
):
    deal = sandbox.create("deals", updated=STAMP)
    sandbox.archive("deals", deal)

    [shown] = api.get(f"{DEALS}/archived").json()["data"]

    assert api.get(DEALS).json()["data"] == []
    assert shown["is_archived"] is True
    assert shown["archive_time"] == shown["update_time"] == f"{clock():%Y-%m-%dT%H:%M:%SZ}"


def test_deleted_deals_are_told_for_thirty_days(
    api: httpx.Client, sandbox: PipedriveSandbox, clock: ManualClock
):
    deal = sandbox.create("deals")
    sandbox.delete("deals", deal)
    clock.advance(29 * 24 * 3600)

    told = api.get(DEALS, params={"status": "deleted"}).json()["data"]
    clock.advance(2 * 24 * 3600)

    assert [(one["id"], one["status"], one["is_deleted"]) for one in told] == [
        (deal, "deleted", True)
    ]
    assert api.get(DEALS, params={"status": "open,won,lost,deleted"}).json()["data"] == []


@pytest.mark.parametrize("name", ["persons", "organizations", "activities", "products"])
def test_other_deleted_records_vanish_without_a_trace(
    api: httpx.Client, sandbox: PipedriveSandbox, name: str
):
    gone, kept = sandbox.create(name), sandbox.create(name)
    sandbox.delete(name, gone)

    assert ids(walk(api, f"/api/v2/{name}")) == [kept]
    assert api.get(f"/api/v2/{name}/{gone}").json()["data"]["is_deleted"] is True
    assert api.get(f"/api/v2/{name}/999").status_code == 404


def test_optional_fields_come_only_where_they_are_asked_for(
    api: httpx.Client, sandbox: PipedriveSandbox
):
    sandbox.create("deals", {"notes_count": 3})

    [plain] = api.get(DEALS).json()["data"]
    [asked] = api.get(DEALS, params={"include_fields": "notes_count,files_count"}).json()["data"]

    assert "notes_count" not in plain
    assert (asked["notes_count"], asked["files_count"]) == (3, 0)


def test_custom_fields_are_null_until_they_are_set(api: httpx.Client, sandbox: PipedriveSandbox):
    code = sandbox.code("deals", "Budget")
    sandbox.create("deals", custom={code: {"value": 120, "currency": "EUR"}})

    [all_of_them] = api.get(DEALS).json()["data"]
    [one] = api.get(DEALS, params={"custom_fields": code}).json()["data"]

    assert all_of_them["custom_fields"].keys() == {
        key for key, field in sandbox.fields("deals").items() if field.custom
    }
    assert [value for value in all_of_them["custom_fields"].values() if value] == [
        {"value": 120, "currency": "EUR"}
    ]
    assert one["custom_fields"].keys() == {code}


def test_products_of_several_deals_are_read_at_once(api: httpx.Client, sandbox: PipedriveSandbox):
    product = sandbox.create("products", {"name": "Shingles"})
    deals = [sandbox.create("deals") for _ in range(3)]
    made = [sandbox.attach(deal, product, quantity=2) for deal in deals for _ in range(2)]

    pages = walk(api, f"{DEALS}/products", deal_ids=f"{deals[0]},{deals[2]}", limit=3)

    assert ids(pages) == [*made[:2], *made[4:]]
    assert pages[0][0]["name"] == "Shingles"


def test_definitions_come_in_pages_with_their_options(api: httpx.Client, sandbox: PipedriveSandbox):
    pages = walk(api, "/api/v2/dealFields", limit=20)

    found = {one["field_code"]: one for page in pages for one in page}
    assert len(pages) > 1
    assert found.keys() == sandbox.fields("deals").keys()
    priority = found[sandbox.code("deals", "Priority")]
    assert priority["is_custom_field"] is True
    assert priority["field_type"] == "enum"
    assert [one["label"] for one in priority["options"]] == ["Low", "High", "Urgent"]
    assert found["notes_count"]["is_optional_response_field"] is True


def test_a_field_is_renamed_and_an_option_removed(api: httpx.Client, sandbox: PipedriveSandbox):
    code = sandbox.code("deals", "Priority")
    deal = sandbox.create("deals", custom={code: 17})
    sandbox.rename_field("deals", code, "Urgency")
    sandbox.remove_option("deals", code, 17)

    found = {one["field_code"]: one for page in walk(api, "/api/v2/dealFields") for one in page}

    assert found[code]["field_name"] == "Urgency"
    assert 17 not in [one["id"] for one in found[code]["options"]]
    shown = api.get(f"{DEALS}/{deal}").json()["data"]
    assert shown["custom_fields"][code] == 17

"""Version 1 as a client meets it: pages by number, spellings of old, and addresses by host."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.pipedrive import PipedriveSandbox
from tests.sandbox.pipedrive.conftest import client

STAMP = datetime(2026, 5, 15, 9, 58, 46, 164_000, tzinfo=UTC)


def test_pages_are_numbered_by_their_start(api: httpx.Client, sandbox: PipedriveSandbox):
    made = [sandbox.create("notes") for _ in range(5)]

    first = api.get("/v1/notes", params={"limit": 3}).json()
    last = api.get("/v1/notes", params={"limit": 3, "start": 3}).json()

    assert [one["id"] for one in first["data"] + last["data"]] == made
    assert first["additional_data"]["pagination"] == {
        "start": 0, "limit": 3, "more_items_in_collection": True, "next_start": 3,
    }  # fmt: skip
    assert "next_start" not in last["additional_data"]["pagination"]


@pytest.mark.parametrize("path", ["leads", "leads/archived", "notes", "files", "filters"])
def test_where_there_is_nothing_data_is_null(api: httpx.Client, path: str):
    assert api.get(f"/v1/{path}").json()["data"] is None


def test_leads_are_spelled_in_their_own_way(api: httpx.Client, sandbox: PipedriveSandbox):
    code, unset = sandbox.code("deals", "Budget"), sandbox.code("deals", "Priority")
    materials = sandbox.code("deals", "Materials")
    budget = {"value": 120, "currency": "EUR"}
    lead = sandbox.create("leads", custom={code: budget, materials: [20, 22]}, updated=STAMP)

    [shown] = api.get("/v1/leads").json()["data"]

    assert shown["id"] == lead
    assert len(str(lead)) == 36
    assert shown["update_time"] == "2026-05-15T09:58:46.164Z"
    assert shown["visible_to"] == "3"
    assert (shown[code], shown[f"{code}_currency"]) == (120, "EUR")
    assert shown[materials] == "20,22"
    assert unset not in shown
    assert "custom_fields" not in shown


def test_archived_leads_have_a_list_without_dates(api: httpx.Client, sandbox: PipedriveSandbox):
    lead = sandbox.create("leads")
    sandbox.archive("leads", lead)

    [shown] = api.get("/v1/leads/archived").json()["data"]
    refused = api.get("/v1/leads/archived", params={"updated_since": "2026-01-01T00:00:00Z"})

    assert api.get("/v1/leads").json()["data"] is None
    assert shown["is_archived"] is True
    assert refused.status_code == 400
    assert api.get(f"/v1/leads/{lead}").json()["data"]["is_archived"] is True


def test_a_deleted_lead_is_nowhere(api: httpx.Client, sandbox: PipedriveSandbox):
    lead = sandbox.create("leads")
    sandbox.delete("leads", lead)

    assert api.get("/v1/leads").json()["data"] is None
    answer = api.get(f"/v1/leads/{lead}")
    assert answer.status_code == 404
    assert answer.json()["error"] == "Lead not found"


def test_deleted_notes_stay_in_the_list_and_times_have_no_zone(
    api: httpx.Client, sandbox: PipedriveSandbox
):
    deal = sandbox.create("deals", {"title": "Roof - Smith"})
    note = sandbox.create("notes", {"deal_id": deal}, updated=STAMP)
    sandbox.store.change("notes", note, bump=False, deleted=STAMP)

    [shown] = api.get("/v1/notes", params={"updated_since": "2026-05-15T09:58:46Z"}).json()["data"]

    assert shown["active_flag"] is False
    assert shown["update_time"] == "2026-05-15 09:58:46"
    assert shown["deal"] == {"title": "Roof - Smith"}


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_lists_are_sorted_as_asked(api: httpx.Client, sandbox: PipedriveSandbox, direction: str):
    made = [sandbox.create("files", updated=STAMP - timedelta(hours=n)) for n in range(4)]

    answer = api.get("/v1/files", params={"sort": f"update_time {direction}"}).json()

    found = [one["id"] for one in answer["data"]]
    assert found == (made[::-1] if direction == "ASC" else made)
    assert api.get("/v1/files", params={"sort": "name"}).status_code == 400


def test_users_come_whole(api: httpx.Client, sandbox: PipedriveSandbox):
    sandbox.create("users", {"name": "Bea"}, id=26)
    sandbox.delete("users", 26)

    answer = api.get("/v1/users").json()

    assert [(one["id"], one["active_flag"]) for one in answer["data"]] == [(25, True), (26, False)]
    assert answer["additional_data"] == {"company_id": 15043420}


@pytest.mark.parametrize(
    "params", [{"limit": 501}, {"cursor": "x"}, {"updated_since": "2026-01-01"}]
)
def test_what_leads_do_not_take_is_refused(api: httpx.Client, params: dict):
    assert api.get("/v1/leads", params=params).status_code == 400


def test_files_come_a_hundred_at_most(api: httpx.Client):
    assert api.get("/v1/files", params={"limit": 101}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["deals", "persons", "organizations", "activities", "products", "pipelines", "dealFields"],
)
def test_what_version_2_took_over_is_gone(api: httpx.Client, path: str):
    assert api.get(f"/v1/{path}").status_code == 410


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("api", "/v1/leads", 200),
        ("api", "/api/v1/leads", 404),
        ("api", "/api/v1/leadLabels", 404),
        ("api", "/api/v1/notes", 200),
        ("api", "/api/v2/deals", 200),
        ("api", "/v2/deals", 404),
        ("company", "/api/v1/leads", 200),
        ("company", "/v1/leads", 404),
        ("company", "/api/v2/deals", 200),
    ],
)
def test_each_kind_of_host_has_addresses_of_its_own(host, path: str, status: int):
    sandbox = PipedriveSandbox(limits=None, host=host)

    with sandbox.serve() as url, client(url) as api:
        answer = api.get(path)

    assert answer.status_code == status
    assert answer.json()["success"] is (status == 200)


def test_who_one_is(api: httpx.Client):
    me = api.get("/v1/users/me").json()["data"]

    assert (me["company_id"], me["company_domain"], me["is_admin"]) == (15043420, "acme", 1)
    assert me["timezone_name"] == "America/Chicago"


def test_tokens_come_in_a_header_or_as_of_old_in_the_query(url: str, sandbox: PipedriveSandbox):
    sandbox.tokens.register("v1u:AQ")
    with client(url, token="") as api:
        bearer = api.get("/v1/users/me", headers={"Authorization": "Bearer v1u:AQ"})
        query = api.get("/v1/users/me", params={"api_token": "v1u:AQ"})
        none = api.get("/v1/users/me")

    assert (bearer.status_code, query.status_code, none.status_code) == (200, 200, 401)
    assert none.json()["errorCode"] == 401


def test_a_user_does_not_see_what_others_keep_to_themselves(url: str, sandbox: PipedriveSandbox):
    for owner in (25, 26):
        for name in ("deals", "persons", "leads"):
            sandbox.create(name, {"owner_id": owner, "visible_to": 1})
    sandbox.tokens.register("other", user_id=26, sees_all=False)

    with client(url, "other") as api:
        seen = {
            path: [one["owner_id"] for one in api.get(path).json()["data"]]
            for path in ("/api/v2/deals", "/api/v2/persons", "/v1/leads")
        }

    assert set(map(tuple, seen.values())) == {(26,)}


def test_a_scope_that_is_missing_is_told(url: str, sandbox: PipedriveSandbox):
    sandbox.tokens.register("narrow", scopes={"deals"})

    with client(url, "narrow") as api:
        allowed, refused = api.get("/api/v2/deals"), api.get("/v1/leads")

    assert allowed.status_code == 200
    assert refused.status_code == 403
    assert refused.json()["error"] == "Scope and URL mismatch"

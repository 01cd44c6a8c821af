"""Owners: people, people who left, and queues."""

from typing import Any

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox
from tests.sandbox.conftest import client

OWNERS = "/crm/v3/owners"


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


@pytest.mark.parametrize("path", [OWNERS, "/crm/owners/2026-03"])
def test_an_account_has_owners_with_teams(api: httpx.Client, path: str):
    known = results(api.get(path))

    assert [one["archived"] for one in known] == [False] * 5
    assert {one["type"] for one in known} == {"PERSON", "QUEUE"}
    assert known[1] == {
        "id": "41629780",
        "email": "tomas.beck@example.org",
        "type": "PERSON",
        "firstName": "Tomas",
        "lastName": "Beck",
        "userId": 9912,
        "userIdIncludingInactive": 9912,
        "createdAt": "2023-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "archived": False,
        "teams": [
            {"id": "177", "name": "North", "primary": True},
            {"id": "178", "name": "Nights", "primary": False},
        ],
    }


def test_who_left_is_listed_apart_without_a_user(api: httpx.Client):
    [gone] = results(api.get(OWNERS, params={"archived": "true"}))

    assert gone["archived"] is True
    assert gone["userId"] is None
    assert gone["userIdIncludingInactive"] == 9915
    assert "archivedAt" not in gone


def test_owners_are_read_page_by_page(api: httpx.Client, sandbox: HubspotSandbox):
    for number in range(520):
        sandbox.add_owner(email=f"rep{number}@example.org")

    first = api.get(OWNERS, params={"limit": "500"})
    after = first.json()["paging"]["next"]["after"]
    last = api.get(OWNERS, params={"limit": "500", "after": after})

    assert [len(results(page)) for page in (first, last)] == [500, 25]
    assert "paging" not in last.json()
    assert len({one["id"] for page in (first, last) for one in results(page)}) == 525
    assert len(results(api.get(OWNERS))) == 100
    assert api.get(OWNERS, params={"limit": "501"}).status_code == 400


def test_owners_come_leave_and_disappear(api: httpx.Client, sandbox: HubspotSandbox):
    new = sandbox.add_owner(first_name="Nia", last_name="Vale", teams=("East",))
    there = api.get(f"{OWNERS}/{new}").json()

    sandbox.archive_owner(new)
    live, archived = (
        api.get(f"{OWNERS}/{new}", params={"archived": flag}).status_code
        for flag in ("false", "true")
    )
    sandbox.remove_owner(new)

    assert (there["firstName"], there["teams"][0]["name"]) == ("Nia", "East")
    assert (live, archived) == (404, 200)
    assert api.get(f"{OWNERS}/{new}", params={"archived": "true"}).status_code == 404
    assert new not in sandbox.owners()


def test_an_owner_is_found_by_user_and_by_email(api: httpx.Client):
    by_user = api.get(f"{OWNERS}/9912", params={"idProperty": "userId"}).json()
    [by_email] = results(api.get(OWNERS, params={"email": "tomas.beck@example.org"}))

    assert by_user == by_email


def test_owners_need_their_scope(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.register("pat-na1-few", {"crm.objects.contacts.read"})

    with client(url, "pat-na1-few") as api:
        answer = api.get(OWNERS)

    assert answer.status_code == 403
    assert answer.json()["context"] == {"requiredGranularScopes": ["crm.objects.owners.read"]}

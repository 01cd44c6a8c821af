"""A client of others' making reads the look-alike of CallRail as it reads the vendor."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from sandbox.callrail import KEY, CallrailSandbox

others = import_module("callrail_mcp.client")

LONG_AGO = f"{datetime.now(UTC) - timedelta(days=700):%Y-%m-%d}"


@pytest.fixture(scope="module")
def sandbox() -> CallrailSandbox:
    return CallrailSandbox.seeded(calls=300, form_submissions=120, text_messages=30)


@pytest.fixture
def client(sandbox: CallrailSandbox) -> Iterator[Any]:
    with sandbox.serve() as url, others.CallRailClient(KEY, f"{url}/v3/", max_retries=0) as client:
        client.session.trust_env = False
        yield client


def test_it_finds_the_account(sandbox: CallrailSandbox, client: Any):
    assert client.resolve_account_id() == sandbox.account


@pytest.mark.parametrize(
    ("path", "table", "name"),
    [
        ("companies", "companies", "companies"),
        ("users", "users", "users"),
        ("tags", "tags", "tags"),
        ("trackers", "trackers", "trackers"),
        ("calls", "calls", "calls"),
        ("form_submissions", "form_submissions", "form_submissions"),
        ("text-messages", "text_messages", "conversations"),
    ],
)
def test_it_reads_every_list_to_its_end(
    sandbox: CallrailSandbox, client: Any, path: str, table: str, name: str
):
    facts: dict[str, Any] = {}

    found = list(
        client.paginate(
            f"a/{sandbox.account}/{path}.json",
            {"start_date": LONG_AGO, "per_page": 50},
            items_key=name,
            stats=facts,
        )
    )

    assert {str(one["id"]) for one in found} == sandbox.truth(table).keys()
    assert facts["total_records"] == len(found)
    assert facts["truncated"] is False


def test_it_reads_a_conversation(sandbox: CallrailSandbox, client: Any):
    key = next(iter(sandbox.truth("text_messages")))

    found = list(client.paginate(f"a/{sandbox.account}/text-messages/{key}.json"))

    said = {f"{key}:{one['id']}" for one in found}
    assert said == {one for one in sandbox.truth("conversation_messages") if one.startswith(key)}


@pytest.mark.parametrize(
    ("path", "status"), [("calls/CAL404.json", 404), ("text_messages.json", 404)]
)
def test_it_understands_refusals(sandbox: CallrailSandbox, client: Any, path: str, status: int):
    with pytest.raises(others.CallRailError) as refused:
        client.get(f"a/{sandbox.account}/{path}")

    assert refused.value.status == status

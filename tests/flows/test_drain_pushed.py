"""A source that only pushes: its events hold the records, which land as those of any source do."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flows.drain import drain
from flows.forget import Place, forget
from flows.result import Result
from sources.privacy import Privacy
from sources.registry import configured
from tasks.steps import PLAIN
from tests.flows.harness import Bench
from tests.flows.hooked import runs, statuses
from warehouse.connection import connect

ORDERS = """
[shop]
kind = "webhook"
webhook = { preset = "standard" }
[shop.orders]
key = "id"
updated_at = "changed"
[shop.orders.fields]
"id" = { name = "id", kind = "integer" }
"total" = { name = "total", kind = "decimal" }
"""


@pytest.fixture
def shop(pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(tmp_path / "crm-sync.toml"))
    monkeypatch.setenv("WAREHOUSE_URL", pg18_url)
    (tmp_path / "crm-sync.toml").write_text(ORDERS)
    return Bench(None, pg18_url, str(tmp_path))  # type: ignore[arg-type]


def pushed(*bodies: dict[str, Any], **how: Any) -> list[Result]:
    given = [{"source": "shop", "body": body} for body in bodies]
    return asyncio.run(drain(events=given or None, steps=PLAIN, **how))


def order(
    key: Any, total: str = "12.50", changed: str = "2026-02-03T10:00:00Z", **more: Any
) -> dict:
    return {"id": key, "total": total, "changed": changed} | more


def orders(bench: Bench) -> dict[int, str]:
    return {
        row["id"]: row["total"] for row in bench.rows("select id, total::text from shop.orders")
    }


def test_pushed_records_land_in_a_table_of_their_own(shop: Bench):
    [result] = pushed(order(1), order(2, "0.10", note="by the door"))

    assert result.outcome == "success"
    assert orders(shop) == {1: "12.50", 2: "0.10"}
    assert shop.one("select extra ->> 'note' from shop.orders where id = 2") == "by the door"
    assert statuses(shop) == ["done", "done"]
    [run] = runs(shop)
    assert (run["sync_type"], run["records_created"]) == ("orders", 2)
    assert run["configuration"]["anchor"] is False


def test_of_several_copies_the_newest_counts_in_whatever_order_they_come(shop: Bench):
    pushed(order(1, "2", "2026-02-03T11:00:00Z"), order(1, "1", "2026-02-03T10:00:00Z"))
    pushed(order(1, "0", "2026-02-03T09:00:00Z"))

    assert orders(shop) == {1: "2"}


def test_of_copies_without_a_stamp_the_later_received_counts(shop: Bench):
    Path(shop.home, "crm-sync.toml").write_text(ORDERS.replace('updated_at = "changed"\n', ""))

    pushed(order(1, "1"), order(1, "2"), order(1, "3"))

    assert orders(shop) == {1: "3"}


def test_a_record_that_cannot_be_stored_is_kept_with_its_reason(shop: Bench):
    [result] = pushed(order(None), order(2))

    assert result.outcome == "partial"
    assert orders(shop) == {2: "12.50"}
    assert shop.one("select count(*) from ingestion_rejected_record") == 1
    assert statuses(shop) == ["done", "done"]


def test_a_payload_that_nobody_can_read_is_given_up_and_seen(shop: Bench):
    pushed(order(1))
    shop.execute(
        "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, action, payload)"
        " values ('shop', 'x', 'x', 'orders', 'record', %s), ('shop', 'y', 'y', 'orders', 'record', null)",
        b"P[not json",
    )

    [result] = pushed()

    assert result.outcome == "unreconciled"
    assert statuses(shop) == ["done", "dead", "ignored"]


def test_deletions_and_records_take_effect_in_the_order_they_came(shop: Bench):
    pushed(order(1), order(2))
    events = [
        ("deleted", "1", None),
        ("record", "1", b'P{"id": 1, "total": "5"}'),
        ("deleted", "2", None),
    ]
    for number, (action, key, payload) in enumerate(events):
        shop.execute(
            "insert into ingestion_webhook_event"
            " (crm_source, event_key, event_type, entity, record_key, action, payload)"
            " values ('shop', %s, 'x', 'orders', %s, %s, %s)",
            str(number),
            key,
            action,
            payload,
        )

    pushed()

    assert shop.live("shop.orders") == {1}
    assert orders(shop) == {1: "5", 2: "12.50"}


def test_what_was_erased_is_not_stored_again_when_it_is_pushed_again(shop: Bench):
    pushed(order(1, note="ada.quill@example.org"), order(2))
    forget(Place(shop.url, "public", Privacy()), configured().source("shop"), "orders", ["1"])

    pushed(order(1, "7", "2026-02-04T10:00:00Z", note="ada.quill@example.org"))

    assert orders(shop) == {2: "12.50"}
    events = shop.rows("select status, payload from ingestion_webhook_event where record_key = '1'")
    assert [row["payload"] for row in events] == [None, None]


def test_seen_keys_do_not_pile_up_where_no_sync_ever_removes_them(shop: Bench):
    pushed(*(order(key) for key in range(20)))

    assert shop.one("select count(*) from ingestion_seen_key") == 0


def test_many_records_land_in_one_go(shop: Bench):
    with connect(shop.url) as conn:
        conn.execute(
            "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, action, payload)"
            " select 'shop', 'k' || n, 'x', 'orders', 'record',"
            " convert_to('P{\"id\": ' || n || ', \"total\": \"1\"}', 'UTF8') from generate_series(1, 12000) n"
        )

    [result] = pushed()

    assert result.row["records_created"] == 12_000
    assert set(statuses(shop)) == {"done"}


def test_a_delivery_that_nobody_understands_is_seen_once(shop: Bench):
    first = pushed("<html>")  # type: ignore[arg-type]
    second = pushed()

    assert [(one.source, one.outcome) for one in first] == [("shop", "unreconciled")]
    assert "webhooks list --status dead" in (first[0].error or "")
    assert second == []


def test_what_is_broken_in_a_delivery_keeps_no_other_record_of_it_from_landing(shop: Bench):
    asyncio.run(drain(events={"source": "shop", "body": [order(1), None, order(2)]}, steps=PLAIN))

    assert orders(shop) == {1: "12.50", 2: "12.50"}
    assert sorted(statuses(shop)) == ["dead", "done", "done"]


def test_records_of_an_entity_that_is_declared_no_more_are_not_set_aside_in_silence(shop: Bench):
    pushed(order(1))
    shop.execute(
        "update ingestion_webhook_event set status = 'pending', attempts = 0, entity = 'former'"
    )

    [result] = pushed()

    assert result.outcome == "unreconciled"
    assert statuses(shop) == ["dead"]

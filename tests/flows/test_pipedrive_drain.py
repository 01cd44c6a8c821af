"""Pipedrive's webhooks of version 2: what they are about is read again, and what is denied is gone."""

import asyncio
from itertools import count
from typing import Any

from flows.drain import drain
from flows.result import Result
from tasks.steps import PLAIN
from tests.flows.hooked import statuses
from tests.flows.test_pipedrive import HOUR, bench, clock, first_of, rows_of  # noqa: F401
from tests.flows.vendor import VendorBench

_numbers = count(1)


def said(action: str, entity: str, key: str, **meta: Any) -> dict[str, Any]:
    """One webhook as Pipedrive posts it."""
    known = {
        "action": action,
        "entity": entity,
        "entity_id": key,
        "correlation_id": str(next(_numbers)),
        "timestamp": "2026-11-20T10:00:00.000Z",
        "version": "2.0",
    }
    return {"meta": known | meta, "data": None, "previous": {}}


def told(*bodies: dict[str, Any]) -> list[Result]:
    given = [{"source": "pipedrive", "body": body} for body in bodies]
    return asyncio.run(drain(events=given, steps=PLAIN))


def test_changed_created_deleted_and_merged_persons_are_read_again(bench: VendorBench, clock):  # noqa: F811
    bench.sync("persons")
    clock.advance(HOUR)
    sandbox = bench.sandbox
    changed, deleted, winner, loser = list(rows_of(bench, "persons"))[:4]
    sandbox.update("persons", changed, {"name": "Changed"})
    sandbox.delete("persons", deleted)
    sandbox.merge("persons", winner, loser)
    new = sandbox.create("persons", {"name": "New"})

    [result] = told(
        said("change", "person", changed),
        said("delete", "person", deleted),
        said("change", "person", winner),
        said("delete", "person", loser, merged_to_id=winner),
        said("create", "person", str(new)),
    )

    rows = rows_of(bench, "persons")
    assert set(statuses(bench)) == {"done"}
    assert result.outcome == "success"
    assert (rows[changed]["name"], rows[str(new)]["name"]) == ("Changed", "New")
    assert rows[deleted]["deleted_at"] is not None
    assert rows[loser]["deleted_at"] is not None
    assert rows[winner]["deleted_at"] is None


def test_an_archived_deal_is_not_a_deleted_one(bench: VendorBench, clock):  # noqa: F811
    bench.sync("deals")
    clock.advance(HOUR)
    key = first_of(bench, "deals")[0]
    bench.sandbox.archive("deals", key)

    told(said("change", "deal", key))

    assert key in bench.keys("deals")


def test_what_is_attached_to_a_deal_is_read_with_it(bench: VendorBench, clock):  # noqa: F811
    bench.sync("deals", "products")
    deal = next(iter(bench.keys("deals") - {str(r["deal_id"]) for r in deal_products(bench)}))
    product = first_of(bench, "products")[0]
    clock.advance(HOUR)
    bench.sandbox.attach(int(deal), int(product))

    told(said("create", "deal_product", "77") | {"data": {"deal_id": int(deal)}})

    assert {str(r["product_id"]) for r in deal_products(bench) if str(r["deal_id"]) == deal} == {
        product
    }


def test_lists_that_are_read_whole_wait_for_their_next_sync(bench: VendorBench):  # noqa: F811
    bench.sync("users")

    told(said("change", "user", "1"))

    assert statuses(bench) == ["ignored"]


def deal_products(bench: VendorBench) -> list[dict[str, Any]]:  # noqa: F811
    return bench.rows("select deal_id, product_id from pipedrive.deal_products")

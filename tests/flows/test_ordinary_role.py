"""The least rights that are enough, and an address that is refused."""

import pytest

from tests.flows.harness import Bench
from tests.flows.truth import assert_right, history, people, unhurried
from tests.warehouse.pooler import pooler
from warehouse.errors import PoolerRefused


def test_an_ordinary_role_can_sync_everything(
    bench: Bench, ordinary_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WAREHOUSE_URL", ordinary_url)
    bench.url = ordinary_url
    unhurried(bench)
    first, second, third = people(bench, 3)
    bench.sandbox.create("deals", {"dealname": "Roof", "amount": "12.50"})

    began = bench.sync()
    bench.sandbox.add_property("contacts", "shoe_size", type="number")
    bench.sandbox.update("contacts", first, {"shoe_size": "44.5"})
    bench.sandbox.archive("contacts", second)
    bench.execute("insert into hubspot.contacts (id) values (1)")
    delta = bench.sync("contacts", strict=True)
    complete = bench.sync("contacts", full=True, force_overwrite=True)

    outcomes = {result.outcome for result in (*began, *delta, *complete)}
    assert outcomes == {"success"}
    assert (
        float(bench.one("select shoe_size from hubspot.contacts where id = %s", int(first))) == 44.5
    )
    assert int(third) in bench.live()
    assert bench.live("hubspot.deals") == bench.truth("deals")
    assert_right(bench)


@pytest.mark.parametrize("order", ["warmest", "in turn"])
def test_a_pooler_is_refused_before_anything_is_read_or_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, order
):
    people(bench, 3)
    with pooler(bench.url, backends=2, order=order) as address:
        monkeypatch.setenv("WAREHOUSE_URL", address)
        with pytest.raises(PoolerRefused, match="transaction-mode pooler"):
            bench.sync("contacts")

    assert bench.sandbox.requests == []
    assert history(bench) == []

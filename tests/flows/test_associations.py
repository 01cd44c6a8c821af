"""Who belongs to whom: read beside the records, from both sides, with what is removed removed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.hubspot import HubspotSandbox
from tests.flows.harness import Bench

PAIR = ("contacts", "companies")
PRIMARY, UNLABELED, BACK = 1, 279, 280
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)


def people_at_work(bench: Bench, count: int = 2, **how: Any) -> tuple[list[str], str]:
    """Some contacts and the company of all of them."""
    contacts = [
        bench.sandbox.create("contacts", {"lastname": f"N{number}"}, **how)
        for number in range(count)
    ]
    company = bench.sandbox.create("companies", {"name": "Old Mill"})
    for contact in contacts:
        join(bench.sandbox, contact, company)
    return contacts, company


def join(sandbox: HubspotSandbox, contact: str, company: str) -> None:
    sandbox.associate("contacts", contact, "companies", company, type_id=UNLABELED)
    sandbox.associate("companies", company, "contacts", contact, type_id=BACK)


def part(sandbox: HubspotSandbox, contact: str, company: str) -> None:
    sandbox.dissociate("contacts", contact, "companies", company)
    sandbox.dissociate("companies", company, "contacts", contact)


def stored(bench: Bench, from_type: str) -> set[tuple[Any, ...]]:
    rows = bench.rows(
        "select from_id, to_type, to_id, category, type_id, label from hubspot.associations"
        " where from_type = %s",
        from_type,
    )
    return {tuple(row.values()) for row in rows}


def assert_linked_as_there(bench: Bench, *types: str) -> None:
    for from_type in types:
        assert stored(bench, from_type) == bench.sandbox.links(from_type)


def asked(bench: Bench, after: int = 0) -> list[str]:
    """The addresses at which associations were asked for."""
    return [
        request[1] for request in bench.sandbox.requests[after:] if "/associations/" in request[1]
    ]


@pytest.fixture
def seeded(bench: Bench) -> Iterator[Bench]:
    """An account in which much belongs together; nobody waits for limits."""
    sandbox = HubspotSandbox.seeded(
        contacts=120, companies=20, deals=30, tickets=10, calls=15, links=True, limits=None
    )
    with sandbox.serve() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("HUBSPOT_BASE_URL", url)
        yield Bench(sandbox, bench.url, bench.home)


def test_all_links_land_with_their_types_and_labels_from_both_sides(seeded: Bench):
    types = ("contacts", "companies", "deals", "tickets", "calls")

    results = seeded.sync(*types)

    assert {result.outcome for result in results} == {"success"}
    assert_linked_as_there(seeded, *types)
    labels = {row[5] for row in stored(seeded, "contacts")}
    assert {None, "Primary"} <= labels


def test_a_link_removed_from_a_record_that_changed_is_removed(bench: Bench):
    contacts, company = people_at_work(bench)
    bench.sync(*PAIR)
    part(bench.sandbox, contacts[0], company)
    bench.sandbox.update("contacts", contacts[0], {"city": "Ulm"})
    bench.sandbox.update("companies", company, {"city": "Ulm"})

    bench.sync(*PAIR)

    assert len(stored(bench, "contacts")) == 1
    assert_linked_as_there(bench, *PAIR)


def test_a_record_without_links_is_as_normal_as_one_with_some(bench: Bench):
    people_at_work(bench)
    bench.sandbox.create("contacts", {"lastname": "Alone"})

    [result] = bench.sync("contacts")

    assert result.outcome == "success"
    assert_linked_as_there(bench, "contacts")
    assert result.row["performance_metrics"]["beside"]["associations"] == {
        "asked": 3,
        "written": 2,
        "removed": 0,
    }


def test_links_that_change_without_touching_a_record_wait_for_a_cadence_of_their_own(bench: Bench):
    contacts, company = people_at_work(bench)
    bench.sync(*PAIR)
    part(bench.sandbox, contacts[0], company)

    bench.sync(*PAIR)
    before = len(stored(bench, "contacts"))
    bench.config(deletes_every="0s", associations_every="0s")
    bench.sync(*PAIR)

    assert before == 2
    assert_linked_as_there(bench, *PAIR)


def test_a_quiet_run_asks_for_no_associations(bench: Bench):
    people_at_work(bench)
    bench.sync(*PAIR)
    before = len(bench.sandbox.requests)

    bench.sync(*PAIR)

    assert asked(bench, before) == []


def test_only_changed_records_are_asked_about(bench: Bench):
    contacts, _ = people_at_work(bench, 5)
    bench.sync("contacts")
    bench.sandbox.update("contacts", contacts[3], {"city": "Ulm"})

    [result] = bench.sync("contacts")

    assert result.row["performance_metrics"]["beside"]["associations"]["asked"] == 1


def test_full_asks_about_all_records(bench: Bench):
    contacts, company = people_at_work(bench, 5)
    bench.sync("contacts")
    part(bench.sandbox, contacts[4], company)

    bench.sync("contacts", full=True)

    assert_linked_as_there(bench, "contacts")


def test_more_links_than_one_answer_holds_are_all_read(bench: Bench):
    people_at_work(bench, 1203)

    bench.sync("companies")

    assert len(stored(bench, "companies")) == 1203
    assert_linked_as_there(bench, "companies")


def test_the_links_of_an_archived_record_go_from_both_sides(bench: Bench):
    contacts, _ = people_at_work(bench)
    bench.sync(*PAIR)
    bench.sandbox.archive("contacts", contacts[0])

    bench.sync("contacts")

    assert_linked_as_there(bench, *PAIR)


def test_the_links_of_a_restored_record_come_back(bench: Bench):
    contacts, _ = people_at_work(bench)
    bench.sync("contacts")
    bench.sandbox.archive("contacts", contacts[0])
    bench.sync("contacts")
    bench.sandbox.restore("contacts", contacts[0])

    bench.sync("contacts")

    assert_linked_as_there(bench, "contacts")


def test_records_of_a_run_that_failed_before_its_associations_are_asked_about_later(bench: Bench):
    people_at_work(bench)
    fault = bench.sandbox.fault("bad_gateway", times=None, path="/associations/")
    [failed] = bench.sync("contacts")
    fault.times = 0
    bench.sandbox.faults.clear()

    [result] = bench.sync("contacts", resume=False)

    assert (failed.outcome, result.outcome) == ("failed", "success")
    assert_linked_as_there(bench, "contacts")


def test_an_interrupted_reading_goes_on_behind_the_records_it_has_asked_about(bench: Bench):
    people_at_work(bench, 2500)
    batch = "/associations/contacts/companies/batch/read"
    seen = 0

    def break_down(call: Any) -> None:
        nonlocal seen
        seen += call.path.endswith(batch)
        if seen == 3:
            bench.sandbox.fault("bad_gateway", times=None, path=batch)

    bench.sandbox.before_request = break_down
    [failed] = bench.sync("contacts")
    bench.sandbox.before_request = None
    bench.sandbox.faults.clear()
    before = len(bench.sandbox.requests)
    [result] = bench.sync("contacts")

    assert (failed.outcome, result.outcome) == ("failed", "success")
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    # The first question is about 100 records, the second about 1,000: 1,400 are left.
    assert [path.endswith(batch) for path in asked(bench, before)].count(True) == 3
    assert_linked_as_there(bench, "contacts")


def test_what_comes_back_behind_the_place_of_an_interruption_is_asked_about_too(bench: Bench):
    contacts, _ = people_at_work(bench, 400, created=LONG_AGO, updated=LONG_AGO)
    first = min(contacts, key=int)
    bench.sandbox.archive("contacts", first)
    bench.sandbox.fault("bad_gateway", times=None, path="/associations/contacts/companies/", skip=1)
    [failed] = bench.sync("contacts")
    bench.sandbox.faults.clear()
    bench.sandbox.restore("contacts", first)

    [result] = bench.sync("contacts")

    assert (failed.outcome, result.outcome) == ("failed", "success")
    assert_linked_as_there(bench, "contacts")


def test_the_links_to_an_object_that_is_not_synced_any_more_go(bench: Bench):
    people_at_work(bench)
    bench.sync("contacts")

    bench.config(deletes_every="0s", only=["contacts", "deals"])
    bench.sync("contacts")

    assert stored(bench, "contacts") == set()


def test_a_table_that_was_dropped_is_filled_again(bench: Bench):
    people_at_work(bench)
    bench.sync("contacts")
    bench.execute("drop table hubspot.associations")

    bench.sync("contacts")

    assert_linked_as_there(bench, "contacts")


def test_a_type_that_may_not_be_read_is_left_out_and_its_links_stay(bench: Bench, caplog):
    people_at_work(bench)
    bench.sync("contacts")
    bench.config(deletes_every="0s", associations_every="0s")
    bench.sandbox.fault("missing_scope", times=None, path="/associations/contacts/companies/")

    [result] = bench.sync("contacts")

    assert result.outcome == "success"
    assert len(stored(bench, "contacts")) == 2
    assert "companies" in result.row["configuration"]["associations"]["left_out"]
    assert "associations of companies left out" in caplog.text


def test_types_that_cannot_be_associated_are_asked_for_again_only_with_all_records(bench: Bench):
    contacts, _ = people_at_work(bench)
    bench.sync("contacts")
    first = asked(bench)
    bench.sandbox.update("contacts", contacts[0], {"city": "Ulm"})
    before = len(bench.sandbox.requests)

    bench.sync("contacts")

    assert "/crm/v4/associations/contacts/products/batch/read" in first
    assert "/crm/v4/associations/contacts/products/batch/read" not in asked(bench, before)
    assert "/crm/v4/associations/contacts/companies/batch/read" in asked(bench, before)


def test_another_object_to_sync_makes_the_next_run_ask_about_all_records(bench: Bench):
    contacts, _ = people_at_work(bench)
    deal = bench.sandbox.create("deals", {"dealname": "Roof"})
    bench.sandbox.associate("contacts", contacts[0], "deals", deal, type_id=4)
    bench.config(only=["contacts", "companies"])
    bench.sync()
    before = stored(bench, "contacts")

    bench.config(only=["contacts", "companies", "deals"])
    bench.sync("contacts")

    assert {row[1] for row in before} == {"companies"}
    assert_linked_as_there(bench, "contacts")


def test_associations_may_be_switched_off(bench: Bench):
    people_at_work(bench)
    bench.config(contacts={"associations": False})

    bench.sync("contacts")

    assert asked(bench) == []


def test_a_limited_run_and_a_dry_one_read_none(bench: Bench):
    people_at_work(bench)

    bench.sync("contacts", max_records=1)
    bench.sync("contacts", dry_run=True)

    assert asked(bench) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("join", "part", "archive", "restore", "touch", "sync")),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    max_size=14,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happened_the_next_reading_of_all_records_lands_the_truth(
    bench: Bench, steps: list[tuple[str, int, int]]
):
    bench.config(deletes_every="0s", only=list(PAIR))
    contacts = [bench.sandbox.create("contacts", {"lastname": "N"}) for _ in range(4)]
    companies = [bench.sandbox.create("companies", {"name": "N"}) for _ in range(2)]
    for step, one, other in steps:
        archived = contacts[one] in bench.sandbox.archived("contacts")
        match step:
            case "join" if not archived:
                join(bench.sandbox, contacts[one], companies[other])
            case "part":
                part(bench.sandbox, contacts[one], companies[other])
            case "archive" if not archived:
                bench.sandbox.archive("contacts", contacts[one])
            case "restore" if archived:
                bench.sandbox.restore("contacts", contacts[one])
            case "touch" if not archived:
                bench.sandbox.update("contacts", contacts[one], {"city": f"C{other}"})
            case "sync":
                bench.sync(*PAIR)

    bench.config(deletes_every="0s", only=list(PAIR), associations_every="0s")
    bench.sync(*PAIR)

    assert_linked_as_there(bench, *PAIR)

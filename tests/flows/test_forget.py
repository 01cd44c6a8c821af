"""Erasing on demand: the person is in no table and no cached page, and nothing brings them back."""

import asyncio
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg import sql

from flows.forget import Place, forget
from flows.replay import replay
from flows.result import Result
from sources.privacy import Privacy, WrongKey
from sources.registry import KINDS, configured
from tasks.forgotten import made_key, renew_key
from tasks.pages import private_folder
from tasks.steps import PLAIN
from tests.flows.harness import Bench
from tests.flows.hooked import drained, runs, said, statuses
from tests.flows.test_associations import assert_linked_as_there, people_at_work
from tests.flows.test_custom_objects import a_boat_type
from warehouse import embedded, locks, rejects, tombstones
from warehouse.connection import connect

EMAIL = "ada.quill@example.org"


def place(bench: Bench, privacy: Privacy | None = None) -> Place:
    return Place(bench.url, "public", privacy or Privacy.from_env())


def forgets(bench: Bench, *keys: str, entity: str = "contacts", **how: Any) -> Result:
    return forget(place(bench, **how), configured().source("hubspot"), entity, keys)


def person(bench: Bench, name: str = "Quill", **more: str) -> str:
    return bench.sandbox.create("contacts", {"email": EMAIL, "lastname": name} | more)


def stored(bench: Bench) -> set[int]:
    return {row["id"] for row in bench.rows("select id from hubspot.contacts")}


def places_of(bench: Bench, text: str) -> set[str]:
    """The tables in which a text is anywhere in any row; event payloads are read as they are."""
    found = set()
    with psycopg.connect(bench.url) as conn:
        tables = conn.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        conn.execute("set bytea_output = 'escape'")
        for schema, name in tables:
            statement = sql.SQL("select count(*) from {} t where strpos(t::text, %s) > 0")
            row = conn.execute(statement.format(sql.Identifier(schema, name)), (text,)).fetchone()
            if row and row[0]:
                found.add(f"{schema}.{name}")
    return found


class Lost:
    field = None
    reason = "for a reason of that time"

    def __init__(self, key: str, raw: str) -> None:
        self.key = key
        self.raw = raw


def test_an_erased_person_is_in_no_table_any_more(bench: Bench):
    bench.config(deletes_every="0s", contacts={"history": ["email", "lastname"]})
    key, other = person(bench), bench.sandbox.create("contacts", {"lastname": "Li"})
    bench.sync("contacts")
    with connect(bench.url) as conn:
        rejects.record(conn, "hubspot", "contacts", 1, [Lost(key, f'{{"email": "{EMAIL}"}}')])
        history = Lost(f"{key}:email:2026:0", f'{{"id": "{key}", "value": "{EMAIL}"}}')
        rejects.record(conn, "hubspot", "contacts_history", 1, [history])
    drained(said("propertyChange", key, propertyName="email", propertyValue=EMAIL))
    before = places_of(bench, EMAIL)
    bench.sandbox.gdpr_delete("contacts", key)

    results = drained(
        said("propertyChange", key, propertyName="email", propertyValue=EMAIL),
        said("deletion", key),
        said("privacyDeletion", key),
    )

    assert before == {
        "hubspot.contacts",
        "hubspot.contacts_history",
        "public.ingestion_rejected_record",
        "public.ingestion_webhook_event",
    }
    assert places_of(bench, EMAIL) == set()
    assert {result.outcome for result in results} == {"success"}
    assert bench.live() == {int(other)}
    [run] = runs(bench, "forget")
    assert run["configuration"]["forgotten"] == {
        "rows": 1,
        "beside": 2,
        "rejects": 2,
        "payloads": 4,
        "tombstones": 1,
        "pages": 0,
    }
    assert run["performance_metrics"]["deleted"] == 1


def test_an_event_that_comes_after_the_erasure_is_emptied(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    drained(said("privacyDeletion", key))

    drained(said("propertyChange", key, propertyName="email", propertyValue=EMAIL))

    assert statuses(bench) == ["done", "ignored"]
    assert places_of(bench, EMAIL) == set()


def test_a_later_full_sync_with_a_stale_page_brings_nobody_back(bench: Bench):
    """The CRM still shows the person: a list that lags, or a request made here alone."""
    key, other = person(bench), bench.sandbox.create("contacts", {"lastname": "Li"})
    bench.sync("contacts")
    forgets(bench, key)

    [full] = bench.sync("contacts", full=True, force_overwrite=True)
    bench.sandbox.update("contacts", key, {"lastname": "Back"})
    [delta] = bench.sync("contacts")
    [drain] = drained(said("propertyChange", other))

    assert (full.outcome, delta.outcome, drain.outcome) == ("success", "success", "success")
    assert stored(bench) == {int(other)}
    assert places_of(bench, EMAIL) == set()
    assert full.row["performance_metrics"]["suppressed"] == 1
    assert (full.row["records_processed"], full.row["records_failed"]) == (2, 0)
    assert full.row["configuration"]["anchor"] is True


def test_a_record_that_would_be_rejected_leaves_no_raw_form_behind(bench: Bench):
    bench.config(deletes_every="0s", contacts={"strict": True})
    key = bench.sandbox.create("contacts", {"email": f"{EMAIL} or so", "lastname": "Quill"})
    bench.sync("contacts")
    kept = places_of(bench, EMAIL)
    forgets(bench, key)

    [again] = bench.sync("contacts", full=True)
    asyncio.run(replay(steps=PLAIN))

    assert kept == {"public.ingestion_rejected_record"}
    assert again.outcome == "success"
    assert places_of(bench, EMAIL) == set()


def test_those_merged_into_the_person_go_too(bench: Bench):
    key, loser, earlier = person(bench), person(bench, "Quil"), person(bench, "Q")
    bench.sync("contacts")
    bench.sandbox.merge("contacts", loser, earlier)
    bench.sandbox.merge("contacts", key, loser)
    bench.sync("contacts")

    forgets(bench, key)

    assert stored(bench) == set()
    assert bench.one("select count(*) from ingestion_tombstone") == 3


def test_losers_that_were_never_stored_have_tombstones_too(bench: Bench):
    key, loser = person(bench), person(bench, "Quil")
    bench.sandbox.merge("contacts", key, loser)
    bench.sync("contacts")

    forgets(bench, key)

    assert bench.one("select count(*) from ingestion_tombstone") == 2


def test_links_of_the_person_go_and_do_not_come_back_from_the_other_side(bench: Bench):
    contacts, company = people_at_work(bench)
    bench.sync("contacts", "companies")

    forgets(bench, contacts[0])
    gone = bench.rows(
        "select * from hubspot.associations where %s in (from_id, to_id)", int(contacts[0])
    )
    bench.sandbox.update("companies", company, {"city": "Ulm"})
    bench.sync("companies")
    back = bench.rows("select to_id from hubspot.associations where from_type = 'companies'")

    assert gone == []
    assert [row["to_id"] for row in back] == [int(contacts[1])]


def test_links_of_others_stay(bench: Bench):
    contacts, _ = people_at_work(bench)
    bench.sync("contacts", "companies")
    alone = person(bench)
    bench.sync("contacts")

    forgets(bench, alone)

    assert_linked_as_there(bench, "companies")
    assert len(contacts) == 2


@pytest.mark.parametrize("name", KINDS)
def test_erasing_knows_every_table_beside_records(name: str):
    kind = KINDS[name]
    shapes = {
        companion.entity.fields
        for entity in kind.entities.values()
        for companion in kind.companions(entity)
    }

    assert shapes == {entity.fields for entity in kind.beside}


def test_cached_pages_of_the_entity_go_and_those_of_others_stay(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    folder = private_folder(embedded.home(), "some-run")
    mine, others = folder / "hubspot-contacts-0123", folder / "hubspot-companies-0123"
    for page in (mine, others):
        page.write_text(EMAIL)

    result = forgets(bench, key)

    assert result.row["configuration"]["forgotten"]["pages"] == 1
    assert (mine.exists(), others.exists()) == (False, True)


def test_a_busy_entity_is_left_alone_and_erased_by_the_next_drain(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    with connect(bench.url) as other:
        assert locks.lock(other, "hubspot", "contacts")
        results = drained(said("privacyDeletion", key))
    before = statuses(bench)

    drained()

    assert {result.outcome for result in results} == {"skipped"}
    assert before == ["pending"]
    assert statuses(bench) == ["done"]
    assert stored(bench) == set()


def test_people_are_erased_also_where_the_source_does_not_answer(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.sandbox.fault("unauthorized", times=None)

    [result] = drained(said("privacyDeletion", key))

    assert result.outcome == "success"
    assert stored(bench) == set()


def test_people_of_entities_that_were_never_synced_get_their_tombstones(bench: Bench):
    key = person(bench)
    drained(said("privacyDeletion", key))

    bench.sync("contacts")

    assert stored(bench) == set()


def test_the_demand_of_another_account_erases_nobody(bench: Bench):
    key = person(bench)
    bench.sync("contacts")

    drained(said("privacyDeletion", key, portalId=99))

    assert stored(bench) == {int(key)}
    assert statuses(bench) == ["ignored"]


def test_where_a_page_cannot_be_removed_nothing_counts_as_erased(bench: Bench, monkeypatch):
    key = person(bench)
    bench.sync("contacts")

    def refuse(*_: Any) -> int:
        raise OSError("the disk is read-only")

    monkeypatch.setattr("flows.forget.purge_pages", refuse)

    [result] = drained(said("privacyDeletion", key))

    assert result.outcome == "failed"
    assert result.row["status"] == "failed"
    assert stored(bench) == {int(key)}
    assert statuses(bench) == ["pending"]
    assert bench.one("select count(*) from ingestion_tombstone") == 0


def test_a_tombstone_says_nothing_of_whom_it_is_for(bench: Bench):
    key = person(bench)
    bench.sync("contacts")

    forgets(bench, key)

    [stone] = bench.rows("select * from ingestion_tombstone")
    assert (stone["crm_source"], stone["entity"]) == ("hubspot", "contacts")
    assert key not in repr(stone["key_mac"])
    assert len(stone["key_mac"]) == 32


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets FIELD_ENCRYPTION_KEYS to some of the keys of a test."""
    made = [Fernet.generate_key().decode() for _ in range(3)]

    def chosen(*numbers: int) -> Privacy:
        monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", ",".join(made[n] for n in numbers))
        return Privacy.from_env()

    return chosen


def test_tombstones_outlive_every_change_of_keys(bench: Bench, keys: Any):
    keys(0)
    key = person(bench)
    bench.sync("contacts")
    forgets(bench, key)

    for chosen in ((1, 0), (1,), (2, 1), (2,)):
        keys(*chosen)
        [result] = bench.sync("contacts", full=True)
        assert result.outcome == "success"
        assert stored(bench) == set()


def test_tombstones_made_without_a_key_are_sealed_once_there_is_one(bench: Bench, keys: Any):
    key = person(bench)
    bench.sync("contacts")
    forgets(bench, key)
    bare = bench.one("select sealed from ingestion_tombstone_key")
    keys(0)

    bench.sync("contacts", full=True)

    assert (bare[:1], bench.one("select sealed from ingestion_tombstone_key")[:1]) == (b"P", b"S")
    assert stored(bench) == set()


def test_a_key_that_is_personal_itself_is_erased_as_well(bench: Bench):
    """As the keys of a source that only pushes, or of a file, may be."""
    bench.sync("contacts")
    bench.execute("create table hubspot.guests (email text primary key, name text)")
    bench.execute("insert into hubspot.guests values (%s, 'Ada')", EMAIL)
    bench.execute(
        "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, record_key, action)"
        " values ('hubspot', %s, 'x', 'guests', %s, 'changed')",
        f"guest:{EMAIL}",
        EMAIL,
    )
    bench.execute(
        "update ingestion_sync_history set sync_type = 'guests',"
        " configuration = configuration || jsonb_build_object('checkpoint', %s::text)",
        f"up to {EMAIL}",
    )
    bench.execute("insert into ingestion_seen_key values (1, %s, 'c')", EMAIL)
    bench.execute(
        "insert into ingestion_created_keys (sync_history_id, keys) values (1, array['x', %s])",
        EMAIL,
    )

    result = forgets(bench, EMAIL, entity="guests")

    assert result.row["configuration"]["forgotten"]["rows"] == 1
    assert places_of(bench, EMAIL) == set()
    assert bench.one("select keys from ingestion_created_keys") == ["x"]


def test_without_the_key_of_the_tombstones_no_run_begins(bench: Bench, keys: Any):
    keys(0)
    key = person(bench)
    bench.sync("contacts")
    forgets(bench, key)
    keys(1)

    [result] = bench.sync("contacts", full=True)

    assert result.outcome == "failed"
    assert "FIELD_ENCRYPTION_KEYS" in (result.error or "")
    assert stored(bench) == set()


def test_tombstones_whose_key_is_lost_let_nothing_pass(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    forgets(bench, key)
    bench.execute("delete from ingestion_tombstone_key")

    [result] = bench.sync("contacts", full=True)

    assert result.outcome == "failed"
    assert "ingestion_tombstone_key" in (result.error or "")
    assert stored(bench) == set()


def test_the_key_of_the_hashes_is_made_once_and_renewed_alone(bench: Bench, keys: Any):
    with connect(bench.url) as conn:
        first = made_key(conn, keys(0))
        again = made_key(conn, keys(0))
        before = tombstones.sealed_key(conn)
        renew_key(conn, keys(0))
        same = tombstones.sealed_key(conn)
        renew_key(conn, keys(1, 0))
        renewed = made_key(conn, keys(1))

        assert first == again == renewed
        assert before == same
        with pytest.raises(WrongKey):
            made_key(conn, keys(0))


@pytest.mark.parametrize("spelled", ["00{}", " {} "])
def test_a_number_that_is_spelled_otherwise_is_the_same_person(bench: Bench, spelled: str):
    key = person(bench)
    bench.sync("contacts")
    drained(said("propertyChange", key, propertyName="email", propertyValue=EMAIL))

    result = forgets(bench, spelled.format(key))
    bench.sync("contacts", full=True)

    assert result.outcome == "success"
    assert stored(bench) == set()
    assert places_of(bench, EMAIL) == set()


def test_the_demand_of_another_account_spares_who_is_not_read_yet(bench: Bench):
    key = person(bench)
    bench.sandbox.create("companies", {"name": "Old Mill"})
    bench.sync("companies")

    drained(said("privacyDeletion", key, portalId=99))
    bench.sync("contacts")

    assert stored(bench) == {int(key)}


def test_events_that_know_the_entity_by_its_place_in_the_account_are_emptied_too(bench: Bench):
    type_id = a_boat_type(bench)
    bench.sync("boat")
    [key] = bench.sandbox.truth(type_id)
    event = said("x", key, propertyValue=EMAIL, objectTypeId=type_id)
    drained(event | {"subscriptionType": "object.propertyChange"})

    forgets(bench, key, entity="boat")

    assert places_of(bench, EMAIL) == set()


def test_a_late_event_of_what_cannot_be_asked_for_says_nothing_either(bench: Bench, monkeypatch):
    key = person(bench)
    bench.sync("contacts")
    forgets(bench, key)
    monkeypatch.setattr("flows.drain_source.can_be_asked", lambda _entity: False)

    drained(said("propertyChange", key, propertyName="email", propertyValue=EMAIL))

    assert statuses(bench) == ["ignored"]
    assert places_of(bench, EMAIL) == set()


def test_a_demand_that_does_not_say_for_whom_is_seen(bench: Bench):
    nobody = said("privacyDeletion", "1")
    del nobody["objectId"]

    [result] = drained(nobody)

    assert result.outcome == "unreconciled"
    assert "erasure" in (result.error or "")
    assert statuses(bench) == ["dead"]

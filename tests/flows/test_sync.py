"""Whole syncs: what each mode reads, writes and remembers."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from sandbox.hubspot import ManualClock
from sources.errors import ConfigError
from sources.privacy import Privacy
from tests.flows.harness import Bench

ENTITIES = ("contacts", "companies", "deals")


@pytest.fixture
def pg18_url(warehouse_url: str) -> str:
    """Here the version does matter: what each mode does is held on the oldest and the newest."""
    return warehouse_url


def people(bench: Bench, count: int, **properties: str) -> list[str]:
    return [
        bench.sandbox.create(
            "contacts", {"email": f"p{n}@example.org", "lastname": "Li", **properties}
        )
        for n in range(count)
    ]


def history(bench: Bench, entity: str = "contacts") -> list[dict]:
    return bench.rows(
        "select * from ingestion_sync_history where sync_type = %s order by id", entity
    )


def test_a_first_sync_lands_every_record_and_says_so(bench: Bench):
    people(bench, 250)

    [result] = bench.sync("contacts")

    [row] = history(bench)
    assert result.outcome == "success"
    assert bench.live() == bench.truth()
    assert (row["records_processed"], row["records_created"]) == (250, 250)
    assert row["status"] == "success"
    assert row["configuration"]["anchor"] is True
    assert row["configuration"]["strategy"] == "initial_full"
    assert row["configuration"]["window"]["since"] is None
    assert row["performance_metrics"]["source_total"] == 250


def test_a_delta_reads_only_what_changed_and_its_lookback(bench: Bench):
    clock = bench.sandbox.store.clock = ManualClock(datetime.now(UTC) - timedelta(hours=9))
    old, *_ = people(bench, 3)
    clock.advance(3600 * 4)
    bench.sync("contacts")
    clock.advance(3600)
    new = bench.sandbox.create("contacts", {"email": "new@example.org"})
    bench.sandbox.update("contacts", old, {"lastname": "Ng"})

    [result] = bench.sync("contacts")

    row = result.row
    assert row["configuration"]["strategy"] == "incremental"
    assert (row["records_created"], row["records_updated"], row["records_processed"]) == (1, 1, 2)
    assert bench.one("select last_name from hubspot.contacts where id = %s", int(old)) == "Ng"
    assert int(new) in bench.live()


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_quiet_second_run_updates_nothing_and_makes_two_data_requests(bench: Bench, entity: str):
    for _ in range(30):
        bench.sandbox.create(entity, {})
    bench.sync(entity)
    bench.config(deletes_every="1h")
    before = len(bench.sandbox.requests)

    [result] = bench.sync(entity)

    asked = bench.requests(entity, before)
    assert (result.row["records_created"], result.row["records_updated"]) == (0, 0)
    assert len(asked) == 2, asked


def test_what_was_archived_restored_and_merged_is_told_by_the_rows(bench: Bench):
    gone, back, winner, loser = people(bench, 4)
    bench.sandbox.archive("contacts", back)
    bench.sync("contacts")
    bench.sandbox.archive("contacts", gone)
    bench.sandbox.restore("contacts", back)
    bench.sandbox.merge("contacts", winner, loser)

    bench.sync("contacts")

    rows = {row["id"]: row for row in bench.rows("select * from hubspot.contacts")}
    assert rows[int(gone)]["deleted_at"] is not None
    assert rows[int(back)]["deleted_at"] is None
    assert rows[int(loser)]["merged_into"] == int(winner)
    assert rows[int(loser)]["deleted_at"] is not None
    assert bench.live() == bench.truth()


def test_a_full_run_respects_newer_rows_and_force_overwrite_does_not(bench: Bench):
    [one] = people(bench, 1, firstname="Ana")
    bench.sync("contacts")
    future = datetime.now(UTC) + timedelta(days=1)
    bench.execute("update hubspot.contacts set first_name = 'local', updated_at = %s", future)

    bench.sync("contacts", full=True)
    respected = bench.one("select first_name from hubspot.contacts")
    bench.sync("contacts", full=True, force_overwrite=True)

    assert respected == "local"
    assert bench.one("select first_name from hubspot.contacts") == "Ana"


def test_complete_replacement_removes_what_the_source_denies_and_nothing_else(bench: Bench):
    keep = people(bench, 10)
    bench.sync("contacts")
    bench.execute("insert into hubspot.contacts (id, email) values (1, 'ghost@example.org')")
    bench.sandbox.gdpr_delete("contacts", keep[0])
    bench.sandbox.archive("contacts", keep[1])

    [result] = bench.sync("contacts", full=True, force_overwrite=True)

    stored = {row["id"] for row in bench.rows("select id from hubspot.contacts")}
    assert result.outcome == "success"
    assert stored == set(map(int, keep[1:]))
    assert bench.live() == bench.truth()
    assert result.row["performance_metrics"]["removed"] == 2


def test_complete_replacement_stops_where_too_much_would_go(bench: Bench):
    people(bench, 6)
    bench.sync("contacts")
    bench.execute("insert into hubspot.contacts (id) select generate_series(1, 5)")

    [result] = bench.sync("contacts", full=True, force_overwrite=True)

    assert result.outcome == "unreconciled"
    assert "nothing was removed" in result.row["error_message"]
    assert bench.one("select count(*) from hubspot.contacts") == 11


def test_a_run_limited_in_records_never_moves_the_anchor(bench: Bench):
    people(bench, 250)

    [result] = bench.sync("contacts", max_records=120)
    [again] = bench.sync("contacts")

    assert result.row["records_processed"] == 120
    assert result.row["configuration"]["anchor"] is False
    assert again.row["configuration"]["strategy"] == "initial_full"
    assert bench.live() == bench.truth()


def test_since_reads_from_there_and_earns_the_anchor_only_when_it_leaves_no_gap(bench: Bench):
    people(bench, 3)
    now = datetime.now(UTC)

    [first] = bench.sync("contacts", since=now - timedelta(days=1))
    bench.sync("contacts")
    [overlapping] = bench.sync("contacts", since=now - timedelta(days=1))
    [gap] = bench.sync("contacts", since=now - timedelta(minutes=1))

    assert first.row["configuration"]["strategy"] == "manual"
    anchors = [r.row["configuration"]["anchor"] for r in (first, overlapping, gap)]
    assert anchors == [False, True, False]


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(bench: Bench):
    changed, _same = people(bench, 2)
    bench.sync("contacts")
    bench.sandbox.update("contacts", changed, {"lastname": "Ng"})
    bench.sandbox.create("contacts", {"email": "new@example.org", "lastname": "Oz"})
    bench.sandbox.add_property("contacts", "shoe_size", type="number")
    before = bench.rows("select * from hubspot.contacts"), history(bench)

    [result] = bench.sync("contacts", dry_run=True)

    told = {name: result.row[name] for name in ("records_created", "records_updated", "unchanged")}
    assert result.outcome == "preview"
    assert told == {"records_created": 1, "records_updated": 1, "unchanged": 1}
    assert result.row["new_columns"] == ["shoe_size"]
    assert (bench.rows("select * from hubspot.contacts"), history(bench)) == before


def test_a_dry_run_on_an_empty_warehouse_makes_no_table(bench: Bench):
    people(bench, 3)

    [result] = bench.sync("contacts", dry_run=True)

    assert result.row["records_created"] == 3
    assert bench.one("select to_regclass('hubspot.contacts')") is None
    assert history(bench) == []


def test_strict_rejects_what_lenient_lands_and_a_good_copy_closes_it(bench: Bench):
    bad = bench.sandbox.create("contacts", {"email": "not an address", "lastname": "Li"})
    people(bench, 2)

    [strict] = bench.sync("contacts", strict=True)
    opened = bench.rows("select * from ingestion_rejected_record where resolved_at is null")
    [lenient] = bench.sync("contacts")

    assert (strict.outcome, lenient.outcome) == ("partial", "success")
    assert (strict.row["records_processed"], strict.row["records_failed"]) == (3, 1)
    assert strict.row["configuration"]["anchor"] is True
    assert [reject["record_key"] for reject in opened] == [bad]
    assert (
        bench.one("select count(*) from ingestion_rejected_record where resolved_at is null") == 0
    )
    assert bench.live() == bench.truth()


def test_a_missing_scope_fails_its_entity_by_name_and_lets_the_others_run(
    bench: Bench, monkeypatch
):
    people(bench, 2)
    scopes = {"crm.objects.contacts.read", "crm.schemas.contacts.read"}
    bench.sandbox.tokens.register("pat-na1-narrow", scopes)
    monkeypatch.setenv("HUBSPOT_API_TOKEN", "pat-na1-narrow")

    results = {result.entity: result for result in bench.sync()}

    assert results["contacts"].outcome == "success"
    assert results["deals"].outcome == "failed"
    assert "crm.objects.deals.read" in history(bench, "deals")[0]["error_message"] or (
        "crm.schemas.deals.read" in history(bench, "deals")[0]["error_message"]
    )


def test_a_wrong_token_is_recorded_as_a_failed_run_of_each_entity(bench: Bench, monkeypatch):
    monkeypatch.setenv("HUBSPOT_API_TOKEN", "pat-na1-wrong")

    results = bench.sync()

    assert {result.outcome for result in results} == {"failed"}
    assert {row["status"] for entity in ENTITIES for row in history(bench, entity)} == {"failed"}


def test_a_new_property_becomes_a_column_and_old_rows_get_their_values(bench: Bench):
    clock = bench.sandbox.store.clock = ManualClock(datetime.now(UTC) - timedelta(hours=9))
    first, second = people(bench, 2)
    bench.sync("contacts")
    bench.sandbox.add_property("contacts", "shoe_size", type="number")
    # As a calculated property does: a value appears and the modified stamp stays.
    bench.sandbox.update("contacts", first, {"shoe_size": "44.5"}, bump=False)
    clock.advance(3600 * 4)

    bench.sync("contacts")

    rows = bench.rows("select id, shoe_size from hubspot.contacts order by id")
    assert {row["id"]: row["shoe_size"] and float(row["shoe_size"]) for row in rows} == {
        int(first): 44.5,
        int(second): None,
    }


def test_a_property_that_moves_from_extra_to_a_column_takes_its_values_along(bench: Bench):
    people(bench, 3, hs_analytics_source="ORGANIC_SEARCH")
    bench.sync("contacts")
    before = bench.rows("select extra ->> 'hs_analytics_source' as source from hubspot.contacts")
    bench.config(contacts={"fields": {"properties.hs_analytics_source": "source"}})

    bench.sync("contacts")

    after = bench.rows("select source, extra ? 'hs_analytics_source' as left from hubspot.contacts")
    assert before == [{"source": "ORGANIC_SEARCH"}] * 3
    assert after == [{"source": "ORGANIC_SEARCH", "left": False}] * 3


def test_landed_and_rejected_together_are_the_source(bench: Bench):
    seeded = type(bench.sandbox).seeded(contacts=900, companies=80, deals=120, limits=None)
    with seeded.serve() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("HUBSPOT_BASE_URL", url)
        results = bench.sync("contacts", "companies", "deals", strict=True)

    for result in results:
        rejected = bench.one(
            "select count(*) from ingestion_rejected_record where entity = %s", result.entity
        )
        stored = {r["id"] for r in bench.rows(f"select id from hubspot.{result.entity}")}
        there = {*map(int, seeded.truth(result.entity)), *map(int, seeded.archived(result.entity))}
        assert len(stored) + rejected == len(there)
        assert stored <= there
        row = result.row
        counted = row["records_created"] + row["records_updated"] + row["records_failed"]
        assert row["records_processed"] == counted + row["performance_metrics"]["unchanged"]


def test_a_credential_of_another_account_is_refused_before_it_mixes_two_companies(bench: Bench):
    people(bench, 2)
    bench.sync("contacts")
    bench.execute(
        'update ingestion_sync_history set configuration = configuration || \'{"account": "1"}\''
    )

    [result] = bench.sync("contacts")

    assert result.outcome == "failed"
    assert "account 1" in result.error
    assert len(bench.live()) == 2


def test_a_field_that_is_to_be_encrypted_later_leaves_nothing_in_clear(bench: Bench, monkeypatch):
    people(bench, 3, favorite_color="blue", hs_analytics_source="ORGANIC_SEARCH")
    bench.sync("contacts")
    bench.sandbox.archive("contacts", next(iter(bench.sandbox.truth("contacts"))))
    bench.config(
        deletes_every="1h",
        contacts={
            "fields": {
                "properties.favorite_color": {"name": "favorite_color", "encrypt": True},
                "properties.hs_analytics_source": {"name": "source", "encrypt": True},
            }
        },
    )
    key = Fernet.generate_key().decode()

    with pytest.raises(ConfigError, match="FIELD_ENCRYPTION_KEYS"):
        bench.sync("contacts")
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", key)
    [result] = bench.sync("contacts")

    assert result.outcome == "success", result
    stored = bench.rows("select * from hubspot.contacts")
    assert "ORGANIC" not in str(stored)
    assert "blue" not in str(stored)
    opened = {Privacy.from_keys([key]).unprotect(row["favorite_color"]) for row in stored}
    assert opened == {"blue"}
    assert len({row["favorite_color_hmac"] for row in stored}) == 1
    [quiet] = bench.sync("contacts")
    assert quiet.row["records_updated"] == 0


def test_a_second_account_has_a_schema_a_history_and_a_credential_of_its_own(
    bench: Bench, monkeypatch
):
    people(bench, 3)
    with Path(bench.home, "crm-sync.toml").open("a") as config:
        config.write('\n[hubspot_emea]\nkind = "hubspot"\n')
    for name in ("API_TOKEN", "BASE_URL", "SEARCHES_PER_SECOND"):
        monkeypatch.setenv(f"HUBSPOT_EMEA_{name}", os.environ[f"HUBSPOT_{name}"])
    monkeypatch.delenv("HUBSPOT_API_TOKEN")

    [emea] = bench.sync("contacts", source="hubspot_emea")

    assert emea.outcome == "success", emea
    assert bench.live("hubspot_emea.contacts") == bench.truth()
    assert bench.one("select to_regclass('hubspot.contacts')") is None
    assert {row["crm_source"] for row in history(bench)} == {"hubspot_emea"}

"""Cached chunks: read once within a run and its retries, private, sealed, and purged."""

import stat
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from prefect import flow
from prefect.filesystems import LocalFileSystem
from prefect.testing.utilities import prefect_test_harness

from flows.hubspot import hubspot_sync
from flows.options import SyncOptions
from flows.secrets import privacy_of_run
from flows.sync import open_source
from sources.page import Window
from sources.registry import configured
from tasks.fetch import ChunkRef
from tasks.pages import private_folder
from tasks.steps import AS_TASKS
from tests.flows.harness import Bench
from warehouse import embedded


@pytest.fixture(scope="module", autouse=True)
def prefect_server():
    with prefect_test_harness(server_startup_timeout=90):
        yield


@pytest.fixture
def people(bench: Bench) -> list[str]:
    return [
        bench.sandbox.create("contacts", {"email": f"p{number}@example.org", "lastname": "Li"})
        for number in range(25)
    ]


async def read_twice(bench: Bench, run: str, *, between: object = None) -> list:
    """The same chunk asked for twice in one flow run."""
    privacy = await privacy_of_run()
    config = configured()
    options = SyncOptions()

    @flow
    async def reading() -> list:
        async with open_source(
            config, config.source("hubspot"), bench.url, privacy, options, AS_TASKS
        ) as source:
            described = await source.reader.source.describe(configured_contacts())
            source.reader.entities["contacts"] = described
            ref = ref_of(source)
            first = await source.steps.fetch(ref)
            kept = list(private_folder(embedded.home(), source.run).iterdir())
            folders = kept[0].parent.parent.glob("*") if kept else ()
            modes = {stat.S_IMODE(path.stat().st_mode) for path in folders}
            again = await source.steps.fetch(ref)
            return [first, again, [path.read_bytes() for path in kept], modes]

    return await reading()


def configured_contacts():
    from sources.hubspot.entities import CONTACTS

    return CONTACTS


def ref_of(source) -> ChunkRef:
    window = Window(None, source.until)
    return ChunkRef(
        run=source.run,
        source="hubspot",
        account=source.reader.account,
        entity="contacts",
        reading="changes",
        since=window.since,
        until=window.until,
        cursor=None,
        page_size=100,
        fields="",
    )


async def test_a_chunk_asked_for_again_in_the_same_run_comes_from_the_cache(bench, people):
    first, again, _, modes = await read_twice(bench, str(uuid4()))

    lists = [request for request in bench.requests("contacts") if request[0] == "GET"]
    assert len(lists) == 1
    assert (first.cached, again.cached) == (False, True)
    assert again.records == first.records
    assert modes == {0o700}


async def test_cached_pages_are_sealed_where_there_is_a_key(bench, people, monkeypatch):
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", Fernet.generate_key().decode())

    first, again, kept, _ = await read_twice(bench, str(uuid4()))

    assert again.cached
    assert again.records == first.records
    assert not any(b"example.org" in content for content in kept)


async def test_the_pages_of_a_run_that_succeeded_are_purged(bench, people):
    before = set(Path(embedded.home(), "cache").rglob("*"))

    await hubspot_sync(entities=["contacts"])

    cache = Path(embedded.home(), "cache")
    assert bench.live() == bench.truth()
    assert not [path for path in cache.rglob("*") if path.is_file() and path not in before]


async def test_the_flow_ends_as_its_entities_do(bench, people):
    bench.sandbox.create("contacts", {"email": "not an address", "lastname": "Li"})

    whole = await hubspot_sync(entities=["contacts"], return_state=True)
    partial = await hubspot_sync(entities=["contacts"], full=True, strict=True, return_state=True)
    bench.sandbox.fault("missing_scope", times=None, path="/objects/contacts")
    failed = await hubspot_sync(entities=["contacts"], return_state=True)

    assert (whole.type, whole.name) == ("COMPLETED", "Completed")
    assert (partial.type, partial.name) == ("COMPLETED", "Partial")
    assert (failed.type, failed.name) == ("FAILED", "Misconfigured")
    assert "contacts" in failed.message


async def test_a_task_asks_again_later_for_what_time_may_cure_and_for_nothing_else(bench, people):
    bench.config(deletes_every="0s", retry_attempts=0)
    passing = bench.sandbox.fault("unavailable", times=1, path="/objects/contacts$")

    cured = await hubspot_sync(entities=["contacts"], return_state=True)
    bench.sandbox.faults.clear()
    lasting = bench.sandbox.fault("missing_scope", times=None, path="/objects/contacts/search$")
    refused = await hubspot_sync(entities=["contacts"], return_state=True)

    assert (cured.type, passing.struck) == ("COMPLETED", 1)
    assert bench.live() == bench.truth()
    assert (refused.type, lasting.struck) == ("FAILED", 1)


async def pages_in_a_block(bench: Bench, folder: Path) -> None:
    await LocalFileSystem(basepath=str(folder)).save("pages", overwrite=True)
    place = Path(bench.home, "crm-sync.toml")
    place.write_text(f'page_storage = "local-file-system/pages"\n{place.read_text()}')


async def test_pages_may_be_kept_where_other_workers_find_them(
    bench, people, monkeypatch, tmp_path
):
    bench.config()
    await pages_in_a_block(bench, tmp_path / "pages")
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", Fernet.generate_key().decode())

    first, again, here, _ = await read_twice(bench, str(uuid4()))

    there = [path for path in (tmp_path / "pages").rglob("*") if path.is_file()]
    assert (first.cached, again.cached) == (False, True)
    assert again.records == first.records
    assert here == []
    assert there
    assert not any(b"example.org" in path.read_bytes() for path in there)


async def test_pages_do_not_leave_this_machine_unencrypted(bench, people, tmp_path):
    bench.config()
    await pages_in_a_block(bench, tmp_path / "pages")

    state = await hubspot_sync(entities=["contacts"], return_state=True)

    assert state.name == "Misconfigured"
    assert "FIELD_ENCRYPTION_KEYS" in state.message
    assert not (tmp_path / "pages").exists()

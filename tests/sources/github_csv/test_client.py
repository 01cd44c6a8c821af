"""Files on GitHub asked for pages."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from sandbox.github import TOKEN, Large, Link, table
from sources.config import EntityConfig, SourceConfig, apply
from sources.entity import Entity
from sources.errors import ConfigError, MissingScope, Refused, Unauthorized
from sources.github_csv.client import GithubCsv
from sources.github_csv.source import open_github_csv
from sources.keeping import FileKeeper
from sources.page import Page, Window
from tests.sources.github_csv.conftest import LEADS, LEADS_SHA, REPO, Served

KEEPER = FileKeeper(Path("unused"), "UNUSED", SecretStr("unused"))
ALL = Window(None, datetime.now(UTC))
Noted = Sequence[Mapping[str, str]]


@asynccontextmanager
async def opened(
    served: Served, *, token: str = TOKEN, batch_size: int | None = None, **options: Any
) -> AsyncIterator[tuple[GithubCsv, Entity]]:
    """A client, and the entity that it reads as configured."""
    usual = {"repo": REPO, "path": "data/*.csv", "key": "id"}
    said = EntityConfig(options={**usual, **options}, batch_size=batch_size)
    config = SourceConfig("x", "github_csv", entities={"y": said}, retry_attempts=0, timeout=2)
    secrets = {
        "BASE_URL": SecretStr(served.url),
        "TOKEN": SecretStr(token),
        "RETRY_WAIT": SecretStr("0"),
    }
    async with open_github_csv(config, secrets, KEEPER) as client:
        [entity] = (await client.catalogue({})).entities
        yield client, apply(entity, said)


async def versions(client: GithubCsv, entity: Entity, noted: Noted = ()) -> list[dict[str, str]]:
    window = Window(None, ALL.until, versions=tuple(noted))
    return list((await client.fetch(entity, "versions", window, None)).records)


async def pages(
    client: GithubCsv, entity: Entity, window: Window = ALL, cursor: str | None = None
) -> list[Page]:
    found = []
    while True:
        page = await client.fetch(entity, "changes", window, cursor)
        found.append(page)
        cursor = page.cursor
        if cursor is None:
            return found


def records(found: Sequence[Page]) -> list[dict[str, Any]]:
    return [record for page in found for record in page.records]


async def test_an_entity_is_as_it_is_configured(served: Served):
    async with opened(served) as (client, entity):
        described = await client.describe(entity)

    assert entity.path == "acorn/tables@HEAD:data/*.csv"
    assert (entity.key, entity.whole, entity.versioned, entity.group) == (
        ("id",),
        True,
        True,
        "source_file",
    )
    assert {"id", "name", "source_file"} <= set(described.columns)


async def test_versions_are_blobs_of_a_commit(served: Served):
    commit = served.sandbox.commit(
        REPO, {"data/more.csv": "id,city\n7,X\n", "data/link.csv": Link("leads.csv")}
    )

    async with opened(served) as (client, entity):
        found = await versions(client, entity)

    assert [(one["part"], one["commit"]) for one in found] == [
        ("data/leads.csv", commit),
        ("data/link.csv", commit),
        ("data/more.csv", commit),
    ]
    assert found[0]["version"] == found[1]["version"] == LEADS_SHA
    assert found[0]["header"] == '["id","name"]'


async def test_what_is_unchanged_costs_one_request_that_is_free(served: Served):
    async with opened(served) as (client, entity):
        before = await versions(client, entity)
    asked = len(served.sandbox.requests)
    used = served.sandbox.limits.hours[TOKEN].used

    async with opened(served) as (client, entity):
        after = await versions(client, entity, before)

    [(_, path, _, status)] = served.sandbox.requests[asked:]
    assert after == before
    assert (path, status) == ("/repos/acorn/tables/commits/HEAD", 304)
    assert served.sandbox.limits.hours[TOKEN].used == used


async def test_only_what_changed_is_fetched(served: Served):
    served.sandbox.commit(REPO, {"data/more.csv": "id,city\n7,X\n"})
    async with opened(served) as (client, entity):
        before = await versions(client, entity)
    commit = served.sandbox.commit(REPO, {"data/more.csv": "id,city\n8,Y\n"})
    asked = len(served.sandbox.requests)

    async with opened(served) as (client, entity):
        after = await versions(client, entity, before)
        described = await client.describe(entity)
        window = Window(None, ALL.until, parts=("data/more.csv",), versions=tuple(after))
        rows = records(await pages(client, entity, window))

    assert [one["commit"] for one in after] == [commit, commit]
    assert [one["version"] for one in after][0] == LEADS_SHA
    # Of the file that was not fetched, the columns are known as well.
    assert {"name", "city"} <= set(described.columns)
    assert [(row["id"], row["city"], row["_file"]) for row in rows] == [("8", "Y", "data/more.csv")]
    assert [path.split("/tables/")[1].split("/")[0:2] for _, path, _, _ in served.sandbox.requests[asked:]] == [
        ["commits", "HEAD"], ["git", "trees"], ["git", "trees"], ["git", "blobs"],
    ]  # fmt: skip


async def test_a_reading_keeps_to_its_commit(served: Served):
    served.sandbox.commit(REPO, {"data/more.csv": "id\n7\n"})
    async with opened(served) as (client, entity):
        noted = await versions(client, entity)
        first = await client.fetch(entity, "changes", ALL, None)
        served.sandbox.commit(REPO, {"data/more.csv": "id\n9\n", "data/leads.csv": "id\n5\n"})

        unpinned = records([first, *await pages(client, entity, ALL, first.cursor)])
        pinned = records(
            await pages(client, entity, Window(None, ALL.until, versions=tuple(noted)))
        )

    assert [row["id"] for row in unpinned] == [row["id"] for row in pinned] == ["1", "7"]


async def test_a_large_file_is_read_in_pages_and_goes_on_anywhere(served: Served):
    rows = [(str(number), f"N{number}") for number in range(1000)]
    served.sandbox.small = 1000
    served.sandbox.commit(
        REPO, {"data/leads.csv": None, "data/big.csv": table(("id", "name"), rows)}
    )

    async with opened(served, batch_size=300) as (client, entity):
        found = await pages(client, entity)
    async with opened(served, batch_size=300) as (client, entity):
        rest = await pages(client, entity, ALL, found[1].cursor)

    assert [len(page.records) for page in found] == [300, 300, 300, 100]
    assert [(row["id"], row["name"]) for row in records(found)] == rows
    assert [row["id"] for row in records(rest)] == [str(number) for number in range(600, 1000)]


async def test_a_file_in_lfs_is_read_as_any_other(served: Served):
    served.sandbox.commit(REPO, {"data/leads.csv": Large(LEADS.encode())})

    async with opened(served) as (client, entity):
        rows = records(await pages(client, entity))

    assert [(row["id"], row["name"]) for row in rows] == [("1", "A")]
    assert served.sandbox.objects.tokens_seen == []


@pytest.mark.parametrize("content", ["", "id,name\n", "\n\n"])
async def test_an_empty_file_is_left_out(served: Served, content: str):
    served.sandbox.commit(REPO, {"data/empty.csv": content})

    async with opened(served) as (client, entity):
        noted = await versions(client, entity)
        await client.describe(entity)
        found = await pages(client, entity)

    assert {part for page in found for part in page.left_out} == {"data/empty.csv"}
    assert len(records(found)) == 1
    assert [one["part"] for one in noted] == ["data/empty.csv", "data/leads.csv"]


async def test_a_line_that_is_no_record_is_told_with_its_place(served: Served):
    served.sandbox.commit(REPO, {"data/leads.csv": "id,name\n1,A\n2,B,C,D\n3,C\n"})

    async with opened(served) as (client, entity):
        found = await pages(client, entity)

    [bad] = [one for page in found for one in page.unreadable]
    assert bad.place == "data/leads.csv, line 3"
    assert [row["id"] for row in records(found)] == ["1", "3"]


async def test_a_check_reads_no_more_than_it_is_asked_for(served: Served):
    async with opened(served) as (client, entity):
        assert (await client.fetch(entity, "count", ALL, None)).total is None
        page = await client.fetch(entity, "changes", Window(None, ALL.until, limit=1), None)

    assert len(page.records) == 1


async def test_a_path_that_names_nothing_is_told(served: Served):
    async with opened(served, path="data/none.csv") as (client, entity):
        with pytest.raises(
            ConfigError, match=r"x\.y: path = 'data/none.csv' names no file in acorn/tables"
        ):
            await versions(client, entity)


async def test_a_key_that_is_no_column_is_told(served: Served):
    async with opened(served, key="sku") as (client, entity):
        with pytest.raises(ConfigError, match="data/leads.csv has no column 'sku'"):
            await versions(client, entity)


async def test_a_ref_that_is_a_commit_is_never_asked_for_again(served: Served):
    commit = served.sandbox.commit(REPO, {"data/leads.csv": "id\n1\n"})
    async with opened(served, ref=commit) as (client, entity):
        before = await versions(client, entity)
    asked = len(served.sandbox.requests)

    async with opened(served, ref=commit) as (client, entity):
        assert await versions(client, entity, before) == before

    assert len(served.sandbox.requests) == asked


@pytest.mark.parametrize("changes", [{"size": "much"}, {"header": "x"}, {"header": None}])
async def test_what_is_noted_in_another_way_is_asked_for_again(served: Served, changes: dict):
    async with opened(served) as (client, entity):
        noted = await versions(client, entity)
        odd = [{k: v for k, v in {**one, **changes}.items() if v is not None} for one in noted]

        assert await versions(client, entity, odd) == noted
        assert (
            len(records(await pages(client, entity, Window(None, ALL.until, versions=tuple(odd)))))
            == 1
        )


async def test_a_private_repository_needs_a_token_that_may_read_it(served: Served):
    served.sandbox.create("acorn/secret", private=True)
    served.sandbox.commit("acorn/secret", {"data/leads.csv": LEADS})
    served.sandbox.grant("of-tables", REPO)

    for token, error in (("", Unauthorized), ("of-tables", MissingScope)):
        async with opened(served, token=token, repo="acorn/secret") as (client, entity):
            with pytest.raises(error, match="there is no repository acorn/secret, or"):
                await versions(client, entity)
    async with opened(served, repo="acorn/secret") as (client, entity):
        assert len(await versions(client, entity)) == 1


async def test_a_history_that_was_rewritten_under_a_reading_is_told(served: Served):
    async with opened(served) as (client, entity):
        noted = await versions(client, entity)
    served.sandbox.store.repositories[REPO].blobs.clear()

    async with opened(served) as (client, entity):
        with pytest.raises(Refused, match="can be read, but has no file data/leads.csv"):
            await pages(client, entity, Window(None, ALL.until, versions=tuple(noted)))


async def test_what_was_downloaded_goes_with_the_source(
    served: Served, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async with opened(served) as (client, entity):
        await pages(client, entity)
        [folder] = tmp_path.iterdir()
        mode = folder.stat().st_mode & 0o777
        kept = [path.name for path in folder.iterdir()]

    assert (mode, kept) == (0o700, [LEADS_SHA])
    assert list(tmp_path.iterdir()) == []


async def test_other_questions_have_no_answer(served: Served):
    async with opened(served) as (client, entity):
        with pytest.raises(ValueError, match="cannot be asked for by_id"):
            await client.fetch(entity, "by_id", ALL, None, keys=["1"])
        assert await client.quota() is None
        assert (await client.account()).now is None

"""Which files are found, what is noted of them, and how mistakes are told."""

import os
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from glob import glob
from pathlib import Path
from typing import Any

import fsspec
import pytest

from sources.config import EntityConfig, SourceConfig
from sources.csv_files.client import CsvFiles
from sources.csv_files.kind import KIND
from sources.csv_files.local import files_at
from sources.csv_files.source import open_csv
from sources.errors import ConfigError, Unauthorized, Unavailable
from sources.keeping import Unkept
from sources.page import Page, Window
from sources.registry import KINDS, configured

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ALL = Window(None, NOW)
TEXT = b"id,name\n1,Ana\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some files, a week old, where the command is run."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.CSV", "c.tsv.gz", "notes.txt", ".hidden.csv", "sub/d.csv", "e[1].csv"):
        put(name)
    return tmp_path


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()


def put(name: str, content: bytes = TEXT, at: datetime = NOW - timedelta(days=7)) -> None:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))


@asynccontextmanager
async def opened(**options: Any):
    config = SourceConfig(
        "list", "csv", entities={"prices": EntityConfig(options={"key": "id", **options})}
    )
    async with open_csv(config, {}, Unkept()) as client:
        client._clock = lambda: NOW
        yield client


async def versions(client: CsvFiles, *before: dict[str, str]) -> list[dict[str, str]]:
    [entity] = (await client.catalogue({})).entities
    window = Window(None, NOW, versions=before)
    return list((await client.fetch(entity, "versions", window, None)).records)


async def names(path: str | list[str]) -> list[str]:
    async with opened(path=path) as client:
        return [said["part"] for said in await versions(client)]


async def changes(client: CsvFiles, window: Window = ALL, cursor: str | None = None) -> Page:
    [entity] = (await client.catalogue({})).entities
    return await client.fetch(entity, "changes", window, cursor)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.csv", ["a.csv"]),
        (".", ["a.csv", "b.CSV", "c.tsv.gz", "e[1].csv"]),
        ("sub", ["sub/d.csv"]),
        ("*.csv", ["a.csv", "e[1].csv"]),
        ("**/*.csv", ["a.csv", "e[1].csv", "sub/d.csv"]),
        ("[ab].*", ["a.csv", "b.CSV"]),
        ("e[1].csv", ["e[1].csv"]),
        ("notes.txt", ["notes.txt"]),
        (["sub", "a.csv", "a.*"], ["a.csv", "sub/d.csv"]),
    ],
)
async def test_a_path_is_a_file_a_folder_or_a_pattern(folder: Path, path, found: list[str]):
    assert await names(path) == found


async def test_the_name_of_the_table_may_be_part_of_the_path(folder: Path):
    put("prices.csv")

    assert await names("{entity}.csv") == ["prices.csv"]


async def test_a_path_from_the_root_is_named_so(folder: Path):
    assert await names(f"{folder}/*.tsv.gz") == [f"{folder}/c.tsv.gz"]


async def test_a_path_that_names_no_file_is_told(folder: Path):
    with pytest.raises(
        ConfigError, match=r"^\[list\.prices\] there is no file at nothing/\*\.csv: "
    ):
        await names("nothing/*.csv")


async def test_each_path_of_a_list_must_name_a_file(folder: Path):
    with pytest.raises(ConfigError, match=r"there is no file at b\.csv: put one there"):
        await names(["a.csv", "b.csv"])


@pytest.mark.parametrize("path", [".", "*.csv"])
async def test_a_link_to_a_file_that_is_not_there_is_told(folder: Path, path: str):
    Path("linked.csv").symlink_to("elsewhere/a.csv")

    with pytest.raises(ConfigError, match=r"linked\.csv is a link to a file that is not there"):
        await names(path)


@pytest.mark.parametrize("path", ["*/*.csv", "**/*.csv", "sub/*"])
async def test_a_folder_that_may_not_be_looked_into_is_told(
    folder: Path, path: str, monkeypatch: pytest.MonkeyPatch
):
    inner = Path.iterdir

    def iterdir(self: Path) -> Iterator[Path]:
        if self.name == "sub":
            raise PermissionError(13, "Permission denied", str(self))
        return inner(self)

    monkeypatch.setattr(Path, "iterdir", iterdir)

    with pytest.raises(ConfigError, match=r"cannot be looked into: Permission denied \(sub\)"):
        await names(path)


@pytest.mark.parametrize(
    "pattern",
    ["*", "**", "**/*.csv", "*/d.csv", "./*.csv", "sub/../*.csv", ".*.csv", "**/s*/*", "[!a]*"],
)
async def test_patterns_mean_what_they_mean_to_python(folder: Path, pattern: str):
    theirs = {str(Path(one)) for one in glob(pattern, recursive=True) if Path(one).is_file()}  # noqa: PTH207

    ours = {one.part for one in files_at("list.prices", pattern)}

    assert ours == theirs


async def test_a_file_is_noted_with_size_and_time(folder: Path):
    async with opened(path="a.csv") as client:
        [noted] = await versions(client)

    made, said = NOW - timedelta(days=7), Path("a.csv").stat()
    assert noted == {
        "part": "a.csv",
        "version": f"14-{int(made.timestamp())}000000000-{said.st_ctime_ns}",
        "made": made.isoformat(),
    }


async def test_another_file_of_the_same_size_and_time_has_another_version(folder: Path):
    async with opened(path="a.csv") as client:
        [first] = await versions(client)
        put("new", TEXT.replace(b"Ana", b"Bob"))
        Path("new").rename("a.csv")
        [second] = await versions(client)

    assert first["version"] != second["version"]


@pytest.mark.parametrize(
    ("content", "age"),
    [(TEXT, timedelta(minutes=9)), (b"", timedelta(days=7)), (TEXT, timedelta(days=-400))],
)
async def test_what_may_be_the_beginning_of_a_file_bounds_nothing(folder: Path, content, age):
    put("a.csv", content, NOW - age)
    async with opened(path="a.csv") as client:
        [noted] = await versions(client)
        put("a.csv", TEXT * 2, NOW - timedelta(minutes=1))
        [complete] = await versions(client, noted)

    assert "made" not in noted
    assert "since" not in complete


async def test_a_file_that_is_written_just_now_has_no_version_that_lasts(folder: Path):
    put("a.csv", at=NOW - timedelta(seconds=1))
    async with opened(path="a.csv") as client:
        [first] = await versions(client)
        client._clock = lambda: NOW + timedelta(minutes=1)
        [second] = await versions(client)
        [third] = await versions(client)

    assert first["version"] != second["version"] == third["version"]


async def test_a_file_that_changed_is_noted_with_the_time_of_the_one_before(folder: Path):
    async with opened(path="[ab].*") as client:
        before = await versions(client)
        put("a.csv", TEXT * 2, NOW - timedelta(days=1))
        changed, same = await versions(client, *before)

    assert changed["since"] == before[0]["made"]
    assert same == before[1]


async def test_a_file_that_vanished_while_a_run_reads_others_is_left_out(folder: Path):
    async with opened(path="*.csv") as client:
        page = await changes(client, Window(None, NOW, parts=("a.csv", "gone.csv")))
        rest = await changes(client, Window(None, NOW, parts=("a.csv", "gone.csv")), page.cursor)

    assert len(page.records) == 1
    assert (rest.cursor, rest.left_out) == (None, {"gone.csv": "it is there no more"})


async def test_files_elsewhere_are_found(memory: fsspec.AbstractFileSystem):
    for name in ("a.csv", "b.csv.gz", "c.txt", "sub/d.csv"):
        memory.pipe(f"/prices/{name}", TEXT)

    assert await names("memory://prices") == ["memory:///prices/a.csv", "memory:///prices/b.csv.gz"]
    assert await names("memory://prices/*.csv") == ["memory:///prices/a.csv"]
    assert await names("memory://prices/**/*.csv") == [
        "memory:///prices/a.csv",
        "memory:///prices/sub/d.csv",
    ]
    assert await names("memory://prices/c.txt") == ["memory:///prices/c.txt"]
    with pytest.raises(ConfigError, match="there is no file"):
        await names("memory://nothing/a.csv")


async def test_a_file_elsewhere_that_changed_has_another_version(memory: fsspec.AbstractFileSystem):
    memory.pipe("/prices/a.csv", TEXT)
    async with opened(path="memory://prices/a.csv") as client:
        [first] = await versions(client)
        memory.pipe("/prices/a.csv", TEXT)
        [second] = await versions(client)

    assert first["version"] != second["version"]


async def test_a_file_by_a_url_of_this_machine_is_read(folder: Path):
    async with opened(path=f"file://{folder}/a.csv") as client:
        page = await changes(client)

    assert [row["name"] for row in page.records] == ["Ana"]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (PermissionError("no"), Unauthorized),
        (TimeoutError("slow"), Unavailable),
        (KeyError("x"), Unavailable),
    ],
)
async def test_what_a_driver_says_is_sorted_by_what_can_be_done(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch, raised, told
):
    memory.pipe("/prices/a.csv", TEXT)
    monkeypatch.setattr(type(memory), "info", lambda *_, **__: (_ for _ in ()).throw(raised))

    with pytest.raises(told, match="memory://prices/a.csv"):
        await names("memory://prices/a.csv")


async def test_a_folder_elsewhere_that_may_not_be_listed_is_not_empty(
    memory: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        type(memory), "ls", lambda *_, **__: (_ for _ in ()).throw(PermissionError("no"))
    )

    with pytest.raises(Unauthorized, match=r"memory://prices/\*\.csv may not be read"):
        await names("memory://prices/*.csv")


async def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)

    with pytest.raises(ConfigError, match=r'needs a package .*pip install "crm-sync\[s3\]"'):
        await names("s3://bucket/a.csv")


async def test_a_kind_of_url_that_nobody_knows_is_told():
    with pytest.raises(ConfigError, match="Protocol not known"):
        await names("sthree://bucket/a.csv")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": 7}, "path = 7: must be a file, a folder or a pattern"),
        ({"path": []}, "must be a file"),
        ({}, "path is missing"),
        ({"path": "a.csv", "key": None}, "has no key"),
        ({"path": "a.csv", "key": []}, "has no key"),
        ({"path": "a.csv", "key": ["a", "a"]}, "must be the name of a column, or a list of names"),
        ({"path": "a.csv", "key": ["_line", "a"]}, "alone"),
        ({"path": "a.csv", "key": "_line", "snapshot": False}, "must be true where"),
        ({"path": "a.csv", "key": "Created At"}, "would be called created_at"),
        ({"path": "a.csv", "snapshot": "yes"}, 'snapshot = "yes": must be true or false'),
        ({"path": "a.csv", "updated_at": "id"}, "a column that is not in the key"),
        ({"path": "a.csv", "delimiter": "ab"}, 'delimiter = "ab": must be one character'),
        ({"path": "a.csv", "quote": "x"}, "no letter or digit"),
        ({"path": "a.csv", "delimiter": ";", "escape": ";"}, "must be different characters"),
        ({"path": "a.csv", "encoding": "shift_jis"}, "must be utf-8, utf-16 or a code page"),
        ({"path": "a.csv", "encoding": "klingon"}, "must be utf-8"),
        ({"path": "a.csv", "header": ["a", " a"]}, "a list of names, each there once"),
        ({"path": "a.csv", "skip_lines": -1}, "0 or more"),
        ({"path": "a.csv", "null": "x"}, "a list of texts"),
        ({"path": "a.csv", "decimal": ";"}, '"." or ","'),
        ({"path": "ftp://me:secret@host/a.csv"}, "must hold no user or password"),
        (
            {"path": "s3://b/a.csv", "storage": {"secret": "x"}},
            "storage.secret belongs into no file",
        ),
        ({"path": "s3://b/a.csv", "storage": "x"}, "must be a table"),
    ],
)
async def test_a_wrong_option_is_told_before_any_file_is_looked_for(options: dict, said: str):
    with pytest.raises(ConfigError, match=r"^\[list\.prices\]") as error:
        async with opened(**options):
            pass

    assert said in str(error.value)
    assert "secret@" not in str(error.value)


async def test_a_source_without_tables_is_told():
    with pytest.raises(ConfigError, match=r"\[list\] has no tables"):
        async with open_csv(SourceConfig("list", "csv"), {}, Unkept()):
            pass


def test_its_options_are_taken_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = tmp_path / "crm-sync.toml"
    place.write_text(
        '[list]\nkind = "csv"\npath = "x/*.csv"\n[list.prices]\nkey = "id"\nnull = ["-"]\n'
    )

    monkeypatch.setenv("CRM_SYNC_CONFIG", str(place))

    config = configured().source("list")

    assert config.options == {"path": "x/*.csv"}
    assert config.entity("prices").options == {"key": "id", "null": ["-"]}
    assert KINDS["csv"] is KIND

"""Which files a path names."""

import glob
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.github import Link, Module
from sources.errors import ConfigError, Refused
from sources.github_csv.listing import Listing
from sources.github_csv.patterns import fits, parted
from sources.http import Http
from sources.policy import Reply
from tests.sources.github_csv.conftest import REPO, Connect, Served

FILES: Mapping[str, str] = dict.fromkeys(
    (
        "top.csv",
        "data/a.csv",
        "data/b.CSV",
        "data/c.tsv",
        "data/d.csv.gz",
        "data/notes.txt",
        "data/.hidden.csv",
        "data/2025/jan.csv",
        "data/2025/q1/feb.csv",
        "data/2026/jan.csv",
        "data/with [odd] #?% name.csv",
        "other/a.csv",
    ),
    "id\n1\n",
)


@pytest.fixture
def commit(served: Served) -> str:
    return served.sandbox.commit(REPO, {**FILES, "data/leads.csv": None})


async def found(connected: Connect, commit: str, path: str) -> list[str]:
    async with connected() as repository:
        files = await Listing(repository, "x.y", path, commit).files()
    return [file.path for file in files]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("data/a.csv", ["data/a.csv"]),
        ("data/notes.txt", ["data/notes.txt"]),
        ("data/with [odd] #?% name.csv", None),
        (
            "data",
            [
                "data/a.csv",
                "data/b.CSV",
                "data/c.tsv",
                "data/d.csv.gz",
                "data/with [odd] #?% name.csv",
            ],
        ),
        ("", ["top.csv"]),
        ("*.csv", ["top.csv"]),
        ("data/*.csv", ["data/a.csv", "data/with [odd] #?% name.csv"]),
        ("data/?.csv", ["data/a.csv"]),
        ("data/[ab].*", ["data/a.csv", "data/b.CSV"]),
        ("data/[!a].csv", []),
        ("data/.*.csv", ["data/.hidden.csv"]),
        ("*/a.csv", ["data/a.csv", "other/a.csv"]),
        ("data/*/jan.csv", ["data/2025/jan.csv", "data/2026/jan.csv"]),
        ("data/**/jan.csv", ["data/2025/jan.csv", "data/2026/jan.csv"]),
        ("data/2025/**", ["data/2025/jan.csv", "data/2025/q1/feb.csv"]),
        ("**/*.csv.gz", ["data/d.csv.gz"]),
        ("nowhere/*.csv", []),
        ("data/nowhere.csv", []),
        ("data/a.csv/*.csv", []),
    ],
)
@pytest.mark.parametrize("most_in_tree", [100_000, 1])
async def test_a_path_is_a_file_a_folder_or_a_pattern(
    served: Served,
    connected: Connect,
    commit: str,
    path: str,
    names: list[str] | None,
    most_in_tree: int,
):
    served.sandbox.most_in_tree = most_in_tree

    if names:
        assert await found(connected, commit, path) == names
    else:
        with pytest.raises(ConfigError, match=r"x\.y: path = .* names no file in acorn/tables"):
            await found(connected, commit, path)


async def test_a_file_is_found_with_small_answers(served: Served, connected: Connect, commit: str):
    await found(connected, commit, "data/2025/jan.csv")

    assert [path.split("/")[4:5] for _, path, query, _ in served.sandbox.requests] == [["git"]] * 3
    assert {query for _, _, query, _ in served.sandbox.requests} == {""}


async def test_links_lead_to_files_of_the_repository(served: Served, connected: Connect):
    commit = served.sandbox.commit(
        REPO,
        {
            "data/latest.csv": Link("leads.csv"),
            "first.csv": Link("data/latest.csv"),
            "out.csv": Link("../../etc/passwd"),
            "absolute.csv": Link("/etc/passwd"),
            "gone.csv": Link("nowhere.csv"),
            "folder.csv": Link("data"),
            "round.csv": Link("round.csv"),
            "through.csv": Link("README.md/x.csv"),
            "other.csv": Module(),
        },
    )

    async with connected() as repository:
        files = await Listing(repository, "x.y", "*.csv", commit).files()
        [named] = await Listing(repository, "x.y", "data/latest.csv", commit).files()

    assert [(file.path, file.size) for file in (*files, named)] == [
        ("first.csv", 12),
        ("data/latest.csv", 12),
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("out.csv", "is a symbolic link, not a file"),
        ("other.csv", r"is a submodule \(another repository\), not a file"),
        ("linked/leads.csv", "leads through linked, which is a symbolic link"),
        ("other.csv/a.csv", "leads through other.csv, which is a submodule"),
        ("README.md/a.csv", "leads through README.md, which is a file"),
    ],
)
async def test_what_is_no_file_is_told(served: Served, connected: Connect, path: str, words: str):
    commit = served.sandbox.commit(
        REPO, {"out.csv": Link("../x"), "other.csv": Module(), "linked": Link("data")}
    )

    with pytest.raises(ConfigError, match=words):
        await found(connected, commit, path)


NAMES = st.text("ab.*?[]!-1", min_size=1, max_size=5).filter(lambda name: name.strip("."))


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=3))
def test_any_pattern_can_be_asked_for(pattern: list[str], path: list[str]):
    fits(pattern, "/".join(path))

    named, wild = parted("/".join(pattern))

    assert [*named, *wild] == pattern


@pytest.mark.parametrize(
    "pattern", ["*.csv", "a*", "**/*.csv", "*/a?.csv", "[ab]/**/*.csv", "[!a]*.csv", "*"]
)
def test_patterns_mean_what_they_mean_to_python(pattern: str, tmp_path: Path):
    places = (
        "a.csv",
        "b.csv",
        ".c.csv",
        "a/a1.csv",
        "a/b/c.csv",
        "b/a2.csv",
        "b/x",
        "c/.d/e.csv",
        "abc",
    )
    for place in places:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("")

    ours = {place for place in places if fits(pattern.split("/"), place)}
    theirs = {
        one
        for one in glob.glob(pattern, root_dir=tmp_path, recursive=True)  # noqa: PTH207
        if (tmp_path / one).is_file()
    }

    assert ours == theirs


@pytest.mark.parametrize("path", ["data", "data/*.csv", "data/a.csv", "**/a.csv"])
async def test_a_folder_of_which_only_a_part_is_told_is_refused(
    connected: Connect, commit: str, path: str, monkeypatch: pytest.MonkeyPatch
):
    inner = Http.request

    async def request(self: Http, *asked: Any, **options: Any) -> Reply:
        reply = await inner(self, *asked, **options)
        return replace(reply, body=reply.body.replace(b'"truncated":false', b'"truncated":true'))

    monkeypatch.setattr(Http, "request", request)

    with pytest.raises(Refused, match="has a folder of which GitHub tells but a part"):
        await found(connected, commit, path)


async def test_a_link_that_is_passed_over_is_told(
    served: Served, connected: Connect, caplog: pytest.LogCaptureFixture
):
    commit = served.sandbox.commit(REPO, {"data/old.csv": Link("nowhere.csv")})

    with caplog.at_level("WARNING", "crm_sync"):
        files = await found(connected, commit, "data")

    assert files == ["data/leads.csv"]
    assert "data/old.csv is a link that leads to no file of acorn/tables" in caplog.text

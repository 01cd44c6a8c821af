"""What `crm-sync.toml` may say of files on GitHub, and which variables are read."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from sources.config import EntityConfig, SourceConfig
from sources.errors import ConfigError
from sources.github_csv.asked import Asked
from sources.github_csv.settings import GithubSettings
from sources.github_csv.source import open_github_csv
from sources.keeping import FileKeeper
from sources.registry import configured, missing_variables, spellings_of, variables_of

KEEPER = FileKeeper(Path("unused"), "UNUSED", SecretStr("unused"))
EXAMPLE = """
[constituents]                              # CSV on GitHub
kind = "github_csv"
repo = "datasets/s-and-p-500-companies"
ref = "main"
[constituents.companies]
path = "data/constituents.csv"
key = "Symbol"
"""


def configured_as(source: dict, entity: dict) -> SourceConfig:
    return SourceConfig(
        "x", "github_csv", options=source, entities={"y": EntityConfig(options=entity)}
    )


def asked(**options) -> Asked:
    usual = {"repo": "acorn/tables", "path": "data/leads.csv", "key": "id"}
    given = {name: value for name, value in {**usual, **options}.items() if value is not None}
    return Asked.of(configured_as({}, given), "y")


def test_the_example_of_the_documentation_is_understood(tmp_path: Path, monkeypatch):
    (tmp_path / "crm-sync.toml").write_text(EXAMPLE)
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(tmp_path / "crm-sync.toml"))

    said = Asked.of(configured().source("constituents"), "companies")

    assert said.address == "datasets/s-and-p-500-companies@main:data/constituents.csv"


def test_a_table_may_say_what_its_source_does_not(tmp_path: Path):
    said = Asked.of(
        configured_as({"repo": "a/b", "path": "c.csv"}, {"ref": "v1", "path": "d.csv"}), "y"
    )

    assert said.address == "a/b@v1:d.csv"


@pytest.mark.parametrize(
    ("path", "taken"),
    [("data/", "data"), ("./a.csv", "a.csv"), (".", ""), ("./", ""), ("a b/*.csv", "a b/*.csv")],
)
def test_a_path_is_taken_from_the_top_of_the_repository(path: str, taken: str):
    assert asked(path=path).path == taken


def test_the_default_branch_is_read_unless_said():
    assert asked().address == "acorn/tables@HEAD:data/leads.csv"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("repo", None, r"\[x\.y\] repo is missing: give owner/name"),
        ("repo", "tables", r"\[x\.y\] repo = \"tables\": must be owner/name"),
        ("repo", "https://github.com/acorn/tables", "must be owner/name"),
        ("repo", "acorn/..", "must be owner/name"),
        ("repo", "acorn/a/b", "must be owner/name"),
        ("repo", 7, "repo = 7: must be owner/name"),
        ("ref", "", "must be a branch, a tag or a commit"),
        ("ref", "a b", "must be the name of a branch"),
        ("ref", "../main", "must be the name of a branch"),
        ("ref", "-x", "must be the name of a branch"),
        ("ref", True, "ref = true: must be a branch"),
        ("path", None, r"\[x\.y\] path is missing: give a file, a folder or a pattern"),
        ("path", "/data/a.csv", "from its top, without '..'"),
        ("path", "data/../a.csv", "from its top, without '..'"),
        ("path", "data//a.csv", "from its top, without '..'"),
        ("path", [], r"path = \[\]: must be a file"),
        ("delimiter", "abc", r"\[x\.y\] delimiter"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_value(key: str, value: object, words: str):
    with pytest.raises(ConfigError, match=words):
        asked(**{key: value})


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (SourceConfig("x", "github_csv", options={"repo": "a/b"}), r"\[x\] has no tables"),
        (configured_as({}, {"repo": "a/b", "path": "c.csv"}), "key"),
        (configured_as({"repo": "a"}, {"path": "c.csv", "key": "id"}), r"\[x\.y\] repo = \"a\""),
    ],
)
async def test_mistakes_are_told_before_anything_is_asked(config: SourceConfig, words: str):
    with pytest.raises(ConfigError, match=words):
        async with open_github_csv(config, {}, KEEPER):
            pass


def test_an_unknown_key_names_the_known_ones(tmp_path: Path, monkeypatch):
    path = tmp_path / "crm-sync.toml"
    path.write_text('[x]\nkind = "github_csv"\nrepo = "a/b"\nbranch = "main"\n[x.y]\npath = "c"\n')
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(path))

    with pytest.raises(ConfigError, match=r"\[x\] branch is no known key \(known: .*ref.*repo"):
        configured()


def test_the_variables_are_shared_unless_a_source_has_its_own():
    firms = SourceConfig("firms", "github_csv")

    assert spellings_of(firms)["TOKEN"] == ("GITHUB_CSV_FIRMS_TOKEN", "GITHUB_TOKEN")
    assert variables_of(firms) == {"TOKEN": "GITHUB_TOKEN", "BASE_URL": "GITHUB_BASE_URL"}
    assert variables_of(firms, {"GITHUB_CSV_FIRMS_TOKEN"})["TOKEN"] == "GITHUB_CSV_FIRMS_TOKEN"
    assert missing_variables(firms, ()) == []


@pytest.mark.parametrize(
    ("environment", "token", "url"),
    [
        ({}, "", "https://api.github.com"),
        ({"GITHUB_TOKEN": " t "}, "t", "https://api.github.com"),
        ({"GITHUB_TOKEN": ""}, "", "https://api.github.com"),
        ({"GITHUB_TOKEN": "t", "GITHUB_CSV_FIRMS_TOKEN": "own"}, "own", "https://api.github.com"),
        ({"GITHUB_TOKEN": "t", "GITHUB_BASE_URL": "https://ghe/api/v3"}, "t", "https://ghe/api/v3"),
    ],
)
def test_the_environment_says_where_and_as_whom(monkeypatch, environment, token, url):
    for name in ("GITHUB_TOKEN", "GITHUB_BASE_URL", "GITHUB_CSV_FIRMS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    settings = GithubSettings.of("GITHUB_CSV_FIRMS_")

    assert (settings.bare_token, settings.base_url) == (token, url)


def test_what_comes_from_a_block_counts():
    assert GithubSettings.of("GITHUB_CSV_FIRMS_", token="block").bare_token == "block"


@pytest.mark.parametrize(
    ("base", "lfs"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.github.com/", "https://github.com"),
        ("https://ghe.example.com/api/v3", "https://ghe.example.com"),
        ("https://api.acorn.ghe.com", "https://acorn.ghe.com"),
        ("https://api.example.com", "https://api.example.com"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
    ],
)
def test_large_files_are_asked_for_beside_the_api(base: str, lfs: str):
    assert GithubSettings(base_url=base).lfs_url == lfs

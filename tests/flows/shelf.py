"""What a test of a database holds: somebody's tables, the warehouse, and the command to sync."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sources.entity import Entity
from tasks.transform import transform
from tests.flows.vendor import VendorBench
from tests.tables import Tables, fixtures, tables


@contextmanager
def shelf(
    kind: str, source: str, request: pytest.FixtureRequest, url: str, home: Path
) -> Iterator[VendorBench]:
    """An empty database of a kind, an empty warehouse, and an environment that knows both."""
    with tables(kind, request, home) as theirs, pytest.MonkeyPatch.context() as patch:
        yield bench_of(theirs, source, theirs.url, patch, url, home)


def bench_of(
    theirs: Any, source: str, address: str, patch: pytest.MonkeyPatch, url: str, home: Path
) -> VendorBench:
    """A bench whose source is a database at an address."""
    patch.setenv("CRM_SYNC_CONFIG", str(home / "crm-sync.toml"))
    patch.setenv("WAREHOUSE_URL", url)
    patch.setenv(f"{source.upper()}_DATABASE_URL", address)
    # Nobody has to wait.
    patch.setenv(f"{source.upper()}_RETRY_WAIT", "0.01")
    bench = VendorBench(theirs, url, str(home), source)
    bench.config()
    return bench


def filled(theirs: Tables, source: str, *entities: Entity, **how: Any) -> None:
    """Make the tables of entities and put the committed records into them."""
    for entity in entities:
        theirs.create(entity, **how)
        theirs.put(entity.name, *fixtures(source, entity))


def expected(source: str, entity: Entity) -> list[dict[str, Any]]:
    """The committed records as their columns hold them."""
    rows = transform(entity, fixtures(source, entity)).rows.select(entity.columns)
    return [_as_stored(entity, row) for row in rows.iter_rows(named=True)]


def stored(bench: VendorBench, entity: Entity) -> list[dict[str, Any]]:
    """The rows of an entity's table, declared columns alone."""
    names = ", ".join(f'"{name}"' for name in entity.columns)
    order = ", ".join(f'"{name}"' for name in entity.key)
    return bench.rows(f"select {names} from {bench.source}.{entity.name} order by {order}")


def keys(bench: VendorBench, entity: Entity, *, living: bool = True) -> set[str]:
    """The first columns of the keys stored in an entity's table."""
    [key, *_] = entity.key
    where = "is null" if living else "is not null"
    query = f"select {key} as key from {bench.source}.{entity.name} where deleted_at {where}"
    return {row["key"] for row in bench.rows(query)}


def _as_stored(entity: Entity, row: dict[str, Any]) -> dict[str, Any]:
    found = dict(row)
    for field in entity.fields:
        value = row[field.name]
        if value is not None and field.kind == "decimal":
            found[field.name] = Decimal(value)
        elif value is not None and field.kind == "json":
            found[field.name] = json.loads(value)
    return found

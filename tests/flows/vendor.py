"""What a test of one further CRM holds: its look-alike, the database, and the command to sync."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.result import Result
from tests.flows.harness import Bench


@dataclass
class VendorBench(Bench):
    """A bench whose source is not HubSpot."""

    sandbox: Any
    source: str = ""

    def sync(self, *entities: str, source: str = "", **options: Any) -> list[Result]:
        return super().sync(*entities, source=source or self.source, **options)

    def config(self, **settings: Any) -> None:
        """Write the configuration of this source; a dict is an entity's table."""
        super().config(**settings)
        place = Path(self.home, "crm-sync.toml")
        place.write_text(place.read_text().replace("[hubspot", f"[{self.source}"))

    def keys(self, table: str, *, living: bool = True) -> set[str]:
        """The ids stored in a table."""
        where = "where deleted_at is null" if living else "where deleted_at is not null"
        return {
            str(row["id"]) for row in self.rows(f"select id from {self.source}.{table} {where}")
        }


@contextmanager
def vendor_bench(
    sandbox: Any, source: str, url: str, home: Path, **environment: str
) -> Iterator[VendorBench]:
    """A look-alike that is served, an empty warehouse, and an environment that knows both."""
    with sandbox.serve() as base, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_SYNC_CONFIG", str(home / "crm-sync.toml"))
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv(f"{source.upper()}_BASE_URL", base)
        # Nobody has to wait.
        patch.setenv(f"{source.upper()}_RETRY_WAIT", "0.01")
        for name, value in environment.items():
            patch.setenv(name, value)
        bench = VendorBench(sandbox, url, str(home), source)
        bench.config()
        yield bench


# Every entity is struck by this one: it fails a run when it lasts, and passes when it does not.
EVERYWHERE = "server_error"


def strikes(
    names: Collection[str], troubles: Collection[tuple[Any, ...]], by_way: Collection[str]
) -> list[tuple[Any, ...]]:
    """Each trouble for one entity per way of reading (`by_way`), one trouble for all the others."""
    assert set(by_way) <= set(names)
    return [
        (name, *trouble)
        for name in names
        for trouble in troubles
        if name in by_way or trouble[0] == EVERYWHERE
    ]


def counted(result: Result) -> tuple[int, int, int]:
    """What a run created, updated and failed at."""
    return tuple(result.row[f"records_{what}"] for what in ("created", "updated", "failed"))

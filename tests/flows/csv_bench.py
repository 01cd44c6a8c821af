"""A folder of CSV files, a warehouse, and the command to sync."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.result import Result
from tests.flows.harness import Bench

LONG_AGO = 1_700_000_000


@dataclass
class CsvBench(Bench):
    """A bench whose source `list` reads files in a folder of its own; `tables` are those of crm-sync.toml."""

    files: Path = Path()

    def tables(self, text: str) -> None:
        """Write crm-sync.toml; {files} is the folder."""
        head = '[list]\nkind = "csv"\n'
        place = Path(self.home, "crm-sync.toml")
        place.write_text(head + text.replace("{files}", self.files.as_posix()))

    def write(self, name: str, content: str | bytes, age: float | None = None) -> Path:
        """A file that was written long ago, or so many seconds ago."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        written = (
            time.time() - age if age is not None else LONG_AGO + len(list(self.files.iterdir()))
        )
        os.utime(path, (written, written))
        return path

    def sync(self, *entities: str, source: str = "list", **options: Any) -> list[Result]:
        return super().sync(*entities, source=source, **options)

    def prices(self, *columns: str, where: str = "deleted_at is null") -> list[tuple[Any, ...]]:
        """What is stored of living prices, by their keys."""
        said = ", ".join(columns or ("sku", "price"))
        rows = self.rows(f"select {said} from list.prices where {where} order by sku")
        return [tuple(row.values()) for row in rows]

    def rejects(self) -> list[dict[str, Any]]:
        """What is open of rejected records."""
        return self.rows(
            "select reason, raw::text as raw from ingestion_rejected_record"
            " where resolved_at is null order by id"
        )


@contextmanager
def csv_bench(url: str, home: Path) -> Iterator[CsvBench]:
    """An empty folder and an empty warehouse."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_SYNC_CONFIG", str(home / "crm-sync.toml"))
        patch.setenv("WAREHOUSE_URL", url)
        files = home / "files"
        files.mkdir()
        yield CsvBench(None, url, str(home), files)


def counts(result: Result) -> tuple[int, int, int, int]:
    """What a run processed, created, updated and failed at."""
    kinds = ("processed", "created", "updated", "failed")
    return tuple(result.row[f"records_{kind}"] for kind in kinds)

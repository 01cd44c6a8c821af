"""A warehouse, a sandbox CRM and the shared sync body between them, without Prefect's server."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from flows import progress
from flows.options import SyncOptions, parse_since
from flows.result import Result
from flows.sync import sync_source
from sandbox.hubspot import HubspotSandbox
from tasks.steps import PLAIN


@dataclass
class Collector(progress.Listener):
    """A progress listener that keeps the results."""

    results: list[Result] = field(default_factory=list)

    def concluded(self, results: Sequence[Result]) -> None:
        self.results = list(results)


@dataclass
class Bench:
    """What a test holds in its hands: the CRM, the database, and the command to sync."""

    sandbox: HubspotSandbox
    url: str
    home: str

    def sync(self, *entities: str, source: str = "hubspot", **options: Any) -> list[Result]:
        return asyncio.run(self.sync_async(*entities, source=source, **options))

    async def sync_async(
        self, *entities: str, source: str = "hubspot", **options: Any
    ) -> list[Result]:
        options["since"] = parse_since(options.get("since"))
        collector = Collector()
        with progress.listening(collector):
            await sync_source(source, entities, SyncOptions(**options), PLAIN)
        return collector.results

    def config(self, **settings: Any) -> None:
        """Write the configuration of source hubspot; a dict is an entity's table."""
        lines = ["[hubspot]", "rate_limit = { requests = 10000, seconds = 1 }"]
        tables = {name: value for name, value in settings.items() if isinstance(value, dict)}
        lines += [
            f"{name} = {json.dumps(value)}"
            for name, value in settings.items()
            if name not in tables
        ]
        for name, table in tables.items():
            fields = table.pop("fields", {})
            lines.append(f"[hubspot.{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
            lines.append(f"[hubspot.{name}.fields]")
            lines += [f'"{path}" = {_toml(value)}' for path, value in fields.items()]
        Path(self.home, "crm-sync.toml").write_text("\n".join(lines))

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        found = self.rows(query, *values)
        return next(iter(found[0].values())) if found else None

    def execute(self, query: str, *values: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(query, values)

    def live(self, table: str = "hubspot.contacts") -> set[int]:
        return {row["id"] for row in self.rows(f"select id from {table} where deleted_at is null")}

    def truth(self, kind: str = "contacts") -> set[int]:
        return set(map(int, self.sandbox.truth(kind)))

    def requests(self, kind: str = "", after: int = 0) -> list[tuple[str, str, Any, int]]:
        """The data requests of one object type that the sandbox answered."""
        return [r for r in self.sandbox.requests[after:] if f"/objects/{kind}" in r[1]]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {json.dumps(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)

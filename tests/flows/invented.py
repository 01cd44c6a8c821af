"""A source that exists in memory alone: what the shared rules do is seen without any vendor's ways."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sources.entity import Entity, Field
from sources.kind import SourceKind
from sources.page import Account, Catalogue, Page, Quota, Reading, Record, Window

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
THINGS = Entity(
    "things",
    "things",
    (
        Field("id", "integer", required=True),
        Field("name"),
        Field("updated_at", "datetime"),
    ),
    deleted="deleted",
)


def thing(key: int, name: str = "x", at: datetime = NOW - timedelta(days=9)) -> Record:
    return {"id": str(key), "name": name, "updated_at": at.isoformat()}


@dataclass
class Invented:
    """The vendor: its things, and what it was asked. `serve` may answer readings its own way."""

    entity: Entity = THINGS
    things: dict[int, Record] = field(default_factory=dict)
    now: datetime = NOW
    asked: list[tuple[Reading, bool, str | None]] = field(default_factory=list)
    serve: Callable[[Reading, Window, str | None, Sequence[str]], Page | None] | None = None

    def add(self, *keys: int, **how: Any) -> None:
        self.things |= {key: thing(key, **how) for key in keys}

    async def account(self) -> Account:
        return Account("1", self.now, "v1")

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        return Catalogue([self.entity])

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        return entity

    async def quota(self) -> Quota | None:
        return None

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        self.asked.append((reading, window.since is None, cursor))
        if self.serve and (page := self.serve(reading, window, cursor, keys)):
            return page
        match reading:
            case "by_id":
                return Page([self.things[int(key)] for key in keys if int(key) in self.things])
            case "changes":
                since = window.since
                return Page(
                    [
                        one
                        for one in self.things.values()
                        if since is None or datetime.fromisoformat(one["updated_at"]) >= since
                    ]
                )
            case _:
                return Page([])

    def kind(self) -> SourceKind:
        @asynccontextmanager
        async def opened(*_: Any) -> AsyncIterator["Invented"]:
            yield self

        return SourceKind(
            "invented",
            {self.entity.name: self.entity},
            (),
            ((),),
            opened,
            options=frozenset({"census_every", "calculated_every"}),
        )

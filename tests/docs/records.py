"""What an account's records say, read one by one, without any SQL."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from sandbox.hubspot import HubspotSandbox, Record


class Stage(NamedTuple):
    """What a stage is called, and what it means for a record to be in it."""

    label: str
    pipeline: str
    closed: bool
    probability: Decimal | None

    @property
    def won(self) -> bool:
        return self.closed and self.probability == 1


class Owner(NamedTuple):
    """An owner as an answer shows them."""

    id: int | None
    name: str | None = None
    left: bool = False
    team: str | None = None


@dataclass
class Records:
    """The account, read record by record; `now` is the moment of asking."""

    sandbox: HubspotSandbox
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    known: dict[tuple[str, str], Stage] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)

    def learn(self) -> None:
        """Keep what the stages are and who is in which team; what is removed later stays known."""
        for key, owner in self.sandbox.owners().items():
            if owner["teams"]:
                self.teams[key] = owner["teams"][0]["name"]
        for name in ("deals", "tickets"):
            for pipeline in self.sandbox.pipelines(name):
                for one in pipeline["stages"]:
                    told = one["metadata"]
                    likely = Decimal(told["probability"]) if "probability" in told else None
                    closed = told.get("isClosed") == "true"
                    stage = Stage(one["label"], pipeline["label"], closed, likely)
                    self.known[name, one["id"]] = stage

    def alive(self, name: str) -> Iterator[tuple[int, Record]]:
        return ((int(key), record) for key, record in self.sandbox.truth(name).items())

    def deals(self) -> Iterator[tuple[int, Record, Stage | None]]:
        for key, deal in self.alive("deals"):
            yield key, deal, self.known.get(("deals", text(deal, "dealstage") or ""))

    def open_deals(self) -> Iterator[tuple[int, Record, Stage | None]]:
        return (one for one in self.deals() if one[2] is None or not one[2].closed)

    def won_deals(self) -> Iterator[tuple[int, Record]]:
        return ((key, deal) for key, deal, stage in self.deals() if stage and stage.won)

    def linked(self, from_type: str, to_type: str) -> dict[int, set[int]]:
        """To whom a record is linked in any way."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for from_id, theirs, to_id, *_ in self.sandbox.links(from_type):
            if theirs == to_type:
                found[from_id].add(to_id)
        return found

    def owner(self, record: Record) -> Owner:
        key = text(record, "hubspot_owner_id")
        told = self.sandbox.owners().get(key or "")
        if key is None or told is None:
            return Owner(int(key) if key else None)
        name = " ".join(filter(None, (told["firstName"], told["lastName"]))) or told["email"]
        return Owner(int(key), name, told["archived"], self.teams.get(key))

    def label(self, name: str, of: str, value: str | None) -> str | None:
        choices = dict(self.sandbox.store.shelf(name).properties[of].choices)
        return choices.get(value or "", value)


def text(record: Record, name: str) -> str | None:
    return record.properties.get(name, "").replace("\x00", "") or None


def number(record: Record, name: str) -> Decimal | None:
    try:
        return Decimal(record.properties.get(name, ""))
    except InvalidOperation:
        return None


def moment(record: Record, name: str) -> datetime | None:
    told = record.properties.get(name, "")
    if told.isdigit():
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(told))
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        return None


def full_name(person: Record) -> str:
    return " ".join(filter(None, (text(person, "firstname"), text(person, "lastname"))))


def primary_company(records: Records) -> dict[int, Any]:
    """The name of the company that each deal belongs to first."""
    companies = dict(records.alive("companies"))
    return {
        deal: text(companies[to_id], "name")
        for deal, theirs, to_id, _, _, label in records.sandbox.links("deals")
        if theirs == "companies" and label == "Primary"
    }

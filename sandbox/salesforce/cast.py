"""Who and what there is to choose from while an org is invented."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.salesforce.words import (
    FIRM_KINDS,
    FIRM_WORDS,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
    STREETS,
)

FIRST = datetime(2023, 1, 2, 9, tzinfo=UTC)
LAST = datetime(2026, 10, 30, 18, tzinfo=UTC)

Fields = dict[str, Any]


@dataclass
class Cast:
    """What was invented so far, by object: ids, and what was said of each."""

    chance: random.Random
    made: dict[str, dict[str, Fields]] = field(default_factory=dict)

    def of(self, name: str) -> dict[str, Fields]:
        """The records of an object, by id."""
        return self.made.setdefault(name, {})

    def one(self, name: str) -> str | None:
        """One of them."""
        return self.chance.choice(list(self.of(name))) if self.of(name) else None

    def moment(self, after: datetime = FIRST, days: int = 0) -> datetime:
        """Some time after another, before the end of the story."""
        end = min(after + timedelta(days=days), LAST) if days else LAST
        seconds = max(int((end - after).total_seconds()), 1)
        return after + timedelta(seconds=self.chance.randrange(seconds))

    def day(self, year: int, years: int) -> date:
        """Some day."""
        return date(year, 1, 1) + timedelta(days=self.chance.randrange(365 * years))

    def money(self, most: int) -> Decimal:
        """An amount."""
        return Decimal(self.chance.randrange(100 * most)) / 100

    def several(self, *options: str) -> str:
        """Some of several choices."""
        return ";".join(self.chance.sample(options, self.chance.randrange(1, len(options))))

    def some(self, fields: Fields) -> Fields:
        """Most of the fields; the others were never filled in."""
        return {name: value for name, value in fields.items() if self.chance.random() < 0.7}

    def person(self) -> tuple[str, str]:
        """A first and a last name."""
        return self.chance.choice(FIRST_NAMES), self.chance.choice(LAST_NAMES)

    def firm(self) -> str:
        """A firm's name."""
        return f"{self.chance.choice(FIRM_WORDS)} {self.chance.choice(FIRM_KINDS)}"

    def address(self, prefix: str) -> Fields:
        """The parts of an address."""
        city, state, code = self.chance.choice(PLACES)
        street = f"{self.chance.randrange(1, 999)} {self.chance.choice(STREETS)} Street"
        parts = {"Street": street, "City": city, "State": state, "PostalCode": code}
        return {f"{prefix}{name}": value for name, value in (parts | {"Country": "USA"}).items()}

    def phone(self) -> str:
        """A number nobody answers at."""
        return f"(555) 01{self.chance.randrange(10)}-{self.chance.randrange(10_000):04d}"


def plain(text: str) -> str:
    """A name as it goes into an address."""
    letters = (letter for letter in text.lower() if letter.isascii() and letter.isalpha())
    return "".join(letters) or "x"

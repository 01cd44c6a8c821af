"""Very many contacts in little time and memory: each is written only when a page of them is asked for."""

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sandbox.salesforce import inventions
from sandbox.salesforce.cast import FIRST, Cast
from sandbox.salesforce.fields import COMPOUND, Field
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.store import Store
from sandbox.salesforce.values import Values, as_csv, stored, written

SAMPLES = 200  # people the contacts are mixed from
SPAN = timedelta(days=1300)


@dataclass(frozen=True)
class Contacts:
    """So many contacts with so many fields, made from samples."""

    count: int
    fields: tuple[Field, ...]
    samples: tuple[Values, ...]

    def lines(self, names: Sequence[str]) -> "ContactLines":
        """The contacts as lines with some columns."""
        by_name = {one.name: one for one in self.fields}
        chosen = [by_name[name] for name in names]
        return ContactLines(self.count, tuple(_template(chosen, one) for one in self.samples))


@dataclass(frozen=True)
class ContactLines:
    """Lines of CSV, made when they are asked for."""

    count: int
    templates: tuple[str, ...]

    def __len__(self) -> int:
        return self.count

    def between(self, begin: int, end: int) -> list[str]:
        """Some of them."""
        return [self._line(number) for number in range(begin, min(end, self.count))]

    def _line(self, number: int) -> str:
        made = FIRST + SPAN * (number / self.count)
        return self.templates[number % len(self.templates)] % {
            "id": make_id("003", number + 1),
            "number": number,
            "made": written(made, "Z"),
            "changed": written(made + timedelta(minutes=number % 9999), "Z"),
        }


def contacts(store: Store, count: int, fields: int) -> Contacts:
    """Give an org so many contacts with so many fields, and nobody else."""
    definition = store.shelf("Contact").definition
    plain = [one for one in definition.fields if one.type not in COMPOUND]
    extra = [Field(f"Answer_{n:03d}__c", custom=True) for n in range(fields - len(plain))]
    shown = tuple([*plain, *extra][:fields])
    store.declare(type(definition)("Contact", "003", shown))
    cast = Cast(random.Random(7))
    return Contacts(count, shown, tuple(_sample(cast, shown, n) for n in range(SAMPLES)))


def _sample(cast: Cast, fields: Sequence[Field], number: int) -> Values:
    person = inventions.contact(cast, number, FIRST)
    # Long texts would make of it a benchmark of long texts.
    person |= {"Description": "Met at the fair."}
    person |= {one.name: f"answer {number % 7}" for one in fields if one.name[:7] == "Answer_"}
    return {one.name: stored(one, person.get(one.name)) for one in fields}


def _template(fields: Sequence[Field], sample: Values) -> str:
    """A line as a pattern: what differs between contacts is filled in."""
    marks = {
        "Id": "%(id)s",
        "Email": "person.%(number)d@example.com",
        "CreatedDate": "%(made)s",
        "LastModifiedDate": "%(changed)s",
        "SystemModstamp": "%(changed)s",
    }
    cells = [
        marks[one.name] if one.name in marks else as_csv(one, sample).replace("%", "%%")
        for one in fields
    ]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return out.getvalue()

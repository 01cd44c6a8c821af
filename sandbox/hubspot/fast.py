"""Very many contacts in little time and memory: each is made as the bytes it is answered with."""

import random
from collections.abc import Callable

from sandbox.hubspot import people
from sandbox.hubspot.catalogue import CONTACTS
from sandbox.hubspot.moments import iso
from sandbox.hubspot.packed import pack
from sandbox.hubspot.properties import NON_SENSITIVE, Property
from sandbox.hubspot.records import Record
from sandbox.hubspot.seed import FIRST, LAST
from sandbox.hubspot.store import Store

LOWEST_ID = 501
WIDEST_GAP = 40  # ids have holes, as real ones do
SAMPLES = 500  # people the contacts are mixed from


def fill(store: Store, contacts: int, properties: int, seed: int) -> None:
    """Give an account so many contacts with so many properties, the stamps included."""
    shown = _properties(store, properties)
    store.declare(CONTACTS, shown)
    names = sorted(prop.name for prop in shown)
    chance = random.Random(seed)
    templates = [_template(chance, number, names, shown) for number in range(SAMPLES)]
    store.plant("contacts", _records(chance, templates, names, contacts))


def _properties(store: Store, count: int) -> list[Property]:
    """The stamps first, then the usual ones, then as many invented ones as are missing."""
    kind = CONTACTS
    known = [
        prop
        for prop in store.shelf(kind.name).properties.values()
        if prop.sensitivity == NON_SENSITIVE and not prop.archived
    ]
    known.sort(key=lambda prop: (prop.name not in kind.always, prop.name not in kind.defaults))
    if count < len(kind.always):
        raise ValueError(f"A contact has at least {len(kind.always)} properties")
    more = [Property(f"survey_answer_{n:03d}", custom=True) for n in range(count - len(known))]
    return [*known, *more][:count]


def _template(
    chance: random.Random, number: int, names: list[str], shown: list[Property]
) -> Callable[[int, int, int, int], bytes]:
    """A person as a pattern: what differs between contacts is filled in."""
    person = people.contact(chance, number, FIRST)
    person |= {prop.name: f"answer {number % 7}" for prop in shown if prop.name[:7] == "survey_"}
    person |= {
        "email": "<email>",
        "referral_code": "<code>",
        "website": "https://example.org/<code>",
    }
    person |= {
        "hs_object_id": "<id>",
        "createdate": "<made>",
        "lastmodifieddate": "<changed>",
    }
    parts = ",".join(f'"{name}":{_quoted(person.get(name))}' for name in names)
    text = '{"id":"<id>","properties":{' + parts + '},"createdAt":"<made>","updatedAt":"<changed>",'
    text = (text + '"archived":false').replace("%", "%%")
    for mark, pattern in (
        ("<id>", "%(id)d"),
        ("<email>", f"{people.plain(person['firstname'])}.%(number)d@example.com"),
        ("<code>", "REF-%(number)06d"),
        ("<made>", "%(made)s"),
        ("<changed>", "%(changed)s"),
    ):
        text = text.replace(mark, pattern)
    pattern = text

    def render(id: int, number: int, made: int, changed: int) -> bytes:
        values = {
            "id": id,
            "number": number,
            "made": iso(made),
            "changed": iso(changed),
        }
        return (pattern % values).encode()

    return render


def _quoted(value: str | None) -> str:
    return "null" if value is None else '"' + value.replace('"', "'") + '"'


def _records(
    chance: random.Random,
    templates: list[Callable[[int, int, int, int], bytes]],
    names: list[str],
    count: int,
) -> list[Record]:
    """Contacts with ascending ids, whose stamps are in no relation to the ids."""
    made: list[Record] = []
    record_id = LOWEST_ID
    for number in range(count):
        record_id += 1 + int(chance.random() * WIDEST_GAP)
        created = FIRST + int(chance.random() * (LAST - FIRST))
        updated = created + int(chance.random() * (LAST - created))
        packed = templates[number % SAMPLES](record_id, number, created, updated)
        made.append(pack(record_id, created, updated, packed, names))
    return made

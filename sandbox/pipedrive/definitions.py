"""What an account's records are made of: the vendor's fields, and those the account added."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sandbox.pipedrive.kind import Kind
from sandbox.pipedrive.kinds import KINDS

# By which words of a name the vendor's own fields get their type; anything else is a varchar.
_TYPES = {
    "owner_id": "user",
    "creator_user_id": "user",
    "user_id": "user",
    "org_id": "org",
    "organization_id": "org",
    "person_id": "people",
    "stage_id": "stage",
    "value": "monetary",
    "status": "status",
    "visible_to": "visible_to",
    "label_ids": "set",
    "probability": "int",
    "address": "address",
    "picture_id": "picture",
}
_ENDINGS = (("_time", "date"), ("_date", "date"), ("_count", "int"), ("_id", "int"))
_FIRST_OPTION = 17


@dataclass(frozen=True)
class Option:
    """A choice of a field."""

    id: int | str
    label: str
    color: str | None = None

    def document(self) -> dict[str, Any]:
        """The choice as the API shows it."""
        return {"id": self.id, "label": self.label, "color": self.color}


@dataclass(frozen=True)
class Definition:
    """A field: `custom` ones are the account's, `optional` ones must be asked for."""

    code: str
    name: str
    type: str = "varchar"
    options: tuple[Option, ...] = ()
    custom: bool = False
    optional: bool = False

    def document(self) -> dict[str, Any]:
        """The field as version 2 shows it."""
        return {
            "field_name": self.name,
            "field_code": self.code,
            "description": None,
            "field_type": self.type,
            "options": [option.document() for option in self.options] or None,
            "subfields": None,
            "is_custom_field": self.custom,
            "is_optional_response_field": self.optional,
        }

    def old_document(self, number: int) -> dict[str, Any]:
        """The field as version 1 shows it."""
        shown = {
            "id": number,
            "key": self.code,
            "name": self.name,
            "field_type": self.type,
            "edit_flag": self.custom,
            "active_flag": True,
            "mandatory_flag": False,
            "add_time": "2023-01-02 09:00:00",
            "update_time": "2023-01-02 09:00:00",
        }
        options = [option.document() for option in self.options]
        return {**shown, "options": options} if options else shown


STATUS = tuple(Option(word, word.capitalize()) for word in ("open", "won", "lost", "deleted"))
VISIBLE_TO = (
    Option("1", "Item owner"),
    Option("3", "All users"),
    Option("5", "Item owner's visibility group and sub-groups"),
    Option("7", "Entire company"),
)
LABELS = {
    "deals": (Option(1, "Hot", "red"), Option(2, "Warm", "yellow"), Option(3, "Cold", "blue")),
    "persons": (Option(5, "Customer", "green"), Option(6, "Hot lead", "red")),
    "organizations": (Option(8, "Customer", "green"), Option(9, "Supplier", "purple")),
}
Fresh = tuple[str, str, str, tuple[str, ...]]  # of which kind, name, type, labels of the options
STANDARD: tuple[Fresh, ...] = (
    ("deals", "Priority", "enum", ("Low", "High", "Urgent")),
    ("deals", "Materials", "set", ("Shingle", "Metal", "Tile", "Slate")),
    ("deals", "Referral code", "varchar", ()),
    ("deals", "Roof area (m²)", "double", ()),
    ("deals", "Crew size", "int", ()),
    ("deals", "Budget", "monetary", ()),
    ("deals", "Install on", "date", ()),
    ("deals", "Site visit", "daterange", ()),
    ("deals", "Call at", "time", ()),
    ("deals", "Site address", "address", ()),
    ("deals", "Gate phone", "phone", ()),
    ("deals", "Inspector", "user", ()),
    ("persons", "Favorite color", "enum", ("Red", "Green", "Blue")),
    ("persons", "Interests", "set", ("Roofing", "Siding", "Solar")),
    ("persons", "Tax number", "varchar", ()),
    ("organizations", "Tier", "enum", ("Gold", "Silver", "Bronze")),
    ("organizations", "Contract value", "monetary", ()),
    ("products", "Warranty years", "int", ()),
)


class Fields:
    """The definitions of one account, by kind of record and code."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbers = count(1)
        self._options = count(_FIRST_OPTION)
        self.of: dict[str, dict[str, Definition]] = {
            kind.name: {one.code: one for one in _own(kind)} for kind in KINDS.values()
        }
        for fresh in STANDARD:
            self.add(*fresh)

    def add(self, kind: str, name: str, type: str, labels: Sequence[str] = ()) -> str:
        """Add a field of the account's own and return its code."""
        text = f"{self._seed} {kind} {next(self._numbers)} {name}"
        code = hashlib.sha1(text.encode()).hexdigest()
        options = tuple(Option(next(self._options), label) for label in labels)
        self.of[kind][code] = Definition(code, name, type, options, custom=True)
        return code

    def rename(self, kind: str, code: str, name: str) -> None:
        """Call a field something else."""
        self.of[kind][code] = replace(self.of[kind][code], name=name)

    def remove(self, kind: str, code: str) -> None:
        """Remove a field, and with it what records hold there."""
        del self.of[kind][code]

    def remove_option(self, kind: str, code: str, option: int | str) -> None:
        """Remove a choice; records may still hold it."""
        known = self.of[kind][code]
        left = tuple(one for one in known.options if one.id != option)
        self.of[kind][code] = replace(known, options=left)

    def custom(self, kind: str) -> Mapping[str, Definition]:
        """The account's own fields of a kind; leads have those of deals."""
        fields = self.of["deals" if kind == "leads" else kind]
        return {code: one for code, one in fields.items() if one.custom}

    def code_of(self, kind: str, name: str) -> str:
        """The code of the field that is called so now."""
        return next(code for code, one in self.of[kind].items() if one.name == name)

    def shown(self, kind: str) -> list[Definition]:
        """All definitions of a kind, as the API lists them."""
        inherited = self.custom("deals").values() if kind == "leads" else ()
        return [*self.of[kind].values(), *inherited]


def _own(kind: Kind) -> list[Definition]:
    """The vendor's fields of a kind."""
    if not kind.fields:
        return []
    names = ("id", *kind.blank, kind.added, kind.changed)
    found = [_definition(kind, name, optional=False) for name in names]
    known = {one.code for one in found}
    found += [_definition(kind, name, optional=True) for name in kind.optional if name not in known]
    return found


def _definition(kind: Kind, name: str, *, optional: bool) -> Definition:
    known = _TYPES.get(name) or next((t for end, t in _ENDINGS if name.endswith(end)), "varchar")
    options = {"status": STATUS, "visible_to": VISIBLE_TO, "label_ids": LABELS.get(kind.name, ())}
    title = name.removesuffix("_id").replace("_", " ").capitalize()
    return Definition(name, title, known, options.get(name, ()), optional=optional)

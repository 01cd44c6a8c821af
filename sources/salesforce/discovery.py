"""What an org says of its objects: which fields there are for this user, and what becomes of each.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from sources.entity import Entity, Field
from sources.errors import BadAnswer
from sources.salesforce.shapes import DELETED

KIND_OF_TYPE = {
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "double": "decimal",
    "currency": "decimal",
    "percent": "decimal",
    "date": "date",
    "datetime": "datetime",
    "email": "email",
    "phone": "phone",
    "url": "url",
}
# Made of other fields, which are columns themselves; or files.
NOT_SELECTED = frozenset({"address", "location", "base64"})
ENCRYPTED = "encryptedstring"
# What tells when a record changed, the best first: https://help.salesforce.com/s/articleView?id=000387261.
STAMPS = ("SystemModstamp", "LastModifiedDate", "CreatedDate", "LoginTime")
_OWN_SUFFIX = re.compile(r"__[a-z]{1,3}$")


@dataclass(frozen=True, slots=True)
class Described:
    """An object as `describe` shows it to this user: the types of its fields, and what it can do."""

    types: Mapping[str, str]
    fields: Sequence[Mapping[str, Any]]
    replicateable: bool

    @classmethod
    def of(cls, document: Any) -> "Described":
        """What an answer says; raises BadAnswer."""
        fields = document.get("fields") if isinstance(document, dict) else None
        if not isinstance(fields, list) or not all("name" in one for one in fields):
            raise BadAnswer("Salesforce's description of an object has no fields")
        chosen = [one for one in fields if one.get("type") not in NOT_SELECTED]
        types = {str(one["name"]): str(one.get("type")) for one in chosen}
        # Where nothing is said of it, the list of deletions is asked; a refusal is told.
        return cls(types, chosen, document.get("replicateable") is not False)

    @property
    def stamp(self) -> str:
        """The field that tells when a record changed; '' where there is none."""
        return next((name for name in STAMPS if name in self.types), "")


def described(entity: Entity, found: Described) -> Entity:
    """The entity with a column per custom field; undeclared standard ones are asked for `extra`.

    `properties = "all"` makes columns of those too, `"declared"` asks for nothing else; `include` adds
    columns, `exclude` keeps fields from being asked at all. Beyond the budget they go to `extra`.
    A declared field that is not described stays declared: who lost the right to see it keeps the data.
    """
    choice = entity.choice
    declared = {field.path for field in entity.fields}
    by_name = {str(one["name"]): one for one in found.fields}
    columns: list[Field] = []
    asked: list[str] = []
    for name in sorted(by_name, key=lambda n: (not by_name[n].get("custom"), n)):
        if name in declared or name == DELETED or _matches(name, choice.exclude):
            continue
        included = _matches(name, choice.include)
        if choice.properties == "declared" and not included:
            continue
        wanted = included or by_name[name].get("custom") or choice.properties == "all"
        if wanted and len(columns) < choice.column_budget:
            columns.append(_field(by_name[name]))
        else:
            asked.append(name)
    # Names may clash with declared ones; the warehouse settles that (`warehouse/names.py`).
    return replace(
        entity,
        fields=(*_as_described(entity.fields, by_name), *columns),
        asked=tuple(asked),
        calculated=tuple(name for name in asked if by_name[name].get("calculated")),
        changed_property=found.stamp,
    )


def _as_described(
    fields: Iterable[Field], by_name: Mapping[str, Mapping[str, Any]]
) -> Iterator[Field]:
    """Declared fields, with what only the org knows of them."""
    for field in fields:
        known = by_name.get(field.path, {})
        secret = field.sensitive or known.get("type") == ENCRYPTED
        yield replace(field, calculated=bool(known.get("calculated")), sensitive=secret)


def _field(known: Mapping[str, Any]) -> Field:
    name, kind = str(known["name"]), str(known.get("type"))
    return Field(
        _OWN_SUFFIX.sub("", name),
        KIND_OF_TYPE.get(kind, "text"),
        at=name,
        sensitive=kind == ENCRYPTED,
        discovered=True,
        calculated=bool(known.get("calculated")),
    )


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)

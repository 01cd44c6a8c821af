"""What a company's records have of their own: custom fields, which become columns.

Values of custom fields: https://developers.pipedrive.com/docs/api/v1/DealFields.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from sources.entity import Entity, Field
from sources.page import Record
from sources.pipedrive.records import CUSTOM

# By field_type; what holds several values, or one with its companions, stays JSON.
KIND_OF_TYPE: Mapping[str, str] = {
    "double": "decimal",
    "int": "integer",
    "boolean": "boolean",
    "date": "date",
    "phone": "phone",
    **dict.fromkeys(("user", "org", "people", "product", "project", "deal", "stage"), "integer"),
    **dict.fromkeys(
        ("set", "daterange", "time", "timerange", "address", "json", "deals", "picture"), "json"
    ),
}
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def described(entity: Entity, definitions: Sequence[Record]) -> Entity:
    """The entity with a column per custom field, named as the field is now and known by its hash for ever.

    `properties = "all"` makes columns of Pipedrive's own undeclared fields too, `"declared"` keeps nothing
    else; `include` adds columns, `exclude` keeps fields out. Beyond the budget they go to `extra`.
    """
    choice = entity.choice
    columns: list[Field] = []
    waiting: list[str] = []
    unwanted: list[str] = []
    for definition in _new_to(entity, definitions):
        place = _place(definition)
        included = _matches(definition, choice.include)
        too_much = choice.properties == "declared" and not included
        if too_much or _matches(definition, choice.exclude):
            unwanted.append(place)
            continue
        if not (included or definition.get("is_custom_field") or choice.properties == "all"):
            continue
        fields = _fields(definition, place)
        if len(columns) + len(fields) <= choice.column_budget:
            columns += fields
        else:
            waiting.append(place)
    return replace(
        entity,
        fields=(*entity.fields, *columns),
        asked=tuple(waiting),
        ignore=(*entity.ignore, *unwanted),
    )


def custom_alone(definitions: Sequence[Record]) -> list[Record]:
    """The custom fields: of deals' definitions, what leads inherit."""
    return [one for one in definitions if one.get("is_custom_field")]


def _new_to(entity: Entity, definitions: Sequence[Record]) -> Iterator[Record]:
    """The fields that are not declared, custom ones first."""
    declared = {field.path.partition(".")[0] for field in entity.fields} | set(entity.ignore)
    configured = {field.path for field in entity.fields}
    known = {one["field_code"]: one for one in definitions if one.get("field_code")}
    for code in sorted(known, key=lambda c: (not known[c].get("is_custom_field"), c)):
        place = _place(known[code])
        spoken_for = any(path == place or path.startswith(f"{place}.") for path in configured)
        if not spoken_for and (known[code].get("is_custom_field") or code not in declared):
            yield known[code]


def _place(definition: Record) -> str:
    code = str(definition["field_code"])
    return f"{CUSTOM}.{code}" if definition.get("is_custom_field") else code


def _fields(definition: Record, place: str) -> tuple[Field, ...]:
    """The columns of a field; money has a second one for its currency."""
    name = str(definition.get("field_name") or definition["field_code"])
    form = str(definition.get("field_type") or "")
    if form == "monetary":
        return (
            Field(name, "decimal", at=f"{place}.value", discovered=True),
            Field(f"{name} currency", at=f"{place}.currency", discovered=True),
        )
    custom = bool(definition.get("is_custom_field"))
    kind = "integer" if form == "enum" and custom else KIND_OF_TYPE.get(form, "text")
    if kind == "date" and not custom:
        # Pipedrive's own dates are moments, too.
        kind = "datetime"
    return (Field(name, kind, at=place, discovered=True),)


def _matches(definition: Record, patterns: Sequence[str]) -> bool:
    """Whether a pattern fits the hash, or the name as it is now, as it is spelled or as a column would be."""
    code, name = str(definition["field_code"]), str(definition.get("field_name") or "")
    plain = _NOT_IN_NAMES.sub("_", name.lower()).strip("_")
    return any(fnmatchcase(one, pattern) for one in (code, name, plain) for pattern in patterns)

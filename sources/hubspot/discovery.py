"""Which properties of an account become columns: https://developers.hubspot.com/docs/api-reference/crm-properties-v3."""

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from sources.entity import Entity, Field
from sources.page import Record

KIND_OF_TYPE = {
    "number": "decimal",
    "date": "date",
    "datetime": "datetime",
    "bool": "boolean",
    "json": "json",
    "phone_number": "phone",
}


def described(entity: Entity, properties: Sequence[Record]) -> Entity:
    """The entity with a column per custom property; HubSpot's own undeclared ones are asked for `extra`.

    `properties = "all"` makes columns of those too, `"declared"` asks for nothing else; `include` adds
    columns, `exclude` keeps properties from being asked at all. Beyond the budget they go to `extra`.
    """
    choice = entity.choice
    declared = {field.path for field in entity.fields}
    repeated = {path.removeprefix("properties.") for path in entity.ignore}
    columns: list[Field] = []
    asked: list[str] = []
    for described_property in sorted(
        properties, key=lambda p: (bool(p.get("hubspotDefined")), p["name"])
    ):
        name = described_property["name"]
        if f"properties.{name}" in declared or name in repeated or _matches(name, choice.exclude):
            continue
        included = _matches(name, choice.include)
        if choice.properties == "declared" and not included:
            continue
        custom = not described_property.get("hubspotDefined")
        wanted = included or custom or choice.properties == "all"
        if wanted and len(columns) < choice.column_budget:
            columns.append(_field(described_property))
        else:
            asked.append(name)
    # Names may clash with declared ones; the warehouse settles that (`warehouse/names.py`).
    return replace(entity, fields=(*entity.fields, *columns), asked=tuple(asked))


def _field(described_property: Record) -> Field:
    name = described_property["name"]
    return Field(
        name,
        KIND_OF_TYPE.get(described_property.get("type", ""), "text"),
        at=f"properties.{name}",
        sensitive=described_property.get("dataSensitivity", "non_sensitive") != "non_sensitive",
        discovered=True,
    )


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)

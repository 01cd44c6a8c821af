"""What an account has of its own: properties that become columns, and objects that become tables.

https://developers.hubspot.com/docs/api-reference/crm-properties-v3,
https://developers.hubspot.com/docs/api-reference/crm-schemas-v3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from sources.entity import Entity, Field
from sources.errors import ConfigError
from sources.hubspot.shapes import custom_object
from sources.page import Record

CREATED = ("createdate", "hs_createdate")

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
    by_name = {described_property["name"]: described_property for described_property in properties}
    _refuse_unknown_history(entity, by_name)
    declared = {field.path for field in entity.fields}
    repeated = {path.removeprefix("properties.") for path in entity.ignore}
    columns: list[Field] = []
    asked: list[str] = []
    for name in sorted(by_name, key=lambda n: (bool(by_name[n].get("hubspotDefined")), n)):
        if f"properties.{name}" in declared or name in repeated or _matches(name, choice.exclude):
            continue
        included = _matches(name, choice.include)
        if choice.properties == "declared" and not included:
            continue
        custom = not by_name[name].get("hubspotDefined")
        wanted = included or custom or choice.properties == "all"
        if wanted and len(columns) < choice.column_budget:
            columns.append(_field(by_name[name]))
        else:
            asked.append(name)
    # Names may clash with declared ones; the warehouse settles that (`warehouse/names.py`).
    return replace(
        entity,
        fields=(*_as_described(entity.fields, by_name), *columns),
        asked=tuple(asked),
        calculated=tuple(name for name in asked if _is_calculated(by_name[name])),
        created_property=_created(entity, by_name),
    )


def own_objects(schemas: Sequence[Record], named: Mapping[str, str]) -> Iterator[Entity]:
    """The account's own types of objects; a name from the configuration comes before HubSpot's."""
    for name, type_id in named.items():
        yield custom_object(name, type_id, found=False)
    spoken_for = set(named.values())
    for schema in schemas:
        if spoken_for.isdisjoint((schema["objectTypeId"], schema.get("fullyQualifiedName"))):
            yield custom_object(schema["name"], schema["objectTypeId"], found=True)


def _as_described(fields: Iterable[Field], by_name: Mapping[str, Record]) -> Iterator[Field]:
    """Declared fields, with what only the account knows of them."""
    for field in fields:
        container, _, name = field.path.partition(".")
        known = by_name.get(name, {}) if container == "properties" else {}
        yield replace(field, calculated=_is_calculated(known))


def _is_calculated(described_property: Record) -> bool:
    form = str(described_property.get("fieldType") or "")
    return bool(described_property.get("calculated")) or form.startswith("calculation")


def _created(entity: Entity, by_name: Mapping[str, Record]) -> str:
    """The property with the moment of creation: what it is called differs by type of object."""
    names = (entity.created_property, *CREATED)
    return next((name for name in names if name in by_name), entity.created_property)


def _refuse_unknown_history(entity: Entity, by_name: Mapping[str, Record]) -> None:
    unknown = [name for name in entity.traced if name not in by_name]
    if unknown:
        raise ConfigError(
            f"{entity.name}: history names {', '.join(unknown)}, which is no property of this account:"
            " write HubSpot's internal names, as the table hubspot.properties has them"
        )


def _field(described_property: Record) -> Field:
    name = described_property["name"]
    return Field(
        name,
        KIND_OF_TYPE.get(described_property.get("type", ""), "text"),
        at=f"properties.{name}",
        sensitive=described_property.get("dataSensitivity", "non_sensitive") != "non_sensitive",
        discovered=True,
        calculated=_is_calculated(described_property),
    )


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)

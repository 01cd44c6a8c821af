"""Tables beside an object's own: its associations, and the history of chosen properties.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sources.entity import Companion, Entity, Field
from sources.page import Record

ASSOCIATIONS = Entity(
    name="associations",
    path="associations",
    about="read beside each object's records, from both sides; a link that is removed there is removed here",
    key=("from_type", "from_id", "to_type", "to_id", "category", "type_id"),
    changed="",
    fields=(
        Field("from_type", required=True),
        Field("from_id", "integer", required=True),
        Field("to_type", required=True),
        Field("to_id", "integer", required=True),
        Field("type_id", "integer", required=True),
        Field("category", required=True),
        Field("label"),
    ),
)

HISTORY = Entity(
    name="object_history",
    path="objects",
    about="a table for each object with `history` in crm-sync.toml: `contacts_history`, `deals_history`, …",
    # Two changes within one millisecond are told apart by their number.
    key=("id", "property", "at", "number"),
    changed="",
    fields=(
        Field("id", "integer", required=True),
        Field("property", required=True),
        Field("value"),
        Field("at", "datetime", at="timestamp", required=True),
        Field("number", "integer", required=True),
        Field("source", at="sourceType"),
        Field("source_id", at="sourceId"),
        Field("source_label", at="sourceLabel"),
        Field("updated_by_user_id", "integer", at="updatedByUserId"),
    ),
)

# As many records as one request takes.
ASSOCIATED_AT_ONCE = 1000
TRACED_LIMIT = 50
TRACED_AT_ONCE = 500


def with_companions(entity: Entity, objects: Sequence[Entity]) -> Entity:
    """The entity with what is read beside it: associations to each of `objects`, histories it is to keep."""
    beside: list[Companion] = []
    if entity.linked and objects:
        beside.append(associations_of(entity, objects))
    if entity.traced:
        beside.append(history_of(entity))
    return replace(entity, beside=tuple(beside))


def associations_of(entity: Entity, objects: Sequence[Entity]) -> Companion:
    """The table of all associations, filled from this entity's side."""
    return Companion(
        ASSOCIATIONS,
        "associations",
        owner="from_id",
        part="to_type",
        parts=tuple((other.name, other.path) for other in objects),
        fixed=(("from_type", entity.name),),
        replaces=True,
        mirrored=(("from_type", "to_type"), ("from_id", "to_id")),
        keys_at_once=ASSOCIATED_AT_ONCE,
    )


def history_of(entity: Entity) -> Companion:
    """The table of what the traced properties were before."""
    return Companion(
        replace(HISTORY, name=f"{entity.name}_history"),
        "history",
        owner="id",
        parts=(("", ",".join(entity.traced)),),
        keys_at_once=TRACED_AT_ONCE,
        requests=TRACED_AT_ONCE // TRACED_LIMIT,
    )


def links(from_type: str, to_type: str, result: Mapping[str, Any]) -> Iterator[Record]:
    """The rows of one record's associations; ids come as text here and as numbers there."""
    for to in result.get("to") or ():
        kinds: list[Record] = to.get("associationTypes") or [{}]
        for kind in kinds:
            yield {
                "from_type": from_type,
                "from_id": str(result["from"]["id"]),
                "to_type": to_type,
                "to_id": str(to["toObjectId"]),
                "category": kind.get("category") or "UNKNOWN",
                "type_id": str(kind.get("typeId", 0)),
                "label": kind.get("label"),
            }


def versions(record: Mapping[str, Any]) -> Iterator[Record]:
    """The rows of one record's property history."""
    for name, changes in (record.get("propertiesWithHistory") or {}).items():
        numbers: dict[str, int] = {}
        # The order of equal moments is not promised; that of their contents stays.
        for change in sorted(changes, key=_order):
            moment = str(change.get("timestamp"))
            number = numbers[moment] = numbers.get(moment, -1) + 1
            yield {**change, "id": record["id"], "property": name, "number": str(number)}


def _order(change: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(change.get(key)) for key in ("timestamp", "sourceType", "sourceId", "value"))

"""Values of records: what the account stores, and how REST and Bulk write it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from sandbox.salesforce.fields import IDS, NUMBERS, Field
from sandbox.salesforce.ids import whole

Value = str | bool | int | Decimal | date | datetime | time | None
Values = dict[str, Value]

PARTS = {"address": ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude")}
# What a compound address holds beside those, and how its members are spelled.
GEOCODE = "GeocodeAccuracy"


def stored(field: Field, value: Any) -> Value:
    """A value as the account stores it; ValueError where the field cannot hold it. A text is never ''."""
    if value is None or value == "":
        return False if field.type == "boolean" else None
    try:
        return _stored(field, value)
    except (TypeError, InvalidOperation) as error:
        raise ValueError(f"{field.name} is {field.type}: {value!r}") from error


def _stored(field: Field, value: Any) -> Value:
    if field.type == "boolean":
        if value in (True, False, "true", "false"):
            return value in (True, "true")
        raise TypeError(value)
    if field.type in ("int", "long"):
        return int(value)
    if field.type in NUMBERS:
        return Decimal(str(value))
    if field.type == "date":
        return value if type(value) is date else date.fromisoformat(value)
    if field.type == "datetime":
        return to_the_second(
            value if isinstance(value, datetime) else datetime.fromisoformat(value)
        )
    if field.type == "time":
        return value if isinstance(value, time) else time.fromisoformat(value)
    return whole(str(value)) if field.type in IDS else str(value)


def to_the_second(moment: datetime) -> datetime:
    """A moment as finely as the vendor stamps its records."""
    return moment.astimezone(UTC).replace(microsecond=0)


def as_json(field: Field, values: Mapping[str, Value]) -> Any:
    """A value as REST writes it."""
    if field.type in PARTS or field.type == "location":
        return _compound(field, values)
    if field.type == "base64":
        return f"/services/data/v60.0/sobjects/x/{values['Id']}/{field.name}"
    value = values.get(field.name)
    if isinstance(value, Decimal):
        return msgspec.Raw(java_double(value).encode())
    return written(value, "+0000") if isinstance(value, date | time) else value


def as_csv(field: Field, values: Mapping[str, Value]) -> str:
    """A value as Bulk writes it into a cell; nothing and '' are the same there."""
    value = values.get(field.name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return java_double(value)
    return written(value, "Z") if isinstance(value, date | time) else str(value)


def written(value: date | time, zone: str) -> str:
    """A day or a moment."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.000{zone}"
    return f"{value:%H:%M:%S}.000Z" if isinstance(value, time) else value.isoformat()


def java_double(number: Decimal) -> str:
    """A number as the vendor's servers print it: `300.0`, and `1.5E7` from ten millions on."""
    if number and not Decimal("1e-3") <= abs(number) < Decimal("1e7"):
        sign, digits, _ = number.normalize().as_tuple()
        text = "".join(map(str, digits))
        return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{number.adjusted()}"
    plain = f"{number:f}"
    if "." not in plain:
        return f"{plain}.0"
    whole_part, _, fraction = plain.partition(".")
    return f"{whole_part}.{fraction.rstrip('0') or '0'}"


def _compound(field: Field, values: Mapping[str, Value]) -> dict[str, Any] | None:
    members = dict(_members(field))
    found = {key: values.get(name) for key, name in members.items()}
    if all(value is None for value in found.values()):
        return None
    shown = {
        key: msgspec.Raw(java_double(value).encode()) if isinstance(value, Decimal) else value
        for key, value in found.items()
    }
    return shown | ({"geocodeAccuracy": None} if field.type in PARTS else {})


def _members(field: Field) -> Iterator[tuple[str, str]]:
    if field.type == "location":
        base = field.name.removesuffix("__c")
        yield "latitude", f"{base}__Latitude__s"
        yield "longitude", f"{base}__Longitude__s"
        return
    prefix = field.name.removesuffix("Address")
    for part in PARTS["address"]:
        yield part[0].lower() + part[1:], prefix + part

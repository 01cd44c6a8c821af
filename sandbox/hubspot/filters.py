"""Search filters: one function from a filter, as the client sent it, to a test of a record."""

import operator
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from sandbox.hubspot.errors import internal, invalid
from sandbox.hubspot.moments import parse_ms
from sandbox.hubspot.properties import Property
from sandbox.hubspot.records import Record, Shelf

Test = Callable[[Record], bool]
Reading = Callable[[Record], Any]  # a comparable value, or None

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "NEQ": operator.ne,
    "LT": operator.lt,
    "LTE": operator.le,
    "GT": operator.gt,
    "GTE": operator.ge,
}
FILTER_KEYS = {"propertyName", "operator", "value", "highValue", "values"}
SECOND = 1000  # ms; a search from nearer to the epoch than this breaks
MOMENTS = ("date", "datetime")


def compile_filter(shelf: Shelf, wanted: dict[str, Any]) -> Test:
    """Turn one filter into a test; a filter the API would refuse is refused."""
    prop, op = property_of(shelf, wanted.get("propertyName")), wanted.get("operator")
    if unknown := wanted.keys() - FILTER_KEYS:
        raise invalid(f"Unrecognized field in filter: {', '.join(sorted(unknown))}")
    read = reading(shelf, prop)
    if op in COMPARISONS:
        compare, bound = COMPARISONS[op], parse_bound(prop, _text(wanted, "value"))
        # Assumed: a record without the value matches no comparison, NEQ included.
        return lambda record: (value := read(record)) is not None and compare(value, bound)
    if op == "BETWEEN":
        low = parse_bound(prop, _text(wanted, "value"))
        high = parse_bound(prop, _text(wanted, "highValue"))
        return lambda record: (value := read(record)) is not None and low <= value <= high
    if op in ("IN", "NOT_IN"):
        return _membership(shelf, prop, wanted, inside=op == "IN")
    if op in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        present = op == "HAS_PROPERTY"
        return lambda record: bool(shelf.value(record, prop.name)) is present
    if op in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        pattern, contained = _text(wanted, "value").lower(), op == "CONTAINS_TOKEN"
        return lambda record: _has_token(shelf.value(record, prop.name), pattern) is contained
    raise invalid(f"Invalid operator: {op}")


def property_of(shelf: Shelf, name: Any) -> Property:
    """The property a filter or sort names. That an unknown one gives a 400 is an assumption."""
    found = shelf.properties.get(name) if isinstance(name, str) else None
    if found is None or found.archived:
        raise invalid(f"Property '{name}' does not exist")
    return found


def reading(shelf: Shelf, prop: Property) -> Reading:
    """How a property is read for comparing; what cannot be read compares as missing."""
    if prop.name == "hs_object_id":
        return lambda record: record.id
    if prop.name == shelf.kind.created:
        return lambda record: record.created_ms
    if prop.name == shelf.kind.modified:
        return lambda record: record.updated_ms

    def read(record: Record) -> Any:
        text = record.properties.get(prop.name)
        try:
            return _comparable(prop, text) if text else None
        except ValueError:
            return None

    return read


def parse_bound(prop: Property, text: str) -> Any:
    """The value of a filter; a number or date that is none is refused."""
    try:
        bound = _comparable(prop, text)
    except ValueError as error:
        raise invalid(f"{text} is not a valid value for {prop.name} ({prop.type})") from error
    if prop.type in MOMENTS and 0 <= bound < SECOND:
        raise internal()
    return bound


def _comparable(prop: Property, text: str) -> Any:
    if prop.type == "number":
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise ValueError(text) from error
        if not number.is_finite():
            raise ValueError(text)
        return number
    if prop.type in MOMENTS:
        return parse_ms(text)
    # Options are compared as they are spelled, texts whatever their case.
    return text if prop.type in ("enumeration", "bool") else text.lower()


def _membership(shelf: Shelf, prop: Property, wanted: dict[str, Any], *, inside: bool) -> Test:
    values = wanted.get("values")
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise invalid(f"values must be a list of strings for {wanted['operator']}")
    if prop.type in ("number", *MOMENTS):
        bounds = {parse_bound(prop, value) for value in values}
        read = reading(shelf, prop)
        return lambda record: (got := read(record)) is not None and (got in bounds) is inside
    listed = set(values)  # texts need lower-case values: these are compared as sent

    def member(record: Record) -> bool:
        text = shelf.value(record, prop.name)
        if not text:
            return False
        if prop.type != "enumeration":
            return (text.lower() in listed) is inside
        return bool(listed & set(text.split(";"))) is inside

    return member


def _text(wanted: dict[str, Any], key: str) -> str:
    value = wanted.get(key)
    if not isinstance(value, str) or not value:
        raise invalid(f"{key} is required, as a string, for {wanted.get('operator')}")
    return value


def _has_token(text: str | None, pattern: str) -> bool:
    """Whether a word of the text fits; how the API cuts words is an assumption."""
    words = re.split(r"[^\w]+", (text or "").lower())
    return any(fnmatchcase(word, pattern) for word in (*words, (text or "").lower()) if word)

"""Conditions of a query on records: whether they may be asked, and whether they hold."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.salesforce.errors import invalid_field, malformed
from sandbox.salesforce.fields import IDS, NUMBERS, TEXTS, Field
from sandbox.salesforce.ids import whole
from sandbox.salesforce.soql import Comparison, Condition, Junction, Literal
from sandbox.salesforce.values import Value

Holds = Callable[[Mapping[str, Value]], bool]
FieldOf = Callable[[str], Field]

ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compiled(condition: Condition | None, field_of: FieldOf) -> Holds:
    """A test of records; raises a refusal for what cannot be asked."""
    if condition is None:
        return lambda values: True
    if isinstance(condition, Comparison):
        return _comparison(condition, field_of(condition.field))
    parts = [compiled(part, field_of) for part in condition.parts]
    return _joined(condition, parts)


def _joined(condition: Junction, parts: list[Holds]) -> Holds:
    if condition.word == "NOT":
        return lambda values: not parts[0](values)
    if condition.word == "AND":
        return lambda values: all(part(values) for part in parts)
    return lambda values: any(part(values) for part in parts)


def _comparison(asked: Comparison, field: Field) -> Holds:
    if not field.filterable:
        raise invalid_field(f"field '{field.name}' can not be filtered in a query call")
    wanted = [_value(field, literal) for literal in asked.values]
    name, first = field.name, wanted[0]
    if asked.operator in ORDERS:
        if first is None or field.type == "boolean":
            raise invalid_field(f"invalid operator on {field.type} field")
        ordered = ORDERS[asked.operator]
        return lambda values: (
            (own := _comparable(values.get(name))) is not None and ordered(own, first)
        )
    if asked.operator == "LIKE":
        pattern = _pattern(str(first))
        return lambda values: pattern.fullmatch(str(values.get(name) or "")) is not None
    among = {_folded(field, value) for value in wanted}
    positive = asked.operator in ("=", "IN")
    return lambda values: (_folded(field, values.get(name)) in among) is positive


def _value(field: Field, literal: Literal) -> Value:
    if literal.kind == "null":
        return None
    kind = _kind(field)
    if literal.kind != kind:
        quotes = " and should not be enclosed in quotes" if literal.kind == "string" else ""
        raise invalid_field(
            f"value of filter criterion for field '{field.name}' must be of type {field.type}{quotes}"
        )
    if kind == "datetime":
        return datetime.fromisoformat(literal.text)
    if kind == "date":
        return _day(literal.text)
    if kind == "number":
        return Decimal(literal.text)
    if kind == "boolean":
        return literal.text == "true"
    return whole(literal.text) if field.type in IDS else literal.text


def _kind(field: Field) -> str:
    if field.type in NUMBERS:
        return "number"
    if field.type in TEXTS or field.type in IDS:
        return "string"
    return field.type


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise malformed(f"Invalid date: {text}") from error


def _comparable(value: Value) -> Value:
    return Decimal(value) if type(value) is int else value


def _folded(field: Field, value: Value) -> Value:
    """Texts are the same whatever their case; ids are not."""
    folds = isinstance(value, str) and field.type not in IDS
    return str(value).casefold() if folds else _comparable(value)


def _pattern(text: str) -> re.Pattern[str]:
    words = (
        ".*" if letter == "%" else "." if letter == "_" else re.escape(letter) for letter in text
    )
    return re.compile("".join(words), re.IGNORECASE | re.DOTALL)

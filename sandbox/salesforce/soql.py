"""Reading SOQL, as much of it as is asked here: one object, conditions, order, limit.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl
"""

import re
from dataclasses import dataclass

from sandbox.salesforce.errors import malformed
from sandbox.salesforce.words_of_soql import Words

LONGEST = 100_000  # characters
COMPARISONS = frozenset({"=", "!=", "<>", "<", ">", "<=", ">="})
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Literal:
    """A value in a query, by its kind: string, number, date, datetime, boolean or null."""

    kind: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """A field beside a value, or beside several for `IN`."""

    field: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Junction:
    """Conditions of which all (`AND`) or any (`OR`) must hold; `NOT` has one that must not."""

    word: str
    parts: tuple["Condition", ...]


Condition = Comparison | Junction


@dataclass(frozen=True)
class Select:
    """A query. `counts` is `COUNT()`, which answers with a total; `count_of` a `COUNT(field)`, with a row."""

    fields: tuple[str, ...]
    object: str
    where: Condition | None = None
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    offset: int = 0
    counts: bool = False
    count_of: str = ""
    grouped: bool = False


def parse(text: str) -> Select:
    """The query a text asks; raises a refusal."""
    if len(text) > LONGEST:
        raise malformed("SOQL statements cannot be longer than 100000 characters.")
    reader = Words(text)
    reader.need("SELECT")
    fields, counts, count_of = _selected(reader)
    reader.need("FROM")
    _, name = reader.take("name")
    where = _condition(reader) if reader.skip("WHERE") else None
    grouped = reader.skip("GROUP", "BY")
    if grouped:
        reader.several(lambda: reader.take("name")[1])
    order = _order(reader) if reader.skip("ORDER", "BY") else ()
    limit = int(reader.take("number")[1]) if reader.skip("LIMIT") else None
    offset = int(reader.take("number")[1]) if reader.skip("OFFSET") else 0
    if reader.peek():
        reader.stuck()
    return Select(fields, name, where, order, limit, offset, counts, count_of, grouped)


def _selected(reader: Words) -> tuple[tuple[str, ...], bool, str]:
    if reader.skip("COUNT", "(", ")"):
        return (), True, ""
    if reader.skip("COUNT", "("):
        _, name = reader.take("name")
        reader.need(")")
        return (), False, name
    fields = tuple(reader.several(lambda: reader.take("name")[1]))
    doubled = {
        name.lower() for name in fields if sum(f.lower() == name.lower() for f in fields) > 1
    }
    if doubled:
        raise malformed(f"duplicate field selected: {doubled.pop()}")
    return fields, False, ""


def _order(reader: Words) -> tuple[tuple[str, bool], ...]:
    found: list[tuple[str, bool]] = []
    while not found or reader.skip(","):
        _, name = reader.take("name")
        descending = reader.skip("DESC")
        if not descending:
            reader.skip("ASC")
        found.append((name, descending))
    return tuple(found)


def _condition(reader: Words) -> Condition:
    """Conditions with one word between them: `AND` beside `OR` needs brackets."""
    parts = [_single(reader)]
    word = reader.peek()
    if word not in ("AND", "OR"):
        return parts[0]
    while reader.skip(word):
        parts.append(_single(reader))
    if reader.peek() in ("AND", "OR"):
        reader.stuck()
    return Junction(word, tuple(parts))


def _single(reader: Words) -> Condition:
    if reader.skip("("):
        inner = _condition(reader)
        reader.need(")")
        return inner
    if reader.skip("NOT"):
        return Junction("NOT", (_single(reader),))
    _, name = reader.take("name")
    for words in (("IN",), ("NOT", "IN")):
        if reader.skip(*words, "("):
            values = [_literal(reader)]
            while reader.skip(","):
                values.append(_literal(reader))
            reader.need(")")
            return Comparison(name, " ".join(words), tuple(values))
    if reader.skip("LIKE"):
        return Comparison(name, "LIKE", (_literal(reader),))
    if reader.peek() not in COMPARISONS:
        reader.stuck()
    _, operator = reader.take("sign")
    return Comparison(name, "!=" if operator == "<>" else operator, (_literal(reader),))


def _literal(reader: Words) -> Literal:
    kind, text = reader.take("string", "number", "date", "datetime", "name")
    if kind == "string":
        unescaped = re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), text[1:-1], flags=re.DOTALL)
        return Literal("string", unescaped)
    if kind == "name":
        word = text.upper()
        if word == "NULL":
            return Literal("null", "")
        if word not in ("TRUE", "FALSE"):
            reader.place -= 1
            reader.stuck()
        return Literal("boolean", word.lower())
    return Literal(kind, text)

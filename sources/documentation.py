"""A page per entity, made from its declaration; `python -m sources.documentation` writes docs/entities."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from sources.entity import Entity, Field, mac_of
from sources.kinds import KINDS
from sources.registry import KINDS as SOURCES

FOLDER = Path(__file__).parents[1] / "docs" / "entities"
INDEX = "README.md"
MADE = "Made by `python -m sources.documentation`; what is changed here by hand gets lost."
DAY = timedelta(days=1)

Declared = Mapping[str, Sequence[Entity]]


def pages(declared: Declared) -> dict[str, str]:
    """Every page by its path: an index, and one per entity of each kind of source."""
    found = {
        f"{source}/{entity.name}.md": page(source, entity)
        for source, entities in declared.items()
        for entity in entities
    }
    return {INDEX: index(declared), **found}


def index(declared: Declared) -> str:
    """The list of all entities, and of the kinds a field may have."""
    entities = [
        (f"[{source}.{e.name}]({source}/{e.name}.md)", str(len(e.fields)))
        for source, found in declared.items()
        for e in found
    ]
    kinds = [(code(name), code(kind.postgres), kind.expected or "") for name, kind in KINDS.items()]
    return _joined(
        "# Entities",
        MADE,
        _table(("table", "declared columns"), entities),
        "Beside the declared columns a table gets one for each custom property of the account"
        " ([configuration](../configuration.md#fields-and-columns)).",
        "## Kinds of fields",
        "A value that its column cannot hold becomes NULL and its original goes to `extra`; text that"
        " fails its check is kept, with the warning. In strict mode either rejects the record.",
        _table(("kind", "PostgreSQL", "warning"), kinds),
    )


def page(source: str, entity: Entity) -> str:
    """One entity's page."""
    return _joined(
        f"# {source}.{entity.name}",
        MADE,
        _table(("", ""), _facts(entity)),
        "## Columns",
        _table(
            ("column", "PostgreSQL", "kind", "in the record", ""),
            [*_declared(entity), *_of_its_own(entity)],
        ),
        *_rules(entity),
        *_left_out(entity),
    )


def _facts(entity: Entity) -> Iterator[tuple[str, str]]:
    if entity.about:
        yield "what it is", entity.about
    if entity.whole:
        yield (
            "how it is read",
            "whole with every run; a row no longer in the list gets `deleted_at`",
        )
    yield "key", codes(entity.key)
    yield "path at the source", code(entity.path)
    if entity.object_type:
        yield "object type", code(entity.object_type)
    if entity.changed in entity.columns:
        yield "which copy is newer", f"by {code(entity.changed)}"
    if entity.changed_property:
        yield (
            "what a delta asks for",
            f"{code(entity.changed_property)} since the last run, and {_span(entity.lookback)} more",
        )
    yield "records per page", f"{entity.page_size}, at most {entity.max_page_size}"
    if entity.deleted:
        yield "archived records", f"have {code('deleted_at')}, from {code(entity.deleted)}"
    if entity.survivor_of:
        yield (
            "merged records",
            f"point at the survivor in {code('merged_into')}, by its {code(entity.survivor_of)}",
        )
    if entity.record_url:
        yield "link for people", code(entity.record_url)


def _declared(entity: Entity) -> Iterator[tuple[str, ...]]:
    for field in entity.fields:
        stored = "text" if field.encrypt else KINDS[field.kind].postgres
        yield code(field.name), stored, field.kind, code(field.path), _remark(entity, field)
        if field.encrypt:
            yield code(mac_of(field.name)), "text", "", "", f"tells changes of {code(field.name)}"


def _remark(entity: Entity, field: Field) -> str:
    said = {
        "key": field.name in entity.key,
        "required": field.required and field.name not in entity.key,
        "encrypted": field.encrypt,
        "never in a log": field.sensitive,
        "not compared": field.volatile,
    }
    return ", ".join(word for word, holds in said.items() if holds)


def _of_its_own(entity: Entity) -> Iterator[tuple[str, ...]]:
    """What every table has beside what is declared."""
    for name in ("created_at", "updated_at"):
        if name not in entity.columns:
            yield code(name), "timestamptz", "", "", "not told by the source"
    where = code(entity.deleted) if entity.deleted else ""
    yield code("deleted_at"), "timestamptz", "datetime", where, "NULL while the record lives"
    if entity.survivor_of:
        key = next(field for field in entity.fields if field.name == entity.key[0])
        yield code("merged_into"), KINDS[key.kind].postgres, "", "", "the survivor's key"
    yield code("extra"), "jsonb", "", "", "what no column holds, as the source spells it"
    yield code("sync_history_id"), "bigint", "", "", "the run that last wrote the row"


def _rules(entity: Entity) -> Iterator[str]:
    if entity.rules:
        yield "## Business rules"
        yield "A row that breaks one lands with a warning; in strict mode it is rejected."
        yield "\n".join(f"- {rule.message} ({codes(rule.needs)})" for rule in entity.rules)


def _left_out(entity: Entity) -> Iterator[str]:
    if entity.ignore:
        yield "## Not kept"
        yield f"These repeat a column or say nothing of the record: {codes(entity.ignore)}."


def _span(span: timedelta) -> str:
    if span == DAY:
        return "a day"
    days, rest = divmod(span, DAY)
    return f"{days} days" if days and not rest else f"{span // timedelta(minutes=1)} minutes"


def code(text: str) -> str:
    """A name as Markdown shows names."""
    return f"`{text}`"


def codes(names: Sequence[str]) -> str:
    """Some names in a row."""
    return ", ".join(map(code, names))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(row)} |".replace("  ", " ") for row in (head, rule, *rows))


def _joined(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


def declared() -> Declared:
    """What the registry knows."""
    return {name: (*kind.entities.values(), *kind.beside) for name, kind in SOURCES.items()}


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    for path, text in pages(declared()).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

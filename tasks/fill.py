"""Values stored before their column was what it is now, brought there by the road all values take."""

from collections.abc import Callable, Sequence
from typing import Any

from sources.entity import Entity, Field, mac_of
from sources.page import Record
from sources.privacy import Privacy
from tasks.load import Target, merge_of
from tasks.shape import table_of
from tasks.transform import transform
from warehouse import history
from warehouse.extra import Key, rows_in_clear, rows_with
from warehouse.merge import merge_rows

SLICE = 5000  # rows

Rows = Sequence[tuple[Key, dict[str, Any]]]


def fill_from_stored(
    target: Target, entity: Entity, columns: tuple[str, ...], privacy: Privacy
) -> None:
    """Fill new columns from `extra` and encrypt what was stored in clear; what does not parse stays."""
    new = [field for field in entity.fields if field.name in columns]
    narrow = entity.narrowed(frozenset(columns))
    table = table_of(target.crm_source, narrow)
    places = {entity.flat_path(field): field.path for field in new}

    def from_extra(after: Key | None) -> Rows:
        rows = rows_with(target.conn, table, list(places), after, SLICE)
        return [
            (key, {places[name]: value for name, value in found.items()}) for key, found in rows
        ]

    _bring(target, narrow, privacy, from_extra)
    for field in new:
        if field.encrypt:
            _bring(target, narrow, privacy, _in_clear(target, narrow, field))


def _in_clear(target: Target, entity: Entity, field: Field) -> Callable[[Key | None], Rows]:
    table = table_of(target.crm_source, entity)

    def slices(after: Key | None) -> Rows:
        found = rows_in_clear(target.conn, table, field.name, mac_of(field.name), after, SLICE)
        return [(key, {field.path: value}) for key, value in found]

    return slices


def _bring(
    target: Target, entity: Entity, privacy: Privacy, slices: Callable[[Key | None], Rows]
) -> None:
    """Merge slice after slice of values into rows that exist."""
    paths = [field.path for name in entity.key for field in entity.fields if field.name == name]
    after: Key | None = None
    while rows := slices(after):
        records = []
        for key, values in rows:
            record: Record = {}
            for path, value in (*zip(paths, key, strict=True), *values.items()):
                _put(record, path, value, entity)
            records.append(record)
        privacy.protect(entity, records)
        batch = transform(entity, records)
        with target.conn.transaction():
            history.fence(target.conn, target.run_id)
            merge_rows(target.conn, merge_of(target, batch, "changes", refresh=True), batch.rows)
        after = rows[-1][0]


def _put(record: Record, path: str, value: Any, entity: Entity) -> None:
    """Put a value at its dotted place, as the source would have sent it."""
    *steps, name = entity.steps(path)
    for step in steps:
        record = record.setdefault(step, {})
    record[name] = value

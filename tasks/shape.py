"""From an entity's declaration to the table that mirrors it."""

from dataclasses import replace

from sources.entity import Entity, mac_of
from sources.kinds import KINDS
from warehouse.connection import Connection
from warehouse.merge_spec import Merge
from warehouse.tables import Column, Table, stored_columns


def table_of(schema: str, entity: Entity) -> Table:
    """The table of an entity in the source's schema."""
    columns: list[Column] = []
    for field in entity.fields:
        kind = "text" if field.encrypt else KINDS[field.kind].postgres
        path = entity.flat_path(field)
        # Two encryptions of one value differ; the keyed hash beside it is what is compared.
        columns.append(
            Column(field.name, kind, path, compared=not (field.volatile or field.encrypt))
        )
        if field.encrypt:
            columns.append(Column(mac_of(field.name), "text", path))
    changed = entity.changed if entity.changed in entity.columns else None
    return Table(schema, entity.name, tuple(columns), entity.key, changed, entity.survivor_of)


def brought_columns(entity: Entity) -> tuple[str, ...]:
    """The columns that a batch of the entity brings, in order."""
    names: list[str] = []
    for field in entity.fields:
        names += [field.name, mac_of(field.name)] if field.encrypt else [field.name]
    return tuple(names)


def existing_columns(conn: Connection, merge: Merge) -> Merge | None:
    """The merge with only the columns that are stored; None where the table is not there yet."""
    stored = stored_columns(conn, merge.table)
    columns = tuple(name for name in merge.columns if name in stored)
    return replace(merge, columns=columns) if stored else None

"""Columns that appear by themselves: named once, added alone, and filled for rows already stored."""

from dataclasses import replace
from datetime import datetime

from flows.context import EntityRun, SourceRun
from flows.fetching import Pass
from flows.passes import run_pass
from sources.entity import Entity, mac_of
from tasks.fill import fill_from_stored
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import names
from warehouse.connection import Connection
from warehouse.tables import ensure_table, stored_columns


async def described(source: SourceRun, entity: Entity, conn: Connection) -> Entity:
    """The entity as the source describes it, who is told what its columns are called so far."""
    known = await in_database(names.places, conn, source.name, entity.name)
    return await source.reader.source.describe(replace(entity, known=tuple(known)), source.among)


def settle(conn: Connection, crm_source: str, entity: Entity) -> Entity:
    """Give discovered fields their stable columns and bring the table up to the declaration.

    A column that cannot be added now, because others hold the table, waits: its field goes to `extra`.
    """
    stored = stored_columns(conn, table_of(crm_source, entity))
    # A new column of a table with rows is noted as unfilled before it is added: a crash loses nothing.
    entity = settled_names(conn, crm_source, entity, filled=not stored)
    in_clear = [f.name for f in entity.fields if f.encrypt and mac_of(f.name) not in stored]
    names.mark_filled(conn, crm_source, entity.name, in_clear if stored else [], filled=False)
    added, waiting = ensure_table(conn, table_of(crm_source, entity))
    names.mark_filled(conn, crm_source, entity.name, added, filled=False)
    # What the source does not show at present (a right withdrawn, a field excluded) falls behind.
    names.mark_behind(conn, crm_source, entity.name, entity.columns)
    late = [field for field in entity.fields if field.name in waiting]
    kept = tuple(field for field in entity.fields if field.name not in waiting)
    asked = (*entity.asked, *(entity.flat_path(field) for field in late))
    return replace(entity, fields=kept, asked=asked)


def settled_names(
    conn: Connection, crm_source: str, entity: Entity, *, filled: bool = True, store: bool = True
) -> Entity:
    """The entity with the stable name and kind of every field; without `store`, as they would be."""
    stable = names.stable_names(
        conn,
        crm_source,
        entity.name,
        [names.Wanted(f.path, f.name, f.kind, exact=not f.discovered) for f in entity.fields],
        {mac_of(f.name) for f in entity.fields if f.encrypt},
        filled=filled,
        store=store,
    )
    fields = [
        replace(f, name=stable[f.path].column, kind=stable[f.path].kind) for f in entity.fields
    ]
    return replace(entity, fields=tuple(fields))


def new_columns(conn: Connection, crm_source: str, entity: Entity) -> list[str]:
    """The columns a run would add."""
    stored = stored_columns(conn, table_of(crm_source, entity))
    return [field.name for field in entity.fields if field.name not in stored]


async def fill_columns(run: EntityRun, since: datetime | None) -> None:
    """Fill columns that were added to stored rows: from what is stored, then by reading just them of every record.

    `since` is where this run's reading began.
    """
    crm_source, entity = run.source.name, run.entity.name
    waiting = await in_database(names.unfilled, run.conn, crm_source, entity)
    columns = tuple(sorted(waiting & set(run.entity.columns)))
    if not columns:
        return
    privacy = run.source.reader.privacy
    await in_database(fill_from_stored, run.target, run.entity, columns, privacy)
    # A run that goes on with another's reading has not read these columns of what lies behind it.
    if since is not None or run.plan.resumes is not None:
        await run_pass(run, Pass("columns", "changes", columns=columns))
    await in_database(names.mark_filled, run.conn, crm_source, entity, columns, filled=True)

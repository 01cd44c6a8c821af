"""Tables filled beside an entity's own: whom to ask about, and what the answers no longer hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import sql

from warehouse.connection import Connection
from warehouse.keys import key_text
from warehouse.tables import Table


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a table that speak of some records: `owner` holds their keys, `fixed` what else is the same.

    `part` is the column with the part of the answer, `parts` those that were answered. `mirrored` are pairs
    of columns: a row with their values swapped says the same from the other record's side.
    """

    table: Table
    owner: str
    fixed: Mapping[str, str]
    part: str = ""
    parts: tuple[str, ...] = ()
    mirrored: tuple[tuple[str, str], ...] = ()


def written_since(
    conn: Connection,
    table: Table,
    since_run: int | None,
    after: str | None,
    limit: int,
    *,
    until: str | None = None,
) -> list[str]:
    """Keys of live rows written by runs after `since_run` (None: of all), in order, after `after`, up to `until`."""
    [name] = table.key
    statement = sql.SQL(
        """
        select {key}::text from {table} t
        where t.deleted_at is null
          and (%(run)s::bigint is null or t.sync_history_id > %(run)s)
          and {key} is not null
          and (%(after)s::text is null or {key} > %(after)s::{type})
          and (%(until)s::text is null or {key} <= %(until)s::{type})
        order by {key} limit %(limit)s
        """
    ).format(key=sql.Identifier("t", name), table=table.in_query, type=table.column(name).sql_type)
    values = {"run": since_run, "after": after, "until": until, "limit": limit}
    return [key for (key,) in conn.execute(statement, values)]


def take_turn(conn: Connection, table: Table) -> None:
    """Let the runs that write into one table beside theirs do so one after the other, until they commit.

    Two that remove what the other writes would wait for each other.
    """
    conn.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
        (f"crm-sync beside {table.schema}.{table.name}",),
    )


def remove_others(
    conn: Connection, scope: Scope, owners: Sequence[str], kept: Sequence[str]
) -> int:
    """Remove the rows of `owners` whose keys are not `kept`; returns how many there were."""
    statement = sql.SQL(
        """
        delete from {table} t
        where {owned} and t.{owner} = any(%(owners)s::{type}[])
          and not exists (select from unnest(%(kept)s::text[]) k (key) where k.key = {key})
        """
    ).format(
        table=scope.table.in_query,
        owned=_owned(scope),
        owner=sql.Identifier(scope.owner),
        type=scope.table.column(scope.owner).sql_type,
        key=key_text(scope.table, "t"),
    )
    values = {"owners": list(owners), "kept": list(kept), **_values(scope)}
    return conn.execute(statement, values).rowcount


def remove_foreign(conn: Connection, scope: Scope) -> int:
    """Remove the rows of parts that are not asked for any more; returns how many there were."""
    statement = sql.SQL("delete from {} t where {} and t.{} <> all(%(parts)s)").format(
        scope.table.in_query, _owned(replace(scope, part="")), sql.Identifier(scope.part)
    )
    return conn.execute(statement, _values(scope)).rowcount


def remove_dead(conn: Connection, scope: Scope, owners: Table, since_run: int | None) -> int:
    """Remove the rows of records that are gone: deleted by runs after `since_run`, or (None) not alive at all."""
    values = {"run": since_run, **_values(scope)}
    dead = _dead(replace(scope, part=""), owners, since_run)
    reflected = 0
    if scope.mirrored:
        reflected = conn.execute(_remove_mirrored(scope, dead), values).rowcount
    statement = sql.SQL("delete from {} t where {}").format(scope.table.in_query, dead)
    return reflected + conn.execute(statement, values).rowcount


def _dead(scope: Scope, owners: Table, since_run: int | None) -> sql.Composed:
    """Whether a row's record is gone. Only runs of its own entity add rows of a record, and only of live ones."""
    [name] = owners.key
    owner = sql.SQL("from {} o where o.{} = t.{}").format(
        owners.in_query, sql.Identifier(name), sql.Identifier(scope.owner)
    )
    gone = (
        sql.SQL("not exists (select {} and o.deleted_at is null)")
        if since_run is None
        else sql.SQL(
            "exists (select {} and o.deleted_at is not null and o.sync_history_id > %(run)s)"
        )
    )
    return sql.SQL("{} and {}").format(_owned(scope), gone.format(owner))


def _remove_mirrored(scope: Scope, dead: sql.Composed) -> sql.Composed:
    """What says the same from the other side, found by its key."""
    swapped = [
        sql.SQL("r.{} = t.{}").format(sql.Identifier(ours), sql.Identifier(theirs))
        for pair in scope.mirrored
        for ours, theirs in (pair, pair[::-1])
    ]
    return sql.SQL("delete from {table} r using {table} t where {dead} and {swapped}").format(
        table=scope.table.in_query, dead=dead, swapped=sql.SQL(" and ").join(swapped)
    )


def _owned(scope: Scope) -> sql.Composed:
    """Which rows of the table are spoken of at all."""
    same: list[sql.Composable] = [
        sql.SQL("t.{} = {}").format(sql.Identifier(name), sql.Placeholder(f"fixed_{name}"))
        for name in scope.fixed
    ]
    if scope.part:
        same.append(sql.SQL("t.{} = any(%(parts)s)").format(sql.Identifier(scope.part)))
    return sql.SQL(" and ").join(same or [sql.SQL("true")])


def _values(scope: Scope) -> dict[str, Any]:
    fixed = {f"fixed_{name}": value for name, value in scope.fixed.items()}
    return {**fixed, "parts": list(scope.parts)}

"""A few rows of the mirrors, for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from warehouse.connection import Connection


@dataclass(frozen=True, slots=True)
class Answer:
    """A query as people would write it, and what it gave."""

    query: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def last_written(
    conn: Connection, schema: str, table: str, columns: Sequence[str], limit: int = 8
) -> list[tuple[Any, ...]]:
    """The rows that the latest runs wrote, the newest first."""
    statement = sql.SQL(
        """
        select {columns} from {table}
        order by sync_history_id desc, greatest(updated_at, deleted_at) desc
        limit %s
        """
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(schema, table),
    )
    return conn.execute(statement, (limit,)).fetchall()


def open_deals(conn: Connection, schema: str, limit: int = 8) -> Answer:
    """The largest open deals, with the labels, names and links that other tables hold."""
    statement = _open_deals(schema, limit)
    cursor = conn.execute(statement)
    columns = tuple(column.name for column in cursor.description or ())
    # Names that are plain need no quotes to be copied.
    return Answer(statement.as_string(conn).replace('"', ""), columns, cursor.fetchall())


def _open_deals(schema: str, limit: int) -> sql.Composed:
    return sql.SQL(
        """\
select
  d.deal_name, s.label as stage, concat_ws(' ', o.first_name, o.last_name) as owner,
  c.name as company, p.contacts, d.amount, d.currency_code as currency
from {deals} d
join {stages} s on s.object_type = 'deals' and s.id = d.deal_stage
left join {owners} o on o.id = d.owner_id    -- those who have left, too
left join {associations} a on a.label = 'Primary'
  and a.from_type = 'deals' and a.from_id = d.id and a.to_type = 'companies'
left join {companies} c on c.id = a.to_id and c.deleted_at is null
left join lateral (
  select string_agg(concat_ws(' ', first_name, last_name), ', ' order by id) as contacts
  from {contacts}
  where deleted_at is null and id in (    -- a join would repeat who is linked in two ways
    select to_id from {associations}
    where from_type = 'deals' and from_id = d.id and to_type = 'contacts'
  )
) p on true
where d.deleted_at is null and not s.is_closed
order by d.amount desc nulls last, d.id
limit {limit}
"""
    ).format(
        deals=sql.Identifier(schema, "deals"),
        stages=sql.Identifier(schema, "pipeline_stages"),
        owners=sql.Identifier(schema, "owners"),
        associations=sql.Identifier(schema, "associations"),
        companies=sql.Identifier(schema, "companies"),
        contacts=sql.Identifier(schema, "contacts"),
        limit=sql.Literal(limit),
    )

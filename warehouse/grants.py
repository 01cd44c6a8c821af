"""The rights an ordinary role needs, and the statements that give it those it lacks."""

from collections.abc import Iterator, Sequence

from psycopg import sql
from psycopg.rows import TupleRow

from warehouse.connection import Connection

BOOKKEEPING = (
    "ingestion_alembic_version",
    "ingestion_sync_history",
    "ingestion_rejected_record",
    "ingestion_column_name",
    "ingestion_seen_key",
    "ingestion_created_keys",
    "ingestion_webhook_event",
    "ingestion_tombstone",
    "ingestion_tombstone_key",
    "ingestion_alert",
)
DATABASE = sql.SQL("""
    select current_user, current_database(),
           has_database_privilege(current_database(), 'create'),
           has_database_privilege(current_database(), 'temporary')
""")
SCHEMA = sql.SQL("""
    select has_schema_privilege(oid, 'usage'), has_schema_privilege(oid, 'create')
    from pg_namespace where nspname = %s
""")
TABLES = sql.SQL("""
    select c.relname, pg_get_userbyid(c.relowner), pg_has_role(c.relowner, 'usage'), r.rolsuper,
           array(select p from unnest(array['select', 'insert', 'update', 'delete']) p
                 where not has_table_privilege(c.oid, p))
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
         join pg_roles r on r.oid = c.relowner
    where n.nspname = %s and c.relname = any(%s) and c.relkind = 'r'
    order by c.relname
""")
SEQUENCES = sql.SQL("""
    select s.relname
    from pg_class s
    join pg_depend d on d.objid = s.oid and d.classid = 'pg_class'::regclass and d.deptype = 'a'
    join pg_class c on c.oid = d.refobjid
    where c.relnamespace = to_regnamespace(quote_ident(%s)) and c.relname = any(%s)
          and case s.relkind when 'S' then not has_sequence_privilege(s.oid, 'usage') end
""")


def missing_grants(
    connection: Connection, schema: str = "public", sources: Sequence[str] = ()
) -> list[str]:
    """The statements that give the connection's role the rights it lacks, for the owner to run.

    A source whose schema does not exist yet needs the right to create it; so does, when no source
    is named, whichever may come.
    """
    row = connection.execute(DATABASE).fetchone()
    assert row is not None
    role, database, may_create, may_temp = row
    tables = connection.execute(TABLES, [schema, list(BOOKKEEPING)]).fetchall()
    rights = {name: _schema_rights(connection, name) for name in (schema, *sources)}
    wanted = []
    if not may_create and (None in rights.values() or not sources):
        wanted.append(_grant("create", "database", [database], role))
    if not may_temp:
        wanted.append(_grant("temporary", "database", [database], role))
    if len(tables) == len(BOOKKEEPING):  # nothing is left to create there
        rights[schema] = [right for right in rights[schema] or () if right != "create"]
    else:
        wanted += _ownership(tables, schema, role)
    for name, lacking in rights.items():
        if lacking:
            wanted.append(_grant(", ".join(lacking), "schema", [name], role))
    for name, *_, lacking in tables:
        if lacking:
            wanted.append(_grant(", ".join(lacking), "table", [schema, name], role))
    for (name,) in connection.execute(SEQUENCES, [schema, list(BOOKKEEPING)]):
        wanted.append(_grant("usage", "sequence", [schema, name], role))
    return [statement.as_string(connection) for statement in wanted]


def _schema_rights(connection: Connection, schema: str) -> list[str] | None:
    """The rights lacking on a schema; None when there is no such schema."""
    row = connection.execute(SCHEMA, [schema]).fetchone()
    if row is None:
        return None
    return [right for right, held in zip(("usage", "create"), row, strict=True) if not held]


def _ownership(tables: list[TupleRow], schema: str, role: str) -> Iterator[sql.Composed]:
    """What lets the role adopt tables of others; membership, unless their owner is a superuser."""
    for name, owner, member, superuser, _ in tables:
        if superuser and not member:
            yield sql.SQL("ALTER TABLE {} OWNER TO {}").format(
                sql.Identifier(schema, name), sql.Identifier(role)
            )
        elif not member:
            yield sql.SQL("GRANT {} TO {}").format(sql.Identifier(owner), sql.Identifier(role))


def _grant(rights: str, kind: str, name: list[str], role: str) -> sql.Composed:
    return sql.SQL("GRANT {} ON {} {} TO {}").format(
        sql.SQL(rights.upper()), sql.SQL(kind.upper()), sql.Identifier(*name), sql.Identifier(role)
    )

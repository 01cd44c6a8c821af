"""Bringing the bookkeeping tables up to date, and saying which rights are missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

from warehouse.connection import connect, describe
from warehouse.errors import Incompatible, MissingRights, WarehouseError
from warehouse.grants import missing_grants
from warehouse.migrations import VERSION_TABLE

__all__ = ["missing_grants", "pending", "upgrade"]

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str, schema: str = "public") -> list[str]:
    """Apply the pending revisions, all or none, and return them; repeating it is harmless."""
    with _naming_rights(url, schema), _transaction(url) as connection:
        if not _pending(connection, schema):
            return []
        _wait_for_others(connection, schema)
        revisions = _pending(connection, schema)
        if not sa.inspect(connection).has_schema(schema):
            connection.execute(sa.schema.CreateSchema(schema))
        command.upgrade(_config(connection, schema), "head")
        return revisions


def pending(url: str, schema: str = "public") -> list[str]:
    """The revisions not yet applied, oldest first."""
    with _naming_rights(url, schema), _transaction(url) as connection:
        return _pending(connection, schema)


def _pending(connection: sa.Connection, schema: str) -> list[str]:
    options = {"version_table": VERSION_TABLE, "version_table_schema": schema}
    current = MigrationContext.configure(connection, opts=options).get_current_revision()
    script = ScriptDirectory.from_config(_config(connection, schema))
    known = [revision.revision for revision in script.walk_revisions()]  # newest first
    if current and current not in known:
        raise Incompatible(
            f"The bookkeeping tables are at revision {current}, unknown here: they were made by a"
            " newer version of this program. Update it."
        )
    missing = known[: known.index(current)] if current else known
    return missing[::-1]


def _wait_for_others(connection: sa.Connection, schema: str) -> None:
    """Let one upgrade at a time through; the lock goes with the transaction."""
    name = sa.func.hashtextextended(f"crm-sync upgrade of {schema}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))


def _config(connection: sa.Connection, schema: str) -> Config:
    """Alembic's settings, made here rather than in a file: it neither logs nor prints."""
    config = Config(attributes={"connection": connection, "schema": schema})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@contextmanager
def _transaction(url: str) -> Iterator[sa.Connection]:
    """A SQLAlchemy connection with our session settings, in one transaction."""
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(url, autocommit=False),
        poolclass=NullPool,
    )
    with engine.begin() as connection:
        yield connection


@contextmanager
def _naming_rights(url: str, schema: str) -> Iterator[None]:
    """Turn a refusal by PostgreSQL into an error that says what to do."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise WarehouseError(f"Upgrading {describe(url)} failed: {error.orig}") from error
        with connect(url) as connection:
            grants = tuple(missing_grants(connection, schema))
        raise MissingRights(_request(url, grants, str(error.orig)), grants) from error


def _request(url: str, grants: tuple[str, ...], said: str) -> str:
    """What to ask the database's owner for."""
    refused = f"The role lacks rights in {describe(url)}: {said.strip()}."
    if not grants:
        return f"{refused} Upgrade as the role that owns the tables."
    return f"{refused} Let the owner run:" + "".join(f"\n  {grant};" for grant in grants)

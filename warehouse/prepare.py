"""Before a run: a warehouse that can be used as it is meant to be."""

from warehouse.connection import connect, describe, refuse_pooler
from warehouse.errors import WarehouseError
from warehouse.migrations import VERSION_TABLE


class NotUpgraded(WarehouseError):
    """The bookkeeping tables are older than this program."""


def prepare(url: str, schema: str, *, upgrades: bool) -> None:
    """Refuse poolers, and see that the bookkeeping tables are there and up to date.

    The first use of a database creates them; later changes wait for `crm-sync db upgrade` unless
    `upgrades` (the embedded default), so that one worker's new version does not surprise the others.
    """
    refuse_pooler(url)
    # Imported late: Alembic and SQLAlchemy cost every command a sixth of a second.
    from warehouse.upgrade import pending, upgrade

    waiting = pending(url, schema)
    if not waiting:
        return
    if not upgrades and has_version(url, schema):
        raise NotUpgraded(
            f"The bookkeeping tables in {describe(url)} lack {len(waiting)} revision(s)"
            f" ({', '.join(waiting)}): run `crm-sync db upgrade` once."
        )
    upgrade(url, schema)


def has_version(url: str, schema: str) -> bool:
    """Whether the bookkeeping tables were made before, by whatever version."""
    with connect(url, schema=schema) as conn:
        row = conn.execute(
            "select 1 from pg_tables where schemaname = %s and tablename = %s",
            (schema, VERSION_TABLE),
        ).fetchone()
    return row is not None

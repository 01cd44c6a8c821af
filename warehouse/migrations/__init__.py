"""The bookkeeping tables, revision by revision."""

from typing import Any

import sqlalchemy as sa
from alembic import op

VERSION_TABLE = "ingestion_alembic_version"
NOW = sa.text("now()")


def bookkeeping_schema() -> str:
    """The schema the running upgrade is for."""
    return str(op.get_context().version_table_schema)


def stamp(name: str, **options: Any) -> "sa.Column[Any]":
    """A moment in time, required unless said otherwise."""
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": False, **options})

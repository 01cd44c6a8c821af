"""The keys a run has read: exact counts and complete replacement follow from them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

from warehouse.migrations import bookkeeping_schema

revision = "0004"
down_revision = "0003"

TABLE = "ingestion_seen_key"


class OneByte(UserDefinedType[str]):
    """PostgreSQL's `"char"`, a single byte; SQLAlchemy has no name for it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL; the quotes set it apart from `char(1)`."""
        return '"char"'


def upgrade() -> None:
    """Create the table; a run's rows are deleted when it has closed well."""
    op.create_table(
        TABLE,
        sa.Column("sync_history_id", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("outcome", OneByte, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("sync_history_id", "key", name=f"{TABLE}_pkey"),
        schema=bookkeeping_schema(),
    )

"""Tombstones: records that must never be stored again, each known by a keyed hash alone."""

import sqlalchemy as sa
from alembic import op

from warehouse.migrations import NOW, bookkeeping_schema, stamp

revision = "0006"
down_revision = "0005"

TABLE, KEY = "ingestion_tombstone", "ingestion_tombstone_key"


def upgrade() -> None:
    """Create the table, and the one that holds the key of its hashes, in a single row."""
    schema = bookkeeping_schema()
    op.create_table(
        TABLE,
        sa.Column("crm_source", sa.String(50), nullable=False),
        sa.Column("entity", sa.String(100), nullable=False),
        sa.Column("key_mac", sa.LargeBinary, nullable=False),
        stamp("created_at", server_default=NOW),
        sa.Column("sync_history_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("crm_source", "entity", "key_mac", name=f"{TABLE}_pkey"),
        schema=schema,
    )
    op.create_table(
        KEY,
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        stamp("created_at", server_default=NOW),
        sa.CheckConstraint("id = 1", name=f"{KEY}_one_row"),
        schema=schema,
    )

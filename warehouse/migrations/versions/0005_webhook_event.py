"""The inbox: pushed events, each kept once, until what they are about has been read."""

import sqlalchemy as sa
from alembic import op

from warehouse.migrations import bookkeeping_schema, stamp

revision = "0005"
down_revision = "0004"

TABLE = "ingestion_webhook_event"


def upgrade() -> None:
    """Create the table, one row for each record an event is about."""
    schema = bookkeeping_schema()
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("crm_source", sa.String(50), nullable=False),
        sa.Column("event_key", sa.Text, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("entity", sa.String(100)),
        sa.Column("record_key", sa.Text),
        sa.Column("action", sa.String(20), nullable=False),
        stamp("occurred_at", nullable=True),
        stamp("received_at", server_default=sa.text("clock_timestamp()")),
        # bytea, for it may be encrypted, or no JSON at all; NULL once it was erased
        sa.Column("payload", sa.LargeBinary),
        sa.Column("status", sa.String(10), nullable=False, server_default="pending"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        stamp("processed_at", nullable=True),
        sa.Column("sync_history_id", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("crm_source", "event_key", name=f"{TABLE}_key"),
        schema=schema,
    )
    op.create_index(
        f"{TABLE}_pending_idx",
        TABLE,
        ["crm_source", "entity", "id"],
        schema=schema,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        f"{TABLE}_dead_idx",
        TABLE,
        ["crm_source", "id"],
        schema=schema,
        postgresql_where=sa.text("status = 'dead'"),
    )

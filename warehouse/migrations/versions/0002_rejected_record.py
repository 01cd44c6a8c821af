"""Records that could not be stored, kept until a good copy lands."""

import sqlalchemy as sa
from alembic import op

from warehouse.migrations import NOW, bookkeeping_schema, stamp

revision = "0002"
down_revision = "0001"

TABLE = "ingestion_rejected_record"


def upgrade() -> None:
    """Create the table, one row for each record however often it is refused."""
    schema = bookkeeping_schema()
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("crm_source", sa.String(50), nullable=False),
        sa.Column("entity", sa.String(100), nullable=False),
        sa.Column("record_key", sa.Text, nullable=False),
        # json, not jsonb: it keeps what jsonb refuses, an escaped NUL or a huge exponent
        sa.Column("raw", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("field", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="1"),
        sa.Column("first_sync_history_id", sa.BigInteger),
        sa.Column("sync_history_id", sa.BigInteger),
        stamp("first_seen_at", server_default=NOW),
        stamp("last_seen_at", server_default=NOW),
        stamp("resolved_at", nullable=True),
        sa.Column("resolved_by", sa.BigInteger),
        sa.UniqueConstraint("crm_source", "entity", "record_key", name=f"{TABLE}_key"),
        schema=schema,
    )
    op.create_index(
        f"{TABLE}_open_idx",
        TABLE,
        ["crm_source", "entity"],
        schema=schema,
        postgresql_where=sa.text("resolved_at is null"),
    )

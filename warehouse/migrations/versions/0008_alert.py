"""What was found wrong and told: a fault that lasts is told once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.migrations import NOW, bookkeeping_schema, stamp

revision = "0008"
down_revision = "0007"

TABLE = "ingestion_alert"


def upgrade() -> None:
    """Create the table; a row is open until what it tells of has not been found for a while."""
    schema = bookkeeping_schema()
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("crm_source", sa.String(50), nullable=False),
        sa.Column("entities", ARRAY(sa.Text), nullable=False),
        sa.Column("family", sa.String(20), nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("severity", sa.SmallInteger, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("findings", JSONB, nullable=False, server_default="[]"),
        stamp("opened_at", server_default=NOW),
        stamp("last_seen_at", server_default=NOW),
        stamp("closed_at", nullable=True),
        # Set when the opening, or the closing, has been passed on; until then it is tried again.
        stamp("opening_told_at", nullable=True),
        stamp("closing_told_at", nullable=True),
        schema=schema,
    )
    op.create_index(
        f"{TABLE}_open_idx",
        TABLE,
        ["crm_source"],
        schema=schema,
        postgresql_where=sa.text("closed_at is null"),
    )

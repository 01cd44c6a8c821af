"""The keys a run has created, chunk by chunk: an index entry for each would cost more than the row itself."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from warehouse.migrations import bookkeeping_schema

revision = "0007"
down_revision = "0006"

TABLE = "ingestion_created_keys"


def upgrade() -> None:
    """Create the table; a run's rows are deleted when it has closed well."""
    op.create_table(
        TABLE,
        sa.Column("sync_history_id", sa.BigInteger, nullable=False),
        sa.Column("keys", ARRAY(sa.Text), nullable=False),
        schema=bookkeeping_schema(),
    )
    op.create_index(f"{TABLE}_run_idx", TABLE, ["sync_history_id"], schema=bookkeeping_schema())

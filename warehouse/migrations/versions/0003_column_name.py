"""Which column a field of the source was given, so that it keeps it for good."""

import sqlalchemy as sa
from alembic import op

from warehouse.migrations import NOW, bookkeeping_schema, stamp

revision = "0003"
down_revision = "0002"

TABLE = "ingestion_column_name"


def upgrade() -> None:
    """Create the table; within an entity both the path and the column name are unique."""
    op.create_table(
        TABLE,
        sa.Column("crm_source", sa.String(50), nullable=False),
        sa.Column("entity", sa.String(100), nullable=False),
        sa.Column("source_path", sa.Text, nullable=False),
        sa.Column("column_name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("filled", sa.Boolean, nullable=False, server_default=sa.true()),
        stamp("created_at", server_default=NOW),
        sa.PrimaryKeyConstraint("crm_source", "entity", "source_path", name=f"{TABLE}_pkey"),
        sa.UniqueConstraint("crm_source", "entity", "column_name", name=f"{TABLE}_name_key"),
        schema=bookkeeping_schema(),
    )

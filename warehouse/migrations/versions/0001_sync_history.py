"""One row for each run of an entity; an existing table of this shape is adopted."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.migrations import bookkeeping_schema, stamp
from warehouse.migrations.adopt import adopt

revision = "0001"
down_revision = None

TABLE = "ingestion_sync_history"


def columns() -> "list[sa.Column[Any]]":
    """The columns, fresh ones at each call: SQLAlchemy binds a column to one table."""
    counters = ("records_processed", "records_created", "records_updated", "records_failed")
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("crm_source", sa.String(50), nullable=False),
        sa.Column("sync_type", sa.String(50), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False, server_default="0") for name in counters),
        stamp("start_time"),
        stamp("end_time", nullable=True),
        sa.Column("error_message", sa.Text),
        sa.Column("performance_metrics", JSONB, nullable=False, server_default="{}"),
        sa.Column("configuration", JSONB, nullable=False, server_default="{}"),
    ]


INDEXES = {
    f"{TABLE}_source_idx": ("crm_source", "sync_type", "start_time DESC"),
    f"{TABLE}_status_idx": ("status", "start_time DESC"),
    f"{TABLE}_end_idx": ("end_time DESC",),
}


def upgrade() -> None:
    """Create the table, or make an existing one fit."""
    schema = bookkeeping_schema()
    present: set[str] = set()
    if sa.inspect(op.get_bind()).has_table(TABLE, schema):
        present = adopt(schema, TABLE, columns())
    else:
        op.create_table(TABLE, *columns(), schema=schema)
    for name, parts in INDEXES.items():
        if f"btree ({', '.join(parts)})" not in present:
            op.create_index(name, TABLE, [sa.text(part) for part in parts], schema=schema)

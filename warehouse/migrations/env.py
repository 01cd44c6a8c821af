"""Alembic's way in: `warehouse.upgrade` hands over an open transaction and the schema."""

from alembic import context

from warehouse.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    version_table_schema=context.config.attributes["schema"],
)
with context.begin_transaction():
    context.run_migrations()

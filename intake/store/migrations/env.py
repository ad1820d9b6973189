"""Alembic's way in; `intake.store.schema` gives the connection."""

from alembic import context

from intake.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

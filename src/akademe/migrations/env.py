"""Alembic's entry: run the versions on the connection that `schema.upgrade` opened."""

from alembic import context
from sqlalchemy import text

from akademe import domains
from akademe.kernel.db import Base

domains.load_models()
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET lock_timeout = '5s'"))
    context.run_migrations()

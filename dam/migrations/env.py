"""Run by Alembic with the connection that dam.migrations gives it."""

from alembic import context

import dam.models
from dam.db import Base

assert dam.models  # importing it registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

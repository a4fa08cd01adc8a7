"""Alembic's entry: migrates over the connection that `bot.core.db.migrate` hands it."""

from alembic import context

from bot.channels.email import tables as email  # noqa: F401 - tables of the metadata
from bot.core import leases  # noqa: F401
from bot.core.db import metadata
from bot.knowledge import tables as knowledge  # noqa: F401
from bot.messages import tables as conversations  # noqa: F401
from bot.privacy import retention  # noqa: F401
from bot.promises import store as promises  # noqa: F401
from bot.staff import tables as staff  # noqa: F401
from bot.tickets import notices  # noqa: F401
from bot.tickets import tables as tickets  # noqa: F401

connection = context.config.attributes["connection"]
# Rasa keeps its trackers in the same PostgreSQL database; its table is not ours to compare.
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    include_name=lambda name, kind, parents: kind != "table" or name in metadata.tables,
)
with context.begin_transaction():
    context.run_migrations()

"""The tables of tickets and of their histories, with their indexes."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.db import UTCDateTime, metadata
from bot.tickets.search import LONGEST

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(32), nullable=False, unique=True),
    sa.Column("conversation", sa.String(64), nullable=False, index=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("email", sa.String(320)),
    sa.Column("promise", sa.String(64), nullable=False),
    sa.Column("promise_version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("opened_at", UTCDateTime, nullable=False),
    sa.Column("day_zero", sa.Date, nullable=False),
    sa.Column("due_at", UTCDateTime, nullable=False),
    sa.Column("proof", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("message", sa.Integer, unique=True),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("program", sa.String(32)),
    sa.Column("officer", sa.String(40)),
    sa.Column("contact", sa.Text),
    sa.Column("pending", sa.Integer),
    sa.Column("merged_into", sa.String(32)),
    sa.Column("closed_at", UTCDateTime),
    sa.Column("closed_as", sa.String(16)),
    sa.Column("kept", sa.Boolean),
    # When its citizen asked to be forgotten, and when its words and addresses were erased (see erasing.py).
    sa.Column("forget_at", UTCDateTime),
    sa.Column("erased_at", UTCDateTime),
    # What a text filter looks in, in one form (see search.py).
    sa.Column("search", sa.String(LONGEST), nullable=False),
)
_ON_ITS_WAY = tickets.c.pending.is_not(None)
sa.Index("ix_tickets_pending", tickets.c.pending, sqlite_where=_ON_ITS_WAY, postgresql_where=_ON_ITS_WAY)
_MERGED = tickets.c.merged_into.is_not(None)
sa.Index("ix_tickets_merged_into", tickets.c.merged_into, sqlite_where=_MERGED, postgresql_where=_MERGED)
IN_LISTS = tickets.c.merged_into.is_(None)  # a list leaves out what was merged into another
_DUE = (tickets.c.state, tickets.c.due_at, tickets.c.id)
_FILTERS = tuple(tickets.c[name] for name in ("promise", "language", "program", "officer", "channel"))
# A list is read in the order of due moments until a page is full. PostgreSQL knows how many tickets pass a filter
# and takes the index of the one that fewest pass, or of the text's groups of three letters.
for _columns in (_DUE, *((column, *_DUE) for column in _FILTERS if column is not tickets.c.language)):
    _name = f"ix_tickets_{_columns[0].name}_due"
    sa.Index(_name, *_columns, postgresql_where=IN_LISTS, info={"dialect": "postgresql"})
sa.Index(
    "ix_tickets_search",
    tickets.c.search,
    postgresql_using="gin",
    postgresql_ops={"search": "gin_trgm_ops"},
    info={"dialect": "postgresql"},
)
# SQLite does not know, and would take one of them blindly. It has a single index that holds all that is filtered
# by: what passes no filter costs no look into the table, whose rows are long.
sa.Index(
    "ix_tickets_list",
    *_DUE,
    *_FILTERS,
    tickets.c.merged_into,
    tickets.c.search,
    sqlite_where=IN_LISTS,
    info={"dialect": "sqlite"},
)
sa.Index("ix_tickets_month", tickets.c.day_zero, tickets.c.promise, tickets.c.state, tickets.c.kept)
events = sa.Table(
    "ticket_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("reference", sa.String(32), sa.ForeignKey("tickets.reference"), nullable=False, index=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("officer", sa.String(40)),
    sa.Column("detail", sa.JSON, nullable=False),
)

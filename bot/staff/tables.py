"""The room's tables. `people.py`, `sessions.py` and `journal.py` read and write them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.db import UTCDateTime, metadata

officers = sa.Table(
    "officers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(40), nullable=False),
    # `officer.likeness` of the name: no two officers look alike to a citizen.
    sa.Column("name_key", sa.String(40), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("password", sa.String(255), nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("code_secret", sa.String(64)),
    # The period of the one-time code used last: a code opens once.
    sa.Column("code_used", sa.Integer),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("seen_at", UTCDateTime),
    sa.Column("email", sa.String(320)),
    # The journal names officers by their number: one that is gone must not come back as another's.
    sqlite_autoincrement=True,
)
sessions = sa.Table(
    "sessions",
    metadata,
    # The hash of the cookie's token, from which the token cannot be told.
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("officer_id", sa.Integer, sa.ForeignKey("officers.id"), nullable=False, index=True),
    sa.Column("form_token", sa.String(64), nullable=False),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("new_secret", sa.String(64)),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("seen_at", UTCDateTime, nullable=False),
)
login_failures = sa.Table(
    "login_failures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
    # The hash of the login that was typed: it may be a password, in the wrong field.
    sa.Column("account", sa.String(64), nullable=False, index=True),
    sa.Column("address", sa.String(64), nullable=False, index=True),
)
# From where an officer logged in, and when last: strangers' failures do not keep them waiting there.
login_places = sa.Table(
    "login_places",
    metadata,
    sa.Column("officer_id", sa.Integer, sa.ForeignKey("officers.id"), primary_key=True),
    sa.Column("address", sa.String(64), primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
)
journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("officer_id", sa.Integer),
    sa.Column("officer", sa.String(40), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(120), nullable=False, index=True),
    sa.Column("detail", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)

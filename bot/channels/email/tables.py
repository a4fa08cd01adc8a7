"""The channel's tables: what came by e-mail beside its words, files, and how far mailboxes have been read."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.db import UTCDateTime, metadata

# What came by e-mail beside its words. A name is that of one e-mail (a digest of its Message-ID), by which the answers
# to it find their conversation. `aside`: why no person is taken to have written it, None if one is.
emails = sa.Table(
    "emails",
    metadata,
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("name", sa.String(64), index=True),
    sa.Column("sender", sa.String(320)),
    sa.Column("aside", sa.String(32)),
    # The reference of the request that it was added to, where that was left in another conversation.
    sa.Column("request", sa.String(32)),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Index("ix_emails_sender", "sender", "at"),
)
_ASIDE = emails.c.aside.is_not(None)
sa.Index("ix_emails_aside", emails.c.message_id, sqlite_where=_ASIDE, postgresql_where=_ASIDE)
_ELSEWHERE = emails.c.request.is_not(None)
sa.Index("ix_emails_request", emails.c.request, sqlite_where=_ELSEWHERE, postgresql_where=_ELSEWHERE)
attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(32), sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("message_id", sa.Integer, sa.ForeignKey("messages.id"), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("kind", sa.String(100), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    # An address of one that was erased must not come to lead to another's.
    sqlite_autoincrement=True,
)
# How far a mailbox has been read (see bot/channels/email/mailboxes.py).
mailboxes = sa.Table(
    "mailboxes",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("validity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    sa.Column("looked_at", UTCDateTime, nullable=False),
)

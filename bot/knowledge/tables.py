"""The room's tables. `store.py`, `drafts.py` and `releases.py` read and write them."""

from __future__ import annotations

import sqlalchemy as sa

from bot.core.db import UTCDateTime, metadata

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    # The version that is published; null as long as none is, or after archiving.
    sa.Column("version", sa.Integer),
)
versions = sa.Table(
    "article_versions",
    metadata,
    sa.Column("article_id", sa.String(64), sa.ForeignKey("articles.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("edits", sa.Integer, nullable=False),
    sa.Column("reviewed_by", sa.String(40)),
    sa.Column("reviewed_at", UTCDateTime),
    sa.Column("published_by", sa.String(40)),
    sa.Column("published_at", UTCDateTime),
    sa.Column("publish_at", UTCDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("stale", sa.String(2)),
    sa.Column("origin", sa.JSON, nullable=False),
)
# Matchers fitted on what was published, as `Matcher.save` writes them. Whoever can write here can run code in
# Rasa: the database is as trusted as the model's file.
matchers = sa.Table(
    "matchers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("made_at", UTCDateTime, nullable=False),
    # The code that it was fitted by: another may not be able to read it.
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
# What is published, as a row of changes; the last one's matcher is the one in use (null: the trained model's own).
releases = sa.Table(
    "releases",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("article_id", sa.String(64)),
    sa.Column("version", sa.Integer),
    sa.Column("officer", sa.String(40)),
    sa.Column("reason", sa.Text),
    sa.Column("matcher_id", sa.Integer, sa.ForeignKey("matchers.id")),
    sqlite_autoincrement=True,
)
# What a publication would change, tried before it takes effect.
trials = sa.Table(
    "trials",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("action", sa.String(16), nullable=False),
    sa.Column("article_id", sa.String(64)),
    sa.Column("version", sa.Integer),
    sa.Column("edits", sa.Integer),
    sa.Column("base", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("asked_by", sa.String(40), nullable=False),
    sa.Column("asked_at", UTCDateTime, nullable=False),
    sa.Column("done_at", UTCDateTime),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("matcher_id", sa.Integer, sa.ForeignKey("matchers.id")),
    sqlite_autoincrement=True,
)
# Groups of unanswered questions, by the numbers of their messages: the words stay in the conversations alone.
question_groups = sa.Table(
    "question_groups",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("made_at", UTCDateTime, nullable=False),
    sa.Column("of", sa.String(64), nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
)
# Work on the knowledge base that failed, until it is done: see `retries.py`.
failed_work = sa.Table(
    "failed_work",
    metadata,
    sa.Column("work", sa.String(16), primary_key=True),
    sa.Column("of", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("failed_at", UTCDateTime, nullable=False),
    sa.Column("next_at", UTCDateTime, nullable=False),
)

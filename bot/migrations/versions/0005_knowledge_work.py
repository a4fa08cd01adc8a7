"""Versions of articles in work, trials and releases with their matchers, groups of unanswered questions."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table('articles') as batch_op:
        batch_op.alter_column('version', existing_type=sa.Integer(), nullable=True)
    with op.batch_alter_table('article_versions') as batch_op:
        batch_op.alter_column('published_at', existing_type=MOMENT, nullable=True)
        for column in (
            sa.Column('state', sa.String(length=16), nullable=False, server_default='published'),
            sa.Column('authors', sa.JSON(), nullable=False, server_default='[]'),
            sa.Column('created_at', MOMENT),
            sa.Column('edits', sa.Integer(), nullable=False, server_default='1'),
            sa.Column('reviewed_by', sa.String(length=40)),
            sa.Column('reviewed_at', MOMENT),
            sa.Column('published_by', sa.String(length=40)),
            sa.Column('publish_at', MOMENT),
            sa.Column('reason', sa.Text()),
            sa.Column('stale', sa.String(length=2)),
            sa.Column('origin', sa.JSON(), nullable=False, server_default='{}'),
        ):
            batch_op.add_column(column)
    op.execute('UPDATE article_versions SET created_at = published_at')
    with op.batch_alter_table('article_versions') as batch_op:
        batch_op.alter_column('created_at', existing_type=MOMENT, nullable=False)
        for column, kind in (('state', sa.String(length=16)), ('authors', sa.JSON()), ('edits', sa.Integer()), ('origin', sa.JSON())):
            batch_op.alter_column(column, existing_type=kind, server_default=None)
        batch_op.create_index('ix_article_versions_state', ['state'])
    op.create_table(
        'matchers',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('made_at', MOMENT, nullable=False),
        sa.Column('code', sa.String(length=64), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'releases',
        sa.Column('number', sa.Integer(), primary_key=True),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('action', sa.String(length=16), nullable=False),
        sa.Column('article_id', sa.String(length=64)),
        sa.Column('version', sa.Integer()),
        sa.Column('officer', sa.String(length=40)),
        sa.Column('reason', sa.Text()),
        sa.Column('matcher_id', sa.Integer(), sa.ForeignKey('matchers.id', name='fk_releases_matcher_id_matchers')),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'trials',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('action', sa.String(length=16), nullable=False),
        sa.Column('article_id', sa.String(length=64)),
        sa.Column('version', sa.Integer()),
        sa.Column('edits', sa.Integer()),
        sa.Column('base', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('asked_by', sa.String(length=40), nullable=False),
        sa.Column('asked_at', MOMENT, nullable=False),
        sa.Column('done_at', MOMENT),
        sa.Column('result', sa.JSON(), nullable=False),
        sa.Column('matcher_id', sa.Integer(), sa.ForeignKey('matchers.id', name='fk_trials_matcher_id_matchers')),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_trials_state', 'trials', ['state'])
    op.create_table(
        'question_groups',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('made_at', MOMENT, nullable=False),
        sa.Column('of', sa.String(length=64), nullable=False),
        sa.Column('groups', sa.JSON(), nullable=False),
    )
    op.create_table(
        'set_aside',
        sa.Column('message_id', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('officer', sa.String(length=80), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in ('set_aside', 'question_groups', 'trials', 'releases', 'matchers'):
        op.drop_table(table)
    op.execute('DELETE FROM article_versions WHERE published_at IS NULL')
    op.execute('DELETE FROM articles WHERE version IS NULL AND id NOT IN (SELECT article_id FROM article_versions)')
    op.execute(
        'UPDATE articles SET version = (SELECT max(version) FROM article_versions '
        'WHERE article_versions.article_id = articles.id) WHERE version IS NULL'
    )
    with op.batch_alter_table('article_versions') as batch_op:
        batch_op.drop_index('ix_article_versions_state')
        for column in ('state', 'authors', 'created_at', 'edits', 'reviewed_by', 'reviewed_at', 'published_by', 'publish_at', 'reason', 'stale', 'origin'):
            batch_op.drop_column(column)
        batch_op.alter_column('published_at', existing_type=MOMENT, nullable=False)
    with op.batch_alter_table('articles') as batch_op:
        batch_op.alter_column('version', existing_type=sa.Integer(), nullable=False)

"""Evaluations after missions."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'evaluations',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('conversation', sa.String(length=32)),
        sa.Column('message', sa.Integer()),
        sa.Column('mission', sa.Text()),
        sa.Column('rating', sa.Integer(), nullable=False),
        sa.Column('comment', sa.Text()),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('language', sa.String(length=2), nullable=False),
        sa.UniqueConstraint('message', name='uq_evaluations_message'),
    )
    op.create_index('ix_evaluations_conversation', 'evaluations', ['conversation'])
    op.create_index('ix_evaluations_at', 'evaluations', ['at'])


def downgrade() -> None:
    op.drop_table('evaluations')

"""Work on the knowledge base that failed: why, how often, and from when on it may be tried again."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'failed_work',
        sa.Column('work', sa.String(length=16), primary_key=True),
        sa.Column('of', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('detail', sa.Text(), nullable=False),
        sa.Column('times', sa.Integer(), nullable=False),
        sa.Column('failed_at', MOMENT, nullable=False),
        sa.Column('next_at', MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table('failed_work')

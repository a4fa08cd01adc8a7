"""Requests whose words are erased, or are to be once they are answered; and what each daily erasing did."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'retention_runs',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('step', sa.String(length=32), nullable=False),
        sa.Column('count', sa.Integer()),
    )
    op.create_index('ix_retention_runs_at', 'retention_runs', ['at'])
    with op.batch_alter_table('tickets') as batch:
        batch.add_column(sa.Column('forget_at', MOMENT))
        batch.add_column(sa.Column('erased_at', MOMENT))


def downgrade() -> None:
    with op.batch_alter_table('tickets') as batch:
        batch.drop_column('forget_at')
        batch.drop_column('erased_at')
    op.drop_table('retention_runs')

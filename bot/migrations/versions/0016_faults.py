"""What failed, of messages that only the fallback text could answer, for staff to see."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('inbox') as batch:
        batch.add_column(sa.Column('fault', sa.String(length=200)))
    failed = sa.text('fault IS NOT NULL')
    op.create_index('ix_inbox_fault', 'inbox', ['id'], sqlite_where=failed, postgresql_where=failed)


def downgrade() -> None:
    op.drop_index('ix_inbox_fault', 'inbox')
    with op.batch_alter_table('inbox') as batch:
        batch.drop_column('fault')

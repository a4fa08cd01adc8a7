"""To which request of another conversation an e-mail belongs: one that was left on the website or on Telegram."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('emails') as batch:
        batch.add_column(sa.Column('request', sa.String(length=32)))
    elsewhere = sa.text('request IS NOT NULL')
    op.create_index('ix_emails_request', 'emails', ['request'], sqlite_where=elsewhere, postgresql_where=elsewhere)


def downgrade() -> None:
    op.drop_index('ix_emails_request', 'emails')
    with op.batch_alter_table('emails') as batch:
        batch.drop_column('request')

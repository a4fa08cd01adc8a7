"""A message that its channel brings in pieces waits for all of them before its turn is taken."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('inbox') as batch:
        batch.add_column(sa.Column('not_before', sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table('inbox') as batch:
        batch.drop_column('not_before')

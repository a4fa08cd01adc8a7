"""From where officers logged in, which strangers' failures do not hold up."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'login_places',
        sa.Column('officer_id', sa.Integer(), sa.ForeignKey('officers.id', name='fk_login_places_officer_id_officers'), primary_key=True),
        sa.Column('address', sa.String(length=64), primary_key=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table('login_places')

"""From where officers logged in, which strangers' failures do not hold up; a ligature makes no other name."""

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
    plain = "substr(replace(replace(name_key, 'œ', 'oe'), 'æ', 'ae'), 1, 40)"
    op.execute(
        f'UPDATE officers SET name_key = {plain} WHERE name_key <> {plain} '
        f'AND {plain} NOT IN (SELECT name_key FROM officers)'
    )


def downgrade() -> None:
    op.drop_table('login_places')

"""Indexes for the lists of tickets, which leave out those that were merged into another."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

IN_LISTS, MERGED = sa.text('merged_into IS NULL'), sa.text('merged_into IS NOT NULL')
FILTERS = ('promise', 'language', 'program', 'officer', 'channel')
DUE = ['state', 'due_at', 'id']


def upgrade() -> None:
    for index in ('due', 'state_due', 'merged_into', *(f'{column}_due' for column in FILTERS)):
        op.drop_index(f'ix_tickets_{index}', 'tickets')
    op.create_index('ix_tickets_merged_into', 'tickets', ['merged_into'], sqlite_where=MERGED, postgresql_where=MERGED)
    if op.get_bind().dialect.name == 'sqlite':
        op.create_index('ix_tickets_list', 'tickets', [*DUE, *FILTERS, 'merged_into', 'search'], sqlite_where=IN_LISTS)
        return
    op.create_index('ix_tickets_state_due', 'tickets', DUE, postgresql_where=IN_LISTS)
    for column in FILTERS:
        if column != 'language':
            op.create_index(f'ix_tickets_{column}_due', 'tickets', [column, *DUE], postgresql_where=IN_LISTS)
    # Of PostgreSQL's own modules; since version 13 whoever owns the database may add it.
    op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')
    op.create_index('ix_tickets_search', 'tickets', ['search'], postgresql_using='gin', postgresql_ops={'search': 'gin_trgm_ops'})


def downgrade() -> None:
    op.drop_index('ix_tickets_merged_into', 'tickets')
    if op.get_bind().dialect.name == 'sqlite':
        op.drop_index('ix_tickets_list', 'tickets')
    else:
        for index in ('search', 'state_due', *(f'{column}_due' for column in FILTERS if column != 'language')):
            op.drop_index(f'ix_tickets_{index}', 'tickets')
    op.create_index('ix_tickets_merged_into', 'tickets', ['merged_into'])
    op.create_index('ix_tickets_due', 'tickets', ['due_at', 'id'])
    op.create_index('ix_tickets_state_due', 'tickets', DUE)
    for column in FILTERS:
        op.create_index(f'ix_tickets_{column}_due', 'tickets', [column, *DUE])

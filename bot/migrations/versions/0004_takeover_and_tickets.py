"""Who waits since when, who is there, notes, figures that outlive conversations; the work on tickets and its history."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OF_TICKETS = ('promise', 'language', 'program', 'officer', 'channel')


def upgrade() -> None:
    op.add_column('conversations', sa.Column('waiting_since', MOMENT))
    op.execute(
        "UPDATE conversations SET waiting_since = coalesce((SELECT max(at) FROM messages "
        "WHERE messages.conversation_id = conversations.id), opened_at) WHERE held_by = 'queue'"
    )
    staffed = sa.text("held_by IN ('queue', 'officer')")
    op.create_index('ix_conversations_line', 'conversations', ['waiting_since'], sqlite_where=staffed, postgresql_where=staffed)
    with op.batch_alter_table('outbox') as batch_op:
        batch_op.drop_constraint('uq_outbox_message_id', type_='unique')
        batch_op.create_unique_constraint('uq_outbox_message_id_channel', ['message_id', 'channel'])
    conversation = 'conversations.id'
    op.create_table(
        'attendance',
        sa.Column('conversation_id', sa.String(length=32), sa.ForeignKey(conversation, name='fk_attendance_conversation_id_conversations'), primary_key=True),
        sa.Column('citizen_seen_at', MOMENT),
        sa.Column('citizen_typing_at', MOMENT),
        sa.Column('officer_typing_at', MOMENT),
    )
    op.create_table(
        'notes',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('conversation_id', sa.String(length=32), sa.ForeignKey(conversation, name='fk_notes_conversation_id_conversations'), nullable=False),
        sa.Column('officer', sa.String(length=80), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
    )
    op.create_index('ix_notes_conversation_id', 'notes', ['conversation_id'])
    op.create_table(
        'waits',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('channel', sa.String(length=16), nullable=False),
        sa.Column('language', sa.String(length=2), nullable=False),
        sa.Column('seconds', sa.Integer(), nullable=False),
    )
    op.create_index('ix_waits_at', 'waits', ['at'])
    op.create_table(
        'tallies',
        sa.Column('month', sa.String(length=7), primary_key=True),
        sa.Column('channel', sa.String(length=16), primary_key=True),
        sa.Column('language', sa.String(length=2), primary_key=True),
        sa.Column('measure', sa.String(length=32), primary_key=True),
        sa.Column('count', sa.Integer(), nullable=False),
    )

    for index in ('due_at', 'state'):
        op.drop_index(f'ix_tickets_{index}', 'tickets')
    for column in (
        sa.Column('channel', sa.String(length=16), nullable=False, server_default='web'),
        sa.Column('program', sa.String(length=32)),
        sa.Column('officer', sa.String(length=40)),
        sa.Column('contact', sa.Text()),
        sa.Column('pending', sa.Integer()),
        sa.Column('merged_into', sa.String(length=32)),
        sa.Column('closed_at', MOMENT),
        sa.Column('closed_as', sa.String(length=16)),
        sa.Column('kept', sa.Boolean()),
        sa.Column('search', sa.String(length=1000), nullable=False, server_default=''),
    ):
        op.add_column('tickets', column)
    op.execute(
        'UPDATE tickets SET channel = coalesce((SELECT conversations.channel FROM conversations '
        "WHERE conversations.id = tickets.conversation), 'web')"
    )
    _fill_search()
    with op.batch_alter_table('tickets') as batch_op:
        for column in ('channel', 'search'):
            batch_op.alter_column(column, server_default=None)
        batch_op.create_index('ix_tickets_merged_into', ['merged_into'])
        batch_op.create_index('ix_tickets_state_due', ['state', 'due_at', 'id'])
        batch_op.create_index('ix_tickets_due', ['due_at', 'id'])
        for column in OF_TICKETS:
            batch_op.create_index(f'ix_tickets_{column}_due', [column, 'state', 'due_at', 'id'])
        batch_op.create_index('ix_tickets_month', ['day_zero', 'promise', 'state', 'kept'])
    on_its_way = sa.text('pending IS NOT NULL')
    op.create_index('ix_tickets_pending', 'tickets', ['pending'], sqlite_where=on_its_way, postgresql_where=on_its_way)
    op.create_table(
        'ticket_events',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('reference', sa.String(length=32), sa.ForeignKey('tickets.reference', name='fk_ticket_events_reference_tickets'), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('officer', sa.String(length=40)),
        sa.Column('detail', sa.JSON(), nullable=False),
    )
    op.create_index('ix_ticket_events_reference', 'ticket_events', ['reference'])
    op.execute(
        "INSERT INTO ticket_events (reference, at, kind, detail) "
        "SELECT reference, opened_at, 'opened', '{}' FROM tickets ORDER BY id"
    )


def _fill_search() -> None:
    """What text filters look in, of the tickets that are there already (bot.tickets.search as of this revision)."""
    import re
    import unicodedata

    def searchable(text: str) -> str:
        plain = unicodedata.normalize('NFKD', text.casefold().replace('œ', 'oe').replace('æ', 'ae'))
        kept = ''.join(ch for ch in plain if not unicodedata.combining(ch)).casefold()
        return re.sub(r'[^\w@.+-]+', ' ', kept).strip()

    tickets = sa.table('tickets', *(sa.column(name) for name in ('id', 'reference', 'email', 'question', 'search')))
    connection = op.get_bind()
    for row in connection.execute(sa.select(tickets)).all():
        text = ' '.join(searchable(part) for part in (row.reference, row.email, row.question) if part)[:1000]
        connection.execute(sa.update(tickets).where(tickets.c.id == row.id).values(search=text))


def downgrade() -> None:
    op.drop_table('ticket_events')
    op.drop_index('ix_tickets_pending', 'tickets')
    with op.batch_alter_table('tickets') as batch_op:
        for index in ('merged_into', 'state_due', 'due', 'month', *(f'{column}_due' for column in OF_TICKETS)):
            batch_op.drop_index(f'ix_tickets_{index}')
        for column in ('channel', 'program', 'officer', 'contact', 'pending', 'merged_into', 'closed_at', 'closed_as', 'kept', 'search'):
            batch_op.drop_column(column)
        batch_op.create_index('ix_tickets_due_at', ['due_at'])
        batch_op.create_index('ix_tickets_state', ['state'])
    for table in ('tallies', 'waits', 'notes', 'attendance'):
        op.drop_table(table)
    # A message that also went by e-mail keeps the row of its own channel.
    op.execute("DELETE FROM outbox WHERE channel = 'email'")
    with op.batch_alter_table('outbox') as batch_op:
        batch_op.drop_constraint('uq_outbox_message_id_channel', type_='unique')
        batch_op.create_unique_constraint('uq_outbox_message_id', ['message_id'])
    op.drop_index('ix_conversations_line', 'conversations')
    with op.batch_alter_table('conversations') as batch_op:
        batch_op.drop_column('waiting_since')

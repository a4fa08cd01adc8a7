"""The inbox, the outbox, who holds a conversation, feedback, leases; a place in its conversation for each message."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table('conversations') as batch_op:
        batch_op.drop_constraint('uq_conversations_channel_external_id', type_='unique')
        batch_op.alter_column('external_id', new_column_name='address')
        batch_op.add_column(sa.Column('officer', sa.String(length=80)))
        batch_op.add_column(sa.Column('last_seq', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('claim', sa.String(length=32)))
        batch_op.add_column(sa.Column('claimed_until', MOMENT))
    with op.batch_alter_table('conversations') as batch_op:
        batch_op.create_unique_constraint('uq_conversations_channel_address', ['channel', 'address'])
        batch_op.create_index('ix_conversations_claimed_until', ['claimed_until'])
    # The webhook of the REST convention had the name "web", which is now the widget's.
    op.execute("UPDATE conversations SET channel = 'rest' WHERE channel = 'web'")

    with op.batch_alter_table('messages') as batch_op:
        batch_op.add_column(sa.Column('seq', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('kind', sa.String(length=16), nullable=False, server_default='words'))
        batch_op.add_column(sa.Column('reply_to', sa.Integer()))
    op.execute(
        'UPDATE messages SET seq = (SELECT count(*) FROM messages AS earlier '
        'WHERE earlier.conversation_id = messages.conversation_id AND earlier.id <= messages.id)'
    )
    op.execute("UPDATE messages SET kind = 'press' WHERE payload")
    op.execute(
        'UPDATE conversations SET last_seq = '
        '(SELECT count(*) FROM messages WHERE messages.conversation_id = conversations.id)'
    )
    # Numbers of messages that were erased are not given again.
    with op.batch_alter_table('messages', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_index('ix_messages_conversation_id')
        batch_op.drop_column('payload')
        batch_op.alter_column('seq', server_default=None)
        batch_op.alter_column('kind', server_default=None)
        batch_op.create_unique_constraint('uq_messages_conversation_id_seq', ['conversation_id', 'seq'])
    with op.batch_alter_table('conversations') as batch_op:
        batch_op.alter_column('last_seq', server_default=None)

    op.create_table(
        'inbox',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('channel', sa.String(length=16), nullable=False),
        sa.Column('external_id', sa.String(length=255), nullable=False),
        sa.Column('conversation_id', sa.String(length=32), sa.ForeignKey('conversations.id', name='fk_inbox_conversation_id_conversations')),
        sa.Column('message_id', sa.Integer(), sa.ForeignKey('messages.id', name='fk_inbox_message_id_messages')),
        sa.Column('received_at', MOMENT, nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('done_at', MOMENT),
        sa.UniqueConstraint('channel', 'external_id', name='uq_inbox_channel_external_id'),
    )
    op.create_index('ix_inbox_message_id', 'inbox', ['message_id'])
    undone = sa.text('done_at IS NULL')
    op.create_index('ix_inbox_line', 'inbox', ['conversation_id', 'id'], sqlite_where=undone, postgresql_where=undone)

    op.create_table(
        'outbox',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('conversation_id', sa.String(length=32), sa.ForeignKey('conversations.id', name='fk_outbox_conversation_id_conversations'), nullable=False),
        sa.Column('message_id', sa.Integer(), sa.ForeignKey('messages.id', name='fk_outbox_message_id_messages'), nullable=False),
        sa.Column('channel', sa.String(length=16), nullable=False),
        sa.Column('address', sa.String(length=255), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('parts_sent', sa.Integer(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('uncertain', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(length=200)),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('next_at', MOMENT, nullable=False),
        sa.Column('settled_at', MOMENT),
        sa.UniqueConstraint('message_id', name='uq_outbox_message_id'),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index('ix_outbox_due', 'outbox', ['channel', 'next_at', 'id'], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index('ix_outbox_line', 'outbox', ['conversation_id', 'id'], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index('ix_outbox_state', 'outbox', ['state'])

    op.create_table(
        'feedback',
        sa.Column('message_id', sa.Integer(), sa.ForeignKey('messages.id', name='fk_feedback_message_id_messages'), primary_key=True),
        sa.Column('conversation_id', sa.String(length=32), sa.ForeignKey('conversations.id', name='fk_feedback_conversation_id_conversations'), nullable=False),
        sa.Column('helpful', sa.Boolean(), nullable=False),
        sa.Column('reason', sa.String(length=32)),
        sa.Column('comment', sa.Text()),
        sa.Column('at', MOMENT, nullable=False),
    )
    op.create_index('ix_feedback_conversation_id', 'feedback', ['conversation_id'])
    op.create_table(
        'leases',
        sa.Column('name', sa.String(length=64), primary_key=True),
        sa.Column('holder', sa.String(length=32), nullable=False),
        sa.Column('until', MOMENT, nullable=False),
    )
    # A ticket opened twice for one message, because a process died in between, is one ticket.
    with op.batch_alter_table('tickets') as batch_op:
        batch_op.add_column(sa.Column('message', sa.Integer()))
        batch_op.create_unique_constraint('uq_tickets_message', ['message'])


def downgrade() -> None:
    with op.batch_alter_table('tickets') as batch_op:
        batch_op.drop_constraint('uq_tickets_message', type_='unique')
        batch_op.drop_column('message')
    for table in ('leases', 'feedback', 'outbox', 'inbox'):
        op.drop_table(table)
    with op.batch_alter_table('messages') as batch_op:
        batch_op.drop_constraint('uq_messages_conversation_id_seq', type_='unique')
        batch_op.add_column(sa.Column('payload', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE messages SET payload = (kind = 'press')")
    with op.batch_alter_table('messages') as batch_op:
        batch_op.alter_column('payload', server_default=None)
        for column in ('seq', 'kind', 'reply_to'):
            batch_op.drop_column(column)
        batch_op.create_index('ix_messages_conversation_id', ['conversation_id'])
    op.execute("UPDATE conversations SET channel = 'web' WHERE channel = 'rest'")
    with op.batch_alter_table('conversations') as batch_op:
        batch_op.drop_index('ix_conversations_claimed_until')
        batch_op.drop_constraint('uq_conversations_channel_address', type_='unique')
        batch_op.alter_column('address', new_column_name='external_id')
        for column in ('officer', 'last_seq', 'claim', 'claimed_until'):
            batch_op.drop_column(column)
    with op.batch_alter_table('conversations') as batch_op:
        batch_op.create_unique_constraint('uq_conversations_channel_external_id', ['channel', 'external_id'])

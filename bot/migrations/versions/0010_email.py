"""E-mails that came in, what was attached to them, and how far a mailbox has been read."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'emails',
        sa.Column('message_id', sa.Integer(), sa.ForeignKey('messages.id', name='fk_emails_message_id_messages'), primary_key=True, autoincrement=False),
        sa.Column('conversation_id', sa.String(length=32), sa.ForeignKey('conversations.id', name='fk_emails_conversation_id_conversations'), nullable=False),
        sa.Column('name', sa.String(length=64)),
        sa.Column('sender', sa.String(length=320)),
        sa.Column('aside', sa.String(length=32)),
        sa.Column('at', MOMENT, nullable=False),
    )
    op.create_index('ix_emails_conversation_id', 'emails', ['conversation_id'])
    op.create_index('ix_emails_name', 'emails', ['name'])
    op.create_index('ix_emails_sender', 'emails', ['sender', 'at'])
    aside = sa.text('aside IS NOT NULL')
    op.create_index('ix_emails_aside', 'emails', ['message_id'], sqlite_where=aside, postgresql_where=aside)
    op.create_table(
        'attachments',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('conversation_id', sa.String(length=32), sa.ForeignKey('conversations.id', name='fk_attachments_conversation_id_conversations'), nullable=False),
        sa.Column('message_id', sa.Integer(), sa.ForeignKey('messages.id', name='fk_attachments_message_id_messages'), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('kind', sa.String(length=100), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_attachments_conversation_id', 'attachments', ['conversation_id'])
    op.create_table(
        'mailboxes',
        sa.Column('name', sa.String(length=64), primary_key=True),
        sa.Column('validity', sa.BigInteger(), nullable=False),
        sa.Column('last_uid', sa.BigInteger(), nullable=False),
        sa.Column('looked_at', MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in ('mailboxes', 'attachments', 'emails'):
        op.drop_table(table)

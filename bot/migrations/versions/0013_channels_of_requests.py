"""The channel of a request that the assistant opened is its conversation's: all of them were recorded as the website's."""

from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An e-mail's request always bore its channel. A conversation of e-mails under another's request was made later, to
    # carry the answer when the first was erased.
    op.execute(
        "UPDATE tickets SET channel = "
        "(SELECT channel FROM conversations WHERE conversations.id = tickets.conversation) "
        "WHERE channel = 'web' AND conversation IN "
        "(SELECT id FROM conversations WHERE channel IN ('rest', 'telegram'))"
    )


def downgrade() -> None:
    """What was recorded wrongly is not wanted back."""

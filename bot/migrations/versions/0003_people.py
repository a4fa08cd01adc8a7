"""Officers, their sessions, failed logins, and the journal, which is only ever added to."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'officers',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('name_key', sa.String(length=40), nullable=False),
        sa.Column('role', sa.String(length=16), nullable=False),
        sa.Column('language', sa.String(length=2), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('password', sa.String(length=255), nullable=False),
        sa.Column('must_change', sa.Boolean(), nullable=False),
        sa.Column('code_secret', sa.String(length=64)),
        sa.Column('code_used', sa.Integer()),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('seen_at', MOMENT),
        sa.UniqueConstraint('login', name='uq_officers_login'),
        sa.UniqueConstraint('name_key', name='uq_officers_name_key'),
        sqlite_autoincrement=True,
    )
    op.create_table(
        'sessions',
        sa.Column('token', sa.String(length=64), primary_key=True),
        sa.Column('officer_id', sa.Integer(), sa.ForeignKey('officers.id', name='fk_sessions_officer_id_officers'), nullable=False),
        sa.Column('form_token', sa.String(length=64), nullable=False),
        sa.Column('complete', sa.Boolean(), nullable=False),
        sa.Column('new_secret', sa.String(length=64)),
        sa.Column('created_at', MOMENT, nullable=False),
        sa.Column('seen_at', MOMENT, nullable=False),
    )
    op.create_index('ix_sessions_officer_id', 'sessions', ['officer_id'])
    op.create_table(
        'login_failures',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('account', sa.String(length=64), nullable=False),
        sa.Column('address', sa.String(length=64), nullable=False),
    )
    for column in ('at', 'account', 'address'):
        op.create_index(f'ix_login_failures_{column}', 'login_failures', [column])
    op.create_table(
        'journal',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('officer_id', sa.Integer()),
        sa.Column('officer', sa.String(length=40), nullable=False),
        sa.Column('action', sa.String(length=40), nullable=False),
        sa.Column('subject', sa.String(length=120), nullable=False),
        sa.Column('detail', sa.JSON(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_journal_subject', 'journal', ['subject'])
    if op.get_context().dialect.name == 'postgresql':
        op.execute(
            "CREATE FUNCTION journal_stays() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the journal is only added to'; END $$"
        )
        op.execute(
            'CREATE TRIGGER journal_stays BEFORE UPDATE OR DELETE ON journal '
            'FOR EACH ROW EXECUTE FUNCTION journal_stays()'
        )
        op.execute(
            'CREATE TRIGGER journal_stays_whole BEFORE TRUNCATE ON journal '
            'FOR EACH STATEMENT EXECUTE FUNCTION journal_stays()'
        )
    else:
        for action in ('UPDATE', 'DELETE'):
            op.execute(
                f'CREATE TRIGGER journal_stays_{action.lower()} BEFORE {action} ON journal '
                "BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END"
            )
        # INSERT OR REPLACE takes a line away without a word to the triggers above.
        op.execute(
            'CREATE TRIGGER journal_stays_replace BEFORE INSERT ON journal '
            'WHEN EXISTS (SELECT 1 FROM journal WHERE id = NEW.id) '
            "BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END"
        )


def downgrade() -> None:
    if op.get_context().dialect.name == 'postgresql':
        op.execute('DROP TRIGGER journal_stays ON journal')
        op.execute('DROP TRIGGER journal_stays_whole ON journal')
        op.execute('DROP FUNCTION journal_stays()')
    for table in ('journal', 'login_failures', 'sessions', 'officers'):
        op.drop_table(table)

"""Clocks as events, those of the tickets that there are; warnings to staff, and where they are written to."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0007'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# The working days of the first versions of the promises, for the tickets that were opened under them.
DAYS = {
    'email-reply': 4, 'internship-eligibility': 5, 'internship-interview': 10,
    'cooperation-analysis': 15, 'complaint': 15,
}


def upgrade() -> None:
    events = op.create_table(
        'clock_events',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('clock', sa.String(length=32), nullable=False),
        sa.Column('started_on', sa.Date(), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('officer', sa.String(length=40)),
        sa.Column('detail', sa.JSON(), nullable=False),
        sa.Column('level', sa.String(length=16)),
        sa.UniqueConstraint('clock', 'level', name='uq_clock_events_clock_level'),
        sqlite_autoincrement=True,
    )
    op.create_index('ix_clock_events_clock', 'clock_events', ['clock', 'id'])
    op.create_index('ix_clock_events_started_on', 'clock_events', ['started_on', 'clock', 'id'])
    op.create_table(
        'notices',
        sa.Column('id', sa.Integer(), primary_key=True),
        sa.Column('reference', sa.String(length=32), nullable=False),
        sa.Column('level', sa.String(length=16), nullable=False),
        sa.Column('officer', sa.String(length=40), nullable=False),
        sa.Column('at', MOMENT, nullable=False),
        sa.Column('seen_at', MOMENT),
        sa.Column('mail_at', MOMENT),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.UniqueConstraint('reference', 'level', 'officer', name='uq_notices_reference_level_officer'),
    )
    op.create_index('ix_notices_officer', 'notices', ['officer', 'seen_at'])
    op.create_index('ix_notices_mail_at', 'notices', ['mail_at'])
    with op.batch_alter_table('officers') as batch:
        batch.add_column(sa.Column('email', sa.String(length=320)))
    with op.batch_alter_table('tickets') as batch:
        batch.add_column(sa.Column('promise_version', sa.Integer(), nullable=False, server_default='1'))
    _start_clocks(events)
    _only_added_to()


def _start_clocks(events: sa.Table) -> None:
    """What the tickets say of their clocks, as events."""
    connection = op.get_bind()
    columns = [
        sa.column('reference'), sa.column('promise'), sa.column('opened_at', MOMENT), sa.column('day_zero', sa.Date()),
        sa.column('due_at', MOMENT), sa.column('proof', sa.JSON()), sa.column('closed_at', MOMENT),
        sa.column('closed_as'), sa.column('kept', sa.Boolean()),
    ]  # fmt: skip
    for row in connection.execute(sa.select(*columns).select_from(sa.table('tickets')).order_by(sa.column('id'))).all():
        counted = [day['counted'] for day in row.proof if day.get('counted')]
        days = DAYS.get(row.promise, counted[-1] if counted else 1)
        proof = {'due_at': _aware(row.due_at).isoformat(), 'proof': row.proof}
        found = [(row.opened_at, 'started', {'promise': row.promise, 'version': 1, 'working_days': days, **proof})]
        if row.closed_at is not None:
            # How many working days it took nobody wrote down: those to its end that the proof counts.
            day = _aware(row.closed_at).date().isoformat()
            took = max((day_['counted'] for day_ in row.proof if day_.get('counted') and day_['date'] <= day), default=0)
            if row.kept is False:
                found.append((row.due_at, 'broken', {}))
            if row.kept:
                found.append((row.closed_at, 'kept', {'working_days': took}))
            else:
                found.append((row.closed_at, 'ended', {'how': row.closed_as or 'withdrawn', 'working_days': took}))
        connection.execute(
            sa.insert(events),
            [
                {'clock': row.reference, 'started_on': row.day_zero, 'at': at, 'kind': kind, 'detail': detail}
                for at, kind, detail in found
            ],
        )


def _aware(moment: object) -> object:
    from datetime import timezone

    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def _only_added_to() -> None:
    if op.get_context().dialect.name == 'postgresql':
        op.execute(
            "CREATE FUNCTION clock_events_stay() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the events of clocks are only added to'; END $$"
        )
        op.execute(
            'CREATE TRIGGER clock_events_stay BEFORE UPDATE OR DELETE ON clock_events '
            'FOR EACH ROW EXECUTE FUNCTION clock_events_stay()'
        )
        op.execute(
            'CREATE TRIGGER clock_events_stay_whole BEFORE TRUNCATE ON clock_events '
            'FOR EACH STATEMENT EXECUTE FUNCTION clock_events_stay()'
        )
        return
    for action in ('UPDATE', 'DELETE'):
        op.execute(
            f'CREATE TRIGGER clock_events_stay_{action.lower()} BEFORE {action} ON clock_events '
            "BEGIN SELECT RAISE(ABORT, 'the events of clocks are only added to'); END"
        )
    # INSERT OR REPLACE takes a line away without a word to the triggers above.
    op.execute(
        'CREATE TRIGGER clock_events_stay_replace BEFORE INSERT ON clock_events '
        'WHEN EXISTS (SELECT 1 FROM clock_events WHERE id = NEW.id) '
        "BEGIN SELECT RAISE(ABORT, 'the events of clocks are only added to'); END"
    )


def downgrade() -> None:
    if op.get_context().dialect.name == 'postgresql':
        for trigger in ('clock_events_stay', 'clock_events_stay_whole'):
            op.execute(f'DROP TRIGGER {trigger} ON clock_events')
        op.execute('DROP FUNCTION clock_events_stay()')
    with op.batch_alter_table('officers') as batch:
        batch.drop_column('email')
    with op.batch_alter_table('tickets') as batch:
        batch.drop_column('promise_version')
    op.drop_table('notices')
    op.drop_table('clock_events')

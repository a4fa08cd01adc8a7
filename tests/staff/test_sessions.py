"""Sessions: begun, found while they live, and ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from bot.core.db import Database
from bot.staff import tables
from bot.staff.officer import Officer
from bot.staff.people import People
from bot.staff.sessions import COMPLETE_WITHIN, Sessions
from tests.cast import NOW, PASSWORD, Clock
from tests.staff.conftest import IDLE, LONGEST

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def marie(add: Callable[..., Officer]) -> Officer:
    """An officer, beside a supervisor who stays."""
    add("chef", role="supervisor")
    return add()


def count(database: Database) -> int:
    """How many sessions are kept."""
    with database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.sessions)).scalar_one())


def test_a_session_is_found_by_its_token(sessions: Sessions, marie: Officer) -> None:
    """The token, which only the browser has, leads to the session and to the officer as they are now."""
    token, session = sessions.begin(marie, complete=True)
    found = sessions.find(token)
    assert found == session
    assert (session.officer, session.complete, session.new_secret) == (marie, True, None)


def test_what_is_no_token_finds_nothing(sessions: Sessions, marie: Officer) -> None:
    """Neither a made-up token nor what the database holds of a real one opens."""
    token, session = sessions.begin(marie, complete=True)
    for made_up in ("", "x", token[:-1], token + "=", token.swapcase(), session.key, session.form_token, "\0", "é🙂"):
        assert sessions.find(made_up) is None
    assert sessions.find(token) is not None


def test_tokens_cannot_be_told_from_each_other(sessions: Sessions, marie: Officer, database: Database) -> None:
    """Each session has a token and a form token of its own, 256 bits each; the database does not hold the token."""
    begun = [sessions.begin(marie, complete=True) for _ in range(20)]
    secrets = [token for token, _ in begun] + [session.form_token for _, session in begun]
    assert len(set(secrets)) == 40
    assert all(len(secret) >= 43 for secret in secrets)
    with database.reading() as connection:
        kept = str(connection.execute(sa.select(tables.sessions)).all())
    assert not any(token in kept for token, _ in begun)


def test_a_session_sees_its_officer_as_they_are_now(sessions: Sessions, people: People, marie: Officer) -> None:
    """Another role or language counts from the next request."""
    token, _ = sessions.begin(marie, complete=True)
    people.set_role(marie, "editor")
    people.set_language(marie, "en")
    found = sessions.find(token)
    assert found
    assert (found.officer.role, found.officer.language) == ("editor", "en")


def test_a_session_ends_when_nothing_is_asked_for(sessions: Sessions, marie: Officer, clock: Clock) -> None:
    """After the idle time one logs in again; the session is gone for good, even if the clock is put back."""
    token, _ = sessions.begin(marie, complete=True)
    clock.passes(minutes=30)
    assert sessions.find(token) is None
    clock.now = NOW
    assert sessions.find(token) is None


def test_each_request_begins_the_idle_time_anew(sessions: Sessions, marie: Officer, clock: Clock) -> None:
    """Whoever works is not sent away."""
    token, _ = sessions.begin(marie, complete=True)
    for _ in range(5):
        clock.now += IDLE - MOMENT
        assert sessions.find(token)


def test_what_a_page_fetches_by_itself_does_not(sessions: Sessions, marie: Officer, clock: Clock) -> None:
    """A page that is open on a desk where nobody sits does not keep the session alive."""
    token, _ = sessions.begin(marie, complete=True)
    for _ in range(29):
        clock.passes(minutes=1)
        assert sessions.find(token, renew=False)
    clock.passes(minutes=1)
    assert sessions.find(token, renew=False) is None


def test_a_session_ends_after_the_longest_time(sessions: Sessions, marie: Officer, clock: Clock) -> None:
    """However much is asked for, one logs in again once a day of work."""
    token, _ = sessions.begin(marie, complete=True)
    for _ in range(39):
        clock.passes(minutes=15)
        assert sessions.find(token)
    clock.now = NOW + LONGEST - MOMENT
    assert sessions.find(token)
    clock.now = NOW + LONGEST
    assert sessions.find(token) is None


def test_an_incomplete_session_lives_ten_minutes(sessions: Sessions, marie: Officer, clock: Clock) -> None:
    """From the password to the code there are ten minutes, whatever is asked for meanwhile; then all begins anew."""
    token, _ = sessions.begin(marie, complete=False)
    clock.now = NOW + COMPLETE_WITHIN - MOMENT
    found = sessions.find(token)
    assert found
    assert not found.complete
    clock.now = NOW + COMPLETE_WITHIN
    assert sessions.find(token) is None
    assert timedelta(minutes=10) == COMPLETE_WITHIN


def test_an_incomplete_session_does_not_show_its_officer_at_work(
    sessions: Sessions, people: People, marie: Officer
) -> None:
    """Who has only typed a password is not there for citizens; who is in, is."""
    token, _ = sessions.begin(marie, complete=False)
    sessions.find(token)
    assert people.away_since(["Marie"], NOW - MOMENT) == {"Marie"}
    token, _ = sessions.begin(marie, complete=True)
    sessions.find(token, renew=False)
    assert people.away_since(["Marie"], NOW - MOMENT) == set()


def test_a_session_takes_the_place_of_another(sessions: Sessions, marie: Officer, database: Database) -> None:
    """At the login the session of before ends: nobody who knew its token comes in with it."""
    before, session = sessions.begin(marie, complete=False)
    after, _ = sessions.begin(marie, complete=True, instead_of=session.key)
    assert sessions.find(before) is None
    assert sessions.find(after)
    assert count(database) == 1


def test_an_ended_session_is_gone(sessions: Sessions, marie: Officer) -> None:
    """Logging out ends this session, and no other."""
    first, session = sessions.begin(marie, complete=True)
    second, _ = sessions.begin(marie, complete=True)
    sessions.end(session.key)
    sessions.end(session.key)
    assert sessions.find(first) is None
    assert sessions.find(second)


@pytest.mark.parametrize("change", ["password", "shut out", "let in"])
def test_changes_that_end_every_session(
    sessions: Sessions, people: People, marie: Officer, add: Callable[..., Officer], change: str
) -> None:
    """With a new password, and when an officer is shut out or let in, all their sessions end, and nobody else's."""
    mine = [sessions.begin(marie, complete=complete)[0] for complete in (True, True, False)]
    others, _ = sessions.begin(add("paul"), complete=True)
    if change == "password":
        people.set_password(marie, "un tout autre secret")
    else:
        people.set_active(marie, active=change == "let in")
    assert [sessions.find(token) for token in mine] == [None] * 3
    assert sessions.find(others)


def test_a_session_of_one_who_was_shut_out_is_not_found(sessions: Sessions, people: People, marie: Officer) -> None:
    """A session that began in the very moment in which its officer was shut out opens nothing."""
    people.set_active(marie, active=False)
    token, _ = sessions.begin(marie, complete=True)
    assert sessions.find(token) is None
    people.set_active(marie, active=True)
    assert sessions.find(token) is None


def test_a_session_of_before_a_new_password_is_ended_with_it(
    sessions: Sessions, people: People, marie: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the sessions cannot be ended the password stays as it was: there is no state between."""
    token, _ = sessions.begin(marie, complete=True)

    def break_off(*_: object) -> None:
        raise RuntimeError("the desk stops here")

    monkeypatch.setattr("bot.staff.people.sa.delete", break_off)
    with pytest.raises(RuntimeError):
        people.set_password(marie, "un tout autre secret")
    monkeypatch.undo()
    assert sessions.find(token)
    assert people.log_in("marie", PASSWORD, "192.0.2.1").login == "marie"


def test_old_sessions_are_swept_away(sessions: Sessions, marie: Officer, database: Database, clock: Clock) -> None:
    """Sessions that nobody came back to do not pile up."""
    for _ in range(3):
        sessions.begin(marie, complete=True)
    clock.passes(hours=10)
    sessions.begin(marie, complete=True)
    assert count(database) == 1


def test_a_secret_is_offered_once(sessions: Sessions, marie: Officer) -> None:
    """The picture stays the same while its page is loaded again; another session gets another secret."""
    token, session = sessions.begin(marie, complete=True)
    offered = sessions.offer_secret(session)
    assert offered.new_secret
    again = sessions.find(token)
    assert again == offered
    assert sessions.offer_secret(again) == offered
    assert len(pyotp.TOTP(offered.new_secret).byte_secret()) >= 20
    _, other = sessions.begin(marie, complete=True)
    assert sessions.offer_secret(other).new_secret != offered.new_secret


def test_a_secret_that_is_in_a_device_is_not_offered_again(sessions: Sessions, marie: Officer) -> None:
    """Who lost a device and sets up another within the session does not get the secret of the lost one."""
    token, session = sessions.begin(marie, complete=True)
    offered = sessions.offer_secret(session)
    sessions.forget_secret(offered)
    found = sessions.find(token)
    assert found
    assert sessions.offer_secret(found).new_secret not in (None, offered.new_secret)

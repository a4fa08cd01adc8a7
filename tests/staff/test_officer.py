"""What an officer may be called, log in with and do: plain functions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.staff.officer import (
    CONVERSATIONS,
    JOURNAL,
    KNOWLEDGE,
    OVERVIEW,
    ROLES,
    STAFF,
    TICKETS,
    Officer,
    StaffError,
    likeness,
    valid_login,
    valid_name,
    valid_password,
)


def refused(code: str, check: Callable[..., str], *given: str) -> None:
    """Check that what is given is refused, and why."""
    with pytest.raises(StaffError) as refusal:
        check(*given)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("marie", "marie"),
        ("  Marie.Roy ", "marie.roy"),
        ("marie\n", "marie"),
        ("m-r", "m-r"),
        ("marie@example.org", "marie@example.org"),
        ("a_1", "a_1"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_login_is_kept_in_lower_case(typed: str, kept: str) -> None:
    """Case and blanks around a login do not matter."""
    assert valid_login(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "ab", "x" * 65, "marie roy", "élise", ".marie", "marie.", "-marie", "m\0rie", "маrie", "a/b"],
)
def test_a_login_of_another_form_is_refused(typed: str) -> None:
    """A login has 3 to 64 plain letters, digits and a few signs within."""
    refused("login", valid_login, typed)


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("Marie", "Marie"),
        ("  Marie   Roy ", "Marie Roy"),
        ("Zoé", "Zoé"),
        ("Zoe\u0301", "Zoé"),
        ("Jean-François", "Jean-François"),
        ("O'Brien", "O'Brien"),
        ("d’Arcy", "d’Arcy"),
        ("Marie R.", "Marie R."),
        ("Ø", "Ø"),
        ("A" * 40, "A" * 40),
    ],
)
def test_a_name_is_kept_as_citizens_read_it(typed: str, kept: str) -> None:
    """A name keeps its accents, however they were typed; blanks are made one."""
    assert valid_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "7",
        "_",
        "-Marie",
        "Marie-",
        "A" * 41,
        "<b>Marie</b>",
        "Marie\0",
        "Marie\u202eeiraM",
        "Mar\u200bie",
        "🙂",
    ],
)
def test_a_name_of_another_form_is_refused(typed: str) -> None:
    """A name begins with a letter, ends well, has at most 40 characters and none that is unseen."""
    refused("name", valid_name, typed)


@pytest.mark.parametrize("typed", ["Маrie", "Mаrie", "Маша", "Ｍarie", "𝐌arie", "Μarie"])
def test_a_name_of_letters_that_look_like_others_is_refused(typed: str) -> None:
    """Cyrillic, Greek, wide and bold letters would make a second Marie: a name is written in Latin letters."""
    refused("name", valid_name, typed)


@pytest.mark.parametrize(
    "other", ["marie roy", "MARIE ROY", "Marie-Roy", "Marie Roy.", "Márie Roy", "MarieRoy", "ＭＡＲＩＥ Roy"]
)
def test_names_that_look_alike_are_as_one(other: str) -> None:
    """Case, accents, blanks and signs do not tell two names apart."""
    assert likeness(other) == likeness("Marie Roy")


def test_names_that_differ_stay_apart() -> None:
    """Another letter or number makes another name."""
    assert len({likeness(name) for name in ("André", "Andrée", "André 2", "Andréa", "Andre B.")}) == 5


def test_a_likeness_has_room_in_the_database() -> None:
    """A name whose letters become two each (ß) is no longer than what is kept."""
    assert len(likeness(valid_name("ß" * 40))) <= 40


@pytest.mark.parametrize(
    "password", ["tortue lampe violon neige", "x9?ÉàZ mots ", "douze signes", "kiwi sous verre", "x9?ÉàZ mots " * 21]
)
def test_length_is_what_counts_in_a_password(password: str) -> None:
    """Twelve characters of any kind are enough, and a password is kept as it was typed."""
    assert valid_password(password, "marie") == password


@pytest.mark.parametrize(
    "password, code",
    [
        ("", "password_short"),
        ("onze lettre", "password_short"),
        ("n" * 257, "password_long"),
        ("marie et ses amis", "password_login"),
        ("Le chat de MARIE", "password_login"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str, code: str) -> None:
    """Too short, too long, or with one's own login in it."""
    refused(code, valid_password, password, "marie")


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "abababababab",
        "abcdefghijkl",
        "ABCDEFGHIJKLM",
        "01234567890123",
        "password1234",
        "Password123!",
        "P@ssw0rd2024!",
        "iloveyou1234",
        "qwertyuiop12",
        "trustno1trustno1",
        "motdepasse1234",
        "MotDePasse2026!",
        "azertyuiop12",
        "administrateur",
        "bienvenue2026",
        "jetaimejetaime",
        "0" * 252 + "abcd",
    ],
)
def test_a_common_password_is_refused(password: str) -> None:
    """Those that everybody has, in either language, also with a year or a sign behind them or letters changed."""
    refused("password_common", valid_password, password, "marie")


@pytest.mark.parametrize(
    "role, allowed",
    [
        ("officer", {CONVERSATIONS, TICKETS, KNOWLEDGE, OVERVIEW}),
        ("editor", {KNOWLEDGE, OVERVIEW}),
        ("supervisor", {CONVERSATIONS, TICKETS, KNOWLEDGE, OVERVIEW, STAFF, JOURNAL}),
    ],
)
def test_what_each_role_allows(role: str, allowed: set[str]) -> None:
    """An officer serves citizens, an editor writes articles and sees no citizen, a supervisor does everything."""
    officer = Officer(1, "marie", "Marie", role, "fr", True, False, False)
    everything = {CONVERSATIONS, TICKETS, KNOWLEDGE, OVERVIEW, STAFF, JOURNAL}
    assert {what for what in everything if officer.may(what)} == allowed
    assert not officer.may("anything else")


def test_there_are_three_roles() -> None:
    """Whoever adds a role says here what it allows."""
    assert set(ROLES) == {"officer", "editor", "supervisor"}

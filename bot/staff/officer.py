"""An officer, what each role allows, and what makes a password or a name acceptable. No IO."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from email_validator import EmailNotValidError, validate_email

from bot.core.text_folding import fold

OFFICER, EDITOR, SUPERVISOR = "officer", "editor", "supervisor"
ROLES = (OFFICER, EDITOR, SUPERVISOR)

# What may be done.
CONVERSATIONS, TICKETS, KNOWLEDGE, OVERVIEW, STAFF, JOURNAL = (
    "conversations",
    "tickets",
    "knowledge",
    "overview",
    "staff",
    "journal",
)
_MAY = {
    OFFICER: frozenset({CONVERSATIONS, TICKETS, KNOWLEDGE, OVERVIEW}),
    # Writes articles and sees nothing of any citizen.
    EDITOR: frozenset({KNOWLEDGE, OVERVIEW}),
    SUPERVISOR: frozenset({CONVERSATIONS, TICKETS, KNOWLEDGE, OVERVIEW, STAFF, JOURNAL}),
}
MIN_PASSWORD, MAX_PASSWORD = 12, 256
# Of zxcvbn's 0 to 4; from 3 on a password takes more than 100 million guesses. Its time grows with the length.
_GOOD_SCORE, _ESTIMATED = 3, 72
# zxcvbn knows the common passwords of the world's leaks and English words; these are what French adds.
_COMMON_IN_FRENCH = (
    "administrateur administration azerty azertyuiop bienvenue bonjour bureau canada chouchou doudou francais france "
    "gouvernement guichet jetaime loulou marseille ministere montreal motdepasse passe quebec secret soleil superviseur"
).split()
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}[a-z0-9]")
_NAME = re.compile(r"[^\W\d_][\w'’. -]{0,38}[\w.]|[^\W\d_]")


class StaffError(ValueError):
    """What was given about an officer cannot be taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Officer:
    """A member of staff. `name` is what citizens and colleagues read; no two officers have the same.

    `email` is where warnings go, besides the console; None: nowhere.
    """

    id: int
    login: str
    name: str
    role: str
    language: str
    active: bool
    has_code: bool
    must_change: bool
    seen_at: datetime | None = None
    email: str | None = None

    def may(self, what: str) -> bool:
        """Whether the role allows `what`."""
        return what in _MAY[self.role]


def valid_login(login: str) -> str:
    """The login in its one form (lower case).

    Raises:
        StaffError: "login", it has other characters or another length (3 to 64).
    """
    found = login.strip().lower()
    if not _LOGIN.fullmatch(found):
        raise StaffError("login")
    return found


def valid_name(name: str) -> str:
    """The name as citizens read it.

    Raises:
        StaffError: "name", it does not begin with a letter, is longer than 40 characters, or has letters of another
            alphabet, of which many look like Latin ones.
    """
    found = " ".join(unicodedata.normalize("NFC", name).split())
    if not _NAME.fullmatch(found) or not all(_is_latin(character) for character in found if character.isalpha()):
        raise StaffError("name")
    return found


def valid_email(email: str) -> str | None:
    """The address in its one form; None if there is none.

    Raises:
        StaffError: "email", it is not an e-mail address.
    """
    if not email.strip():
        return None
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise StaffError("email") from None


def likeness(name: str) -> str:
    """What a citizen remembers of a name: no two officers have the same. Case, accents, blanks and signs do not count.

    At most 40 characters, as many as are kept.
    """
    return "".join(character for character in fold(name) if character.isalnum())[:40]


def valid_password(password: str, login: str) -> str:
    """The password, if it may be one: length counts, as NIST SP 800-63B has it, and no rules of composition.

    Raises:
        StaffError: "password_short", "password_long", "password_login": the login is in it, or "password_common": it is
            made of passwords, words and rows of keys that are tried first.
    """
    if len(password) < MIN_PASSWORD:
        raise StaffError("password_short")
    if len(password) > MAX_PASSWORD:
        raise StaffError("password_long")
    from zxcvbn import zxcvbn  # whose lists are loaded by those who set passwords only

    plain = password.casefold()
    if login in plain:
        raise StaffError("password_login")
    if zxcvbn(plain[:_ESTIMATED], user_inputs=[*_COMMON_IN_FRENCH])["score"] < _GOOD_SCORE:
        raise StaffError("password_common")
    return password


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN ")

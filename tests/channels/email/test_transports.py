"""The settings of e-mail."""

from __future__ import annotations

import pytest

from bot.core.folders import ROOT
from bot.core.settings import Settings, SettingsError, load_settings

PASSWORD = "a-password-that-nobody-reads"


def test_a_fresh_machine_keeps_emails_in_a_folder() -> None:
    """Nothing of e-mail's need be set."""
    settings = load_settings({})
    assert (settings.smtp_host, settings.mail_from) == ("", "guichet@localhost")
    assert settings.mail_dir == ROOT / "var" / "mail"
    assert (settings.imap_host, settings.mail_in_dir) == ("", ROOT / "var" / "mail-in")


@pytest.mark.parametrize("host", ["smtp.example.org", "localhost", "192.0.2.1", "2001:db8::1"])
@pytest.mark.parametrize("address", ["guichet@localhost", "info.fr+x@mri.example.org"])
def test_what_works_is_taken(host: str, address: str) -> None:
    """Hosts by name or number, and addresses of any domain."""
    given = {"GUICHET_SMTP_HOST": host, "GUICHET_MAIL_FROM": address, "GUICHET_SMTP_SECURITY": "tls"}
    settings = load_settings({**given, "GUICHET_SMTP_USER": "desk", "GUICHET_SMTP_PASSWORD": PASSWORD})
    assert (settings.smtp_host, settings.mail_from, settings.smtp_password) == (host, address, PASSWORD)
    settings = load_settings({"GUICHET_IMAP_HOST": host, "GUICHET_IMAP_USER": "u", "GUICHET_IMAP_PASSWORD": PASSWORD})
    assert (settings.imap_host, settings.imap_password, settings.imap_security) == (host, PASSWORD, "tls")


@pytest.mark.parametrize(
    "name, value",
    [
        ("GUICHET_SMTP_HOST", "smtp.example.org:587"),
        ("GUICHET_SMTP_HOST", "smtp://smtp.example.org"),
        ("GUICHET_SMTP_PORT", "65536"),
        ("GUICHET_SMTP_SECURITY", "ssl"),
        ("GUICHET_SMTP_SECURITY", ""),
        ("GUICHET_SMTP_TIMEOUT", "0"),
        ("GUICHET_SMTP_USER", ""),
        ("GUICHET_SMTP_USER", "zoé"),
        ("GUICHET_SMTP_PASSWORD", ""),
        ("GUICHET_SMTP_PASSWORD", "motdepassé-7F3A"),
        ("GUICHET_IMAP_HOST", "imap.example.org:993"),
        ("GUICHET_IMAP_PORT", "65536"),
        ("GUICHET_IMAP_SECURITY", "ssl"),
        ("GUICHET_IMAP_USER", ""),
        ("GUICHET_IMAP_PASSWORD", ""),
        ("GUICHET_IMAP_PASSWORD", "motdepassé-7F3A"),
        ("GUICHET_IMAP_POLL_SECONDS", "0"),
        ("GUICHET_ATTACHMENT_BYTES", "-1"),
        ("GUICHET_MAIL_BYTES", "many"),
        ("GUICHET_MAIL_FROM", ""),
        ("GUICHET_MAIL_FROM", "guichet"),
        ("GUICHET_MAIL_FROM", "Guichet <guichet@example.org>"),
        ("GUICHET_MAIL_FROM", "a@example.org,b@example.org"),
        ("GUICHET_MAIL_FROM", "guichet@example.org\nBcc: eve@example.org"),
        ("GUICHET_MAIL_FROM", "guichet@example.org\n"),
        ("GUICHET_MAIL_FROM", "guichet@québec.ca"),
        ("GUICHET_MAIL_FROM", "gui..chet@example.org"),
        ("GUICHET_MAIL_FROM", "guichet@-example.org"),
    ],
)
def test_what_could_not_work_is_refused(name: str, value: str) -> None:
    """A bad value stops the start with the variable's name, and no password is shown."""
    imap = {"GUICHET_IMAP_HOST": "imap.example.org", "GUICHET_IMAP_USER": "desk", "GUICHET_IMAP_PASSWORD": PASSWORD}
    given = {"GUICHET_SMTP_USER": "desk", "GUICHET_SMTP_PASSWORD": PASSWORD, **imap, name: value}
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings(given)
    assert PASSWORD not in str(caught.value)
    if name.endswith("_PASSWORD") and value:
        assert value not in str(caught.value)


def test_the_password_is_not_shown() -> None:
    """It does not stand in what the settings look like in a log or a traceback."""
    assert PASSWORD not in repr(Settings(smtp_password=PASSWORD, imap_password=PASSWORD))

"""The settings of Telegram."""

from __future__ import annotations

import pytest

from bot.core.settings import Settings, SettingsError, load_settings

TOKEN = "123456:a-token-that-nobody-reads"
SECRET = "a-secret-that-nobody-reads"
WEBHOOK = {
    "GUICHET_TELEGRAM_TOKEN": TOKEN,
    "GUICHET_TELEGRAM_MODE": "webhook",
    "GUICHET_TELEGRAM_WEBHOOK_URL": "https://desk.example.org",
    "GUICHET_TELEGRAM_SECRET": SECRET,
}


def test_without_a_token_there_is_no_telegram() -> None:
    """Nothing of Telegram's need be set."""
    assert load_settings({}).telegram_token == ""
    assert load_settings({"GUICHET_TELEGRAM_MODE": "webhook"}).telegram_token == ""


def test_a_token_is_enough_to_poll() -> None:
    """Polling needs neither an address nor a secret."""
    settings = load_settings({"GUICHET_TELEGRAM_TOKEN": TOKEN})
    assert (settings.telegram_token, settings.telegram_mode) == (TOKEN, "polling")


def test_a_webhook_has_an_address_and_a_secret() -> None:
    """With both, the webhook is chosen."""
    settings = load_settings(WEBHOOK)
    assert (settings.telegram_webhook_url, settings.telegram_secret) == ("https://desk.example.org", SECRET)


@pytest.mark.parametrize(
    "name, value",
    [
        ("GUICHET_TELEGRAM_TOKEN", "no-token-7F3A"),
        ("GUICHET_TELEGRAM_TOKEN", TOKEN + " "),
        ("GUICHET_TELEGRAM_MODE", "both"),
        ("GUICHET_TELEGRAM_WEBHOOK_URL", ""),
        ("GUICHET_TELEGRAM_WEBHOOK_URL", "desk.example.org"),
        ("GUICHET_TELEGRAM_SECRET", ""),
        ("GUICHET_TELEGRAM_SECRET", "short-7F3A"),
        ("GUICHET_TELEGRAM_SECRET", SECRET + "é"),
        ("GUICHET_TELEGRAM_SECRET", "x" * 257),
        ("GUICHET_TELEGRAM_API_URL", "api.telegram.org"),
        ("GUICHET_TELEGRAM_TIMEOUT", "0"),
    ],
)
def test_what_could_not_work_is_refused(name: str, value: str) -> None:
    """A bad value stops the start with the variable's name, and no secret is shown."""
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings({**WEBHOOK, name: value})
    assert TOKEN not in str(caught.value)
    assert SECRET not in str(caught.value)
    if name in ("GUICHET_TELEGRAM_TOKEN", "GUICHET_TELEGRAM_SECRET") and value:
        assert value not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    """Neither token nor secret stands in what the settings look like in a log or a traceback."""
    shown = repr(Settings(telegram_token=TOKEN, telegram_secret=SECRET))
    assert TOKEN not in shown
    assert SECRET not in shown

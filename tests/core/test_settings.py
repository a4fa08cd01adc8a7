"""Settings from the environment."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from bot.core.folders import ROOT
from bot.core.settings import Settings, SettingsError, load_settings

DAYS = [
    f"GUICHET_{name}_DAYS"
    for name in ("TRANSCRIPT", "CONTACT", "ATTACHMENT", "UNDELIVERED", "TRACE", "MAIL", "NOTICE", "LOGIN")
]


@pytest.mark.parametrize("name", DAYS)
@pytest.mark.parametrize("value", ["never", "36501"])
def test_nothing_is_kept_for_ever(name: str, value: str) -> None:
    """Days are a number from 1 to a century; "never" is refused by name, and so is 0 (see below)."""
    assert load_settings({name: "36500"})
    with pytest.raises(SettingsError, match=name):
        load_settings({name: value})


def test_every_setting_stands_in_its_page() -> None:
    """The table of docs/settings.md lists each setting with its default, and no other."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(GUICHET_\w+)` \| (.*?) \|", page, re.MULTILINE)
    assert [name for name, _ in rows] == list(dict.fromkeys(name for name, _ in rows))
    assert {name for name, _ in rows} == {f"GUICHET_{f.name.upper()}" for f in fields(Settings)}
    told = dict(rows)
    for f in fields(Settings):
        if isinstance(f.default, (int, float)):
            assert told[f"GUICHET_{f.name.upper()}"] == f"`{f.default:{'d' if isinstance(f.default, int) else 'g'}}`", (
                f.name
            )


def test_without_variables_the_defaults_hold() -> None:
    """An empty environment gives the default settings; variables of others are none of ours."""
    assert load_settings({}) == Settings()
    assert load_settings({"PATH": "/bin", "guichet_port": "x", "MY_GUICHET_PORT": "x"}) == Settings()


@pytest.mark.parametrize(
    "name, value, field, expected",
    [
        ("GUICHET_DATABASE_URL", "postgresql://desk@db/guichet", "database_url", "postgresql://desk@db/guichet"),
        ("GUICHET_DATA_DIR", "/srv/data", "data_dir", Path("/srv/data")),
        ("GUICHET_MODELS_DIR", "/srv/models", "models_dir", Path("/srv/models")),
        ("GUICHET_HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("GUICHET_PORT", "80", "port", 80),
        ("GUICHET_RASA_PORT", "5006", "rasa_port", 5006),
        ("GUICHET_ACTIONS_PORT", "5056", "actions_port", 5056),
        ("GUICHET_RASA_TIMEOUT", "0.5", "rasa_timeout", 0.5),
        ("GUICHET_MAX_MESSAGE_CHARS", "100", "max_message_chars", 100),
        ("GUICHET_MAX_BODY_BYTES", "1000", "max_body_bytes", 1000),
        ("GUICHET_SENDER_BURST", "3", "sender_burst", 3),
        ("GUICHET_SENDER_PER_SECOND", "2", "sender_per_second", 2.0),
        ("GUICHET_SENDER_WAITING", "1", "sender_waiting", 1),
        ("GUICHET_LOG_LEVEL", "DEBUG", "log_level", "DEBUG"),
        ("GUICHET_CONTACT_DAYS", "1", "contact_days", 1),
    ],
)
def test_each_variable_sets_its_field(name: str, value: str, field: str, expected: Any) -> None:
    """A variable sets its field, in the field's type, and nothing else."""
    found = load_settings({name: value})
    assert getattr(found, field) == expected
    assert type(getattr(found, field)) is type(expected)
    others = [f.name for f in fields(Settings) if f.name != field]
    assert [getattr(found, f) for f in others] == [getattr(Settings(), f) for f in others]


@pytest.mark.parametrize("value", ["", "x", "1.5", "0", "-1", "1e3", "NaN"])
@pytest.mark.parametrize(
    "name",
    [
        "GUICHET_PORT",
        "GUICHET_RASA_PORT",
        "GUICHET_ACTIONS_PORT",
        "GUICHET_MAX_MESSAGE_CHARS",
        "GUICHET_MAX_BODY_BYTES",
        "GUICHET_SENDER_BURST",
        "GUICHET_SENDER_WAITING",
        *DAYS,
    ],
)
def test_a_count_is_a_positive_whole_number(name: str, value: str) -> None:
    """Anything but a positive whole number is refused, naming the variable and its value."""
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", ["", "x", "0", "-0.5", "1,5", "10 s"])
@pytest.mark.parametrize("name", ["GUICHET_RASA_TIMEOUT", "GUICHET_SENDER_PER_SECOND"])
def test_a_measure_is_a_positive_number(name: str, value: str) -> None:
    """Anything but a positive number is refused, naming the variable and its value."""
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "infinity"])
@pytest.mark.parametrize("name", ["GUICHET_RASA_TIMEOUT", "GUICHET_SENDER_PER_SECOND"])
def test_a_measure_is_finite(name: str, value: str) -> None:
    """Numbers that are none, or without end, are refused like any other bad value."""
    with pytest.raises(SettingsError, match=name):
        load_settings({name: value})


@pytest.mark.parametrize("name", ["GUICHET_PORT", "GUICHET_RASA_PORT", "GUICHET_ACTIONS_PORT"])
def test_a_port_is_at_most_65535(name: str) -> None:
    """A port beyond the last one is refused, naming the variable."""
    assert load_settings({name: "65535"})
    with pytest.raises(SettingsError, match=name):
        load_settings({name: "65536"})


@pytest.mark.parametrize("value", ["", "debug", "TRACE", "10"])
def test_the_log_level_is_a_known_one(value: str) -> None:
    """An unknown log level is refused, naming the variable."""
    with pytest.raises(SettingsError, match="GUICHET_LOG_LEVEL"):
        load_settings({"GUICHET_LOG_LEVEL": value})


@pytest.mark.parametrize("name", ["GUICHET_PROT", "GUICHET_", "GUICHET_port", "GUICHET_RASA_URL"])
def test_an_unknown_variable_is_named(name: str) -> None:
    """A misspelt variable is refused by name, with those that are known, instead of silently having no effect."""
    with pytest.raises(SettingsError) as caught:
        load_settings({name: "1"})
    assert f"unknown setting {name};" in str(caught.value)
    assert "GUICHET_PORT" in str(caught.value)


def test_the_processs_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless told otherwise the settings come from the process's environment."""
    monkeypatch.setenv("GUICHET_PORT", "8123")
    assert load_settings().port == 8123


def test_addresses_follow_the_ports() -> None:
    """Rasa and the actions are on loopback, at their ports."""
    settings = Settings(rasa_port=1, actions_port=2)
    assert (settings.rasa_url, settings.actions_url) == ("http://127.0.0.1:1", "http://127.0.0.1:2")


@pytest.mark.parametrize(
    "database, tracker",
    [
        ("sqlite:////srv/guichet.db", "sqlite:////srv/rasa.db"),
        ("sqlite:///var/guichet.db", "sqlite:///var/rasa.db"),
        ("postgresql://desk@db/guichet", "postgresql://desk@db/guichet"),
    ],
)
def test_rasas_trackers_are_beside_the_tables(database: str, tracker: str) -> None:
    """Rasa has a SQLite file of its own beside the desk's, or the same PostgreSQL database."""
    assert Settings(database_url=database).tracker_url == tracker


def test_every_setting_explains_itself() -> None:
    """Each setting carries a sentence of help, and paths lie in the project by default."""
    assert [f.name for f in fields(Settings) if not f.metadata.get("help")] == []
    assert Settings().data_dir == ROOT / "data"

"""Settings: everything that an installation may change, read once from the environment."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.core.folders import DATA, MODELS, PREFIX, ROOT

MOST_DAYS = 36_500  # of what is kept: a century
_URL = re.compile(r"https?://[^\s/]+(/[^\s]*)?")
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_MAIL_HOST = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+")  # a name, or an address of either kind
# An e-mail address in ASCII; "localhost" and other names without a period are domains here.
MAIL_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


class SettingsError(ValueError):
    """A setting cannot be read; the message names the variable."""

    log_safe = True  # nothing that a citizen wrote is in its words


def _setting(default: Any, help: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"help": help}, repr=not secret)


@dataclass(frozen=True)
class Settings:
    """One installation's settings. Each field is read from `GUICHET_<FIELD>` in the environment."""

    database_url: str = _setting(f"sqlite:///{ROOT / 'var' / 'guichet.db'}", "SQLAlchemy address of the database")
    data_dir: Path = _setting(DATA, "folder of the knowledge, texts, promises and holidays")
    models_dir: Path = _setting(MODELS, "folder of what training makes")
    host: str = _setting("127.0.0.1", "address on which the desk listens")
    port: int = _setting(8000, "port of the desk")
    rasa_port: int = _setting(5005, "loopback port of Rasa")
    actions_port: int = _setting(5055, "loopback port of the action server")
    rasa_timeout: float = _setting(10.0, "seconds the desk waits for Rasa before the fallback text")
    max_message_chars: int = _setting(2000, "longest message that a citizen may send")
    max_body_bytes: int = _setting(65536, "largest HTTP body that the desk reads")
    sender_burst: int = _setting(300, "messages one sender may send at once before being slowed down")
    sender_per_second: float = _setting(5.0, "messages a second that one sender may send in the long run")
    sender_waiting: int = _setting(20, "messages of one sender that may wait for a reply at a time")
    address_burst: int = _setting(3000, "messages that may come at once from one network address")
    address_per_second: float = _setting(40.0, "messages a second from one network address in the long run")
    trusted_proxies: str = _setting(
        "127.0.0.1", "addresses of proxies whose X-Forwarded headers are believed, with commas"
    )
    allowed_origins: str = _setting(
        "", "origins of the pages that may hold the widget besides the desk's own, with commas"
    )
    transcript_days: int = _setting(90, "days after its last message that a conversation is erased")
    contact_days: int = _setting(365, "days after it was closed that a request's words and addresses are erased")
    attachment_days: int = _setting(30, "days that an attachment is kept after it came, or its request was closed")
    undelivered_days: int = _setting(30, "days that a message which could not be delivered may still be sent again")
    trace_days: int = _setting(30, "days that the desk knows which messages it took in and delivered, and where to")
    mail_days: int = _setting(30, "days that e-mails lie in the folders of mail")
    notice_days: int = _setting(90, "days that warnings to staff are kept")
    login_days: int = _setting(14, "days that addresses of failed and successful logins are kept")
    telegram_token: str = _setting("", "token of the Telegram bot; empty: no Telegram", secret=True)
    telegram_mode: str = _setting("polling", "how updates come from Telegram: polling or webhook")
    telegram_webhook_url: str = _setting("", "https address of the desk, for the webhook of Telegram")
    telegram_secret: str = _setting("", "what Telegram says with each update to the webhook", secret=True)
    telegram_api_url: str = _setting("https://api.telegram.org", "address of the Bot API server")
    telegram_timeout: float = _setting(10.0, "seconds that the Bot API has for an answer")
    smtp_host: str = _setting("", "host of the SMTP server; empty: e-mails go into the folder of the mail")
    smtp_port: int = _setting(587, "port of the SMTP server")
    smtp_security: str = _setting("starttls", "how the way to the SMTP server is encrypted: starttls, tls or none")
    smtp_user: str = _setting("", "name to log in to the SMTP server with; empty: without")
    smtp_password: str = _setting("", "password to log in to the SMTP server with", secret=True)
    smtp_timeout: float = _setting(20.0, "seconds that the SMTP server has for an answer")
    mail_from: str = _setting("guichet@localhost", "address that e-mails come from")
    mail_dir: Path = _setting(ROOT / "var" / "mail", "folder (Maildir) of outgoing e-mails without an SMTP server")
    imap_host: str = _setting("", "host of the IMAP server; empty: e-mails are taken from the folder of mail in")
    imap_port: int = _setting(993, "port of the IMAP server")
    imap_security: str = _setting("tls", "how the way to the IMAP server is encrypted: tls, starttls or none")
    imap_user: str = _setting("", "name to log in to the IMAP server with")
    imap_password: str = _setting("", "password to log in to the IMAP server with", secret=True)
    imap_folder: str = _setting("INBOX", "folder of the mailbox that is read")
    imap_poll_seconds: float = _setting(
        60.0, "seconds between two looks, where the server does not tell of news itself"
    )
    imap_timeout: float = _setting(30.0, "seconds that the IMAP server has for an answer")
    mail_in_dir: Path = _setting(
        ROOT / "var" / "mail-in", "folder (Maildir) of incoming e-mails without an IMAP server"
    )
    mail_bytes: int = _setting(40_000_000, "bytes of an e-mail that are read; what is beyond is left in the mailbox")
    mail_acknowledged: int = _setting(10, "e-mails of one address in an hour beyond which none is acknowledged")
    attachment_bytes: int = _setting(10_000_000, "bytes of the largest attachment that is kept")
    attachments_bytes: int = _setting(25_000_000, "bytes of all attachments of one e-mail that are kept")
    attachment_types: str = _setting(
        "pdf,jpg,png,gif,tif,webp,heic,bmp,rtf,doc,xls,ppt,docx,xlsx,pptx,odt,ods,odp,txt",
        "types of attachments that are kept, by their usual endings, with commas",
    )
    session_idle_minutes: float = _setting(30.0, "minutes without a request after which an officer must log in again")
    session_hours: float = _setting(10.0, "hours after which an officer must log in again in any case")
    second_factor: str = _setting("optional", "one-time codes of officers: optional or required")
    officer_away_minutes: float = _setting(
        5.0, "minutes without a sign of an officer after which their conversations wait for another"
    )
    group_seconds: float = _setting(
        60.0, "seconds between two looks at the questions to group, and at whether the matcher must be fitted anew"
    )
    work_niceness: int = _setting(
        10, "how far fitting and grouping make way for the rest of the machine, from 1 (hardly) to 19"
    )
    log_level: str = _setting("INFO", "level of the log: DEBUG, INFO, WARNING or ERROR")

    @property
    def rasa_url(self) -> str:
        """Where the desk finds Rasa (loopback: its REST channel has no authentication)."""
        return f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions_url(self) -> str:
        """Where Rasa and the desk find the action server."""
        return f"http://127.0.0.1:{self.actions_port}"

    @property
    def origins(self) -> frozenset[str]:
        """The origins of `allowed_origins`."""
        return frozenset(filter(None, map(str.strip, self.allowed_origins.split(","))))

    @property
    def tracker_url(self) -> str:
        """Where Rasa keeps its trackers: beside the desk's tables, or beside its SQLite file.

        SQLite lets one process write at a time; a file of its own keeps Rasa out of the desk's way.
        """
        if not self.database_url.startswith("sqlite"):
            return self.database_url
        folder, _, _name = self.database_url.rpartition("/")
        return f"{folder}/rasa.db"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environ` (the process's environment unless told).

    Raises:
        SettingsError: a value has the wrong type or bounds, or a `GUICHET_` variable is unknown.
    """
    environ = os.environ if environ is None else environ
    known = {PREFIX + f.name.upper(): f for f in fields(Settings)}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]}; known: {', '.join(sorted(known))}")
    values: dict[str, Any] = {}
    for name, f in known.items():
        if name not in environ:
            continue
        kind: Any = Path if isinstance(f.default, Path) else type(f.default)
        try:
            values[f.name] = kind(environ[name])
        except ValueError:
            raise SettingsError(f"{name}={environ[name]!r}: expected {kind.__name__}") from None
        if kind in (int, float) and not (0 < values[f.name] < math.inf):
            raise SettingsError(f"{name}={environ[name]!r}: expected a positive number")
        if f.name.endswith("_days") and values[f.name] > MOST_DAYS:
            raise SettingsError(
                f"{name}={environ[name]!r}: expected at most {MOST_DAYS} days; nothing is kept for ever"
            )
        if f.name.endswith("port") and values[f.name] > 65535:
            raise SettingsError(f"{name}={environ[name]!r}: a port is at most 65535")
    for origin in Settings(**values).origins:
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(f"{PREFIX}ALLOWED_ORIGINS: {origin!r} is not an origin such as https://www.example.org")
    _check_telegram(Settings(**values))
    _check_mail(Settings(**values))
    if values.get("second_factor", "optional") not in ("optional", "required"):
        raise SettingsError(f"{PREFIX}SECOND_FACTOR={values['second_factor']!r}: expected optional or required")
    if values.get("log_level", "INFO") not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise SettingsError(f"{PREFIX}LOG_LEVEL={values['log_level']!r}: expected DEBUG, INFO, WARNING or ERROR")
    return Settings(**values)


def _check_telegram(settings: Settings) -> None:
    """Refuse what could not work, without showing a secret."""
    if settings.telegram_mode not in ("polling", "webhook"):
        raise SettingsError(f"{PREFIX}TELEGRAM_MODE={settings.telegram_mode!r}: expected polling or webhook")
    if not _URL.fullmatch(settings.telegram_api_url):
        raise SettingsError(f"{PREFIX}TELEGRAM_API_URL={settings.telegram_api_url!r}: expected an http(s) address")
    if not settings.telegram_token:
        return
    if not _TOKEN.fullmatch(settings.telegram_token):
        raise SettingsError(f"{PREFIX}TELEGRAM_TOKEN: expected a token such as 123456:ABC…, as @BotFather gives it")
    if settings.telegram_mode == "webhook":
        if not _URL.fullmatch(settings.telegram_webhook_url):
            raise SettingsError(f"{PREFIX}TELEGRAM_WEBHOOK_URL={settings.telegram_webhook_url!r}: expected an address")
        if not _SECRET.fullmatch(settings.telegram_secret):
            raise SettingsError(f"{PREFIX}TELEGRAM_SECRET: expected 16 to 256 letters, digits, _ and -")


def _check_mail(settings: Settings) -> None:
    """Refuse what could not work, without showing a secret."""
    if settings.smtp_host and not _MAIL_HOST.fullmatch(settings.smtp_host):
        raise SettingsError(f"{PREFIX}SMTP_HOST={settings.smtp_host!r}: expected a host such as smtp.example.org")
    if settings.smtp_security not in ("starttls", "tls", "none"):
        raise SettingsError(f"{PREFIX}SMTP_SECURITY={settings.smtp_security!r}: expected starttls, tls or none")
    if not MAIL_ADDRESS.fullmatch(settings.mail_from):
        raise SettingsError(f"{PREFIX}MAIL_FROM={settings.mail_from!r}: expected an address such as desk@example.org")
    if settings.imap_host and not _MAIL_HOST.fullmatch(settings.imap_host):
        raise SettingsError(f"{PREFIX}IMAP_HOST={settings.imap_host!r}: expected a host such as imap.example.org")
    if settings.imap_security not in ("starttls", "tls", "none"):
        raise SettingsError(f"{PREFIX}IMAP_SECURITY={settings.imap_security!r}: expected tls, starttls or none")
    if settings.imap_host and not (settings.imap_user and settings.imap_password):
        raise SettingsError(f"{PREFIX}IMAP_USER and {PREFIX}IMAP_PASSWORD: expected both with {PREFIX}IMAP_HOST")
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        raise SettingsError(f"{PREFIX}SMTP_USER and {PREFIX}SMTP_PASSWORD: expected both or neither")
    for name in ("smtp_user", "smtp_password", "imap_user", "imap_password"):
        if not getattr(settings, name).isascii():  # smtplib and imaplib send no others
            raise SettingsError(f"{PREFIX}{name.upper()}: expected ASCII characters")

"""An IMAP server (dovecot) of the tests' own: an unprivileged process with its own configuration, on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import uuid
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient

from tests.certificates import make_certificate
from tests.databases import free_port

PASSWORD = "a-password-that-nobody-reads"
_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
imap_capability = {capability}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class MailServer:
    """A dovecot in a temporary folder. Every user exists, with one password, and an empty mailbox."""

    def __init__(self) -> None:
        self._program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        assert self._program, "these tests need an IMAP server (Debian: apt-get install dovecot-imapd)"
        self._folder = Path(tempfile.mkdtemp(prefix="guichet-dovecot-"))
        self.port, self.tls_port = free_port(), free_port()
        # As root it would become other users: it runs as one that may do nothing.
        self._user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._as = ["runuser", "-u", self._user, "--"] if os.geteuid() == 0 else []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, idle: bool = True) -> MailServer:
        """Start it; `idle`: whether it says that it can tell of news."""
        group = subprocess.run(["id", "-gn", self._user], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("run", "state", "mail"):
            (self._folder / name).mkdir(exist_ok=True)
        self._certify()
        capability = "" if idle else "IMAP4rev1 LITERAL+ UIDPLUS"
        config = self._folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=self._folder, user=self._user, group=group, password=PASSWORD, port=self.port,
                tls_port=self.tls_port, capability=capability,
            )
        )  # fmt: skip
        if self._as:
            subprocess.run(["chown", "-R", f"{self._user}:{group}", str(self._folder)], check=True)
        command = [*self._as, str(self._program), "-F", "-c", str(config)]
        with (self._folder / "out").open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, cwd=self._folder)
        self._wait_until_ready()
        return self

    def stop(self) -> None:
        """Stop it; what it holds stays, for another start."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        """Stop it and remove everything."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def user(self) -> Mail:
        """A user that nobody else has."""
        return Mail(self, f"u{uuid.uuid4().hex}")

    @property
    def trusted(self) -> ssl.SSLContext:
        """A context that believes this server's certificate."""
        return ssl.create_default_context(cafile=str(self._folder / "certificate.pem"))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                    assert probe.recv(100).startswith(b"* OK")
                    return
            except (OSError, AssertionError):
                assert self._process is not None
                said = "".join(p.read_text(errors="replace") for p in self._folder.glob("[lo][ou][gt]"))
                assert self._process.poll() is None, f"dovecot ended:\n{said}"
                assert time.monotonic() < deadline, f"dovecot is not ready:\n{said}"
                time.sleep(0.05)

    def _certify(self) -> None:
        """A certificate for 127.0.0.1 that we signed ourselves, with its key."""
        if (self._folder / "key.pem").exists():
            return
        certificate, key = make_certificate()
        (self._folder / "certificate.pem").write_bytes(certificate)
        (self._folder / "key.pem").write_bytes(key)


class Mail:
    """One user's mailbox, as another mail program of theirs sees it."""

    def __init__(self, server: MailServer, name: str) -> None:
        self.server = server
        self.name = name

    @property
    def settings(self) -> dict[str, object]:
        """The desk's settings that lead here."""
        return {
            "imap_host": "127.0.0.1",
            "imap_port": self.server.port,
            "imap_security": "none",
            "imap_user": self.name,
            "imap_password": PASSWORD,
        }

    def deliver(self, raw: bytes, *flags: bytes, at: datetime | None = None) -> None:
        """An e-mail comes in."""
        with self.client() as client:
            client.append("INBOX", raw, flags, at)

    def flags(self) -> list[set[bytes]]:
        """The flags of the e-mails in the inbox, in their order."""
        with self.client() as client:
            client.select_folder("INBOX", readonly=True)
            found = client.get_flags(client.search("ALL"))
            return [set(found[uid]) - {rb"\Recent"} for uid in sorted(found)]

    def change_validity(self) -> None:
        """The mailbox is made anew with the same e-mails: every UID is another's from now on."""
        with self.client() as client:
            client.select_folder("INBOX")
            uids = sorted(client.search("ALL"))
            kept = [client.fetch([uid], ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])[uid] for uid in uids]
            client.delete_messages(uids)
            client.expunge()
        for path in (self.server._folder / "mail" / self.name).glob("dovecot*"):
            path.unlink()
        time.sleep(1.1)  # dovecot makes the number of the second
        for message in kept:
            flags = [flag for flag in message[b"FLAGS"] if flag != rb"\Recent"]
            self.deliver(message[b"BODY[]"], *flags, at=message[b"INTERNALDATE"])

    def client(self) -> IMAPClient:
        """A connection of one's own."""
        client = IMAPClient("127.0.0.1", self.server.port, ssl=False)
        client.login(self.name, PASSWORD)
        return client

"""Many e-mails at once, with all real processes: each is read by the trained model, and acknowledged once."""

from __future__ import annotations

import email
import time
from collections import Counter
from email import policy
from pathlib import Path
from typing import Any

from desk_process import RunningDesk

from tests.channels.email.bursts import ACKNOWLEDGED, burst, drop

PATIENCE_SECONDS = 300.0


def test_what_came_in_the_night_is_read_whole(tmp_path: Path) -> None:
    """It lies there when the desk is started, whose assistant takes longer: none is unread, or acknowledged twice."""
    desk = RunningDesk(tmp_path / "desk")
    mails = burst(60)
    asked = {mail.sender for mail in mails if mail.fate == ACKNOWLEDGED}
    drop(mails, desk.folder / "mail-in" / "new")
    try:
        desk.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        went = sent(desk)
        while not asked <= {str(mail["To"]) for mail in went}:
            assert time.monotonic() < deadline, "some are not acknowledged"
            time.sleep(0.2)
            went = sent(desk)
    finally:
        desk.stop()
    assert Counter(str(mail["To"]) for mail in went) == dict.fromkeys(asked, 1)
    assert {mail.sender for mail in mails if mail.answered} <= {m["To"] for m in went if "Source" in m.get_content()}
    log = desk.log.read_text()
    assert "WARNING" not in log
    assert "example.org" not in log


def sent(desk: RunningDesk) -> list[Any]:
    """The e-mails that went out of a desk."""
    folder = desk.folder / "mail" / "new"
    files = list(folder.iterdir()) if folder.exists() else []
    return [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]

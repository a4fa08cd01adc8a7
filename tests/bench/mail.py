"""What e-mails cost: read beside the standard library's plain parse, and five hundred at once through a whole desk.

`python -m tests.bench.mail [COUNT]`: so many e-mails at once, 500 unless told.
"""

from __future__ import annotations

import email
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from email import policy
from pathlib import Path

from bot.channels.email.reading import read_email
from tests.channels.email.bursts import ACKNOWLEDGED, Sent, burst, drop
from tests.channels.email.corpus import OURS, answers
from tests.channels.email.programs import DESK
from tests.end_to_end.desk_process import RunningDesk

ROUNDS, TIMES = 5, 3
PATIENCE_SECONDS = 1800.0


def reading() -> dict[str, float]:
    """Read the whole corpus in turns with the plain parse of the same bytes; print a table."""
    corpus = [(answer.raw, ["\n".join(OURS[answer.lang])]) for answer in answers()]

    def parsed(raw: bytes, _thread: Sequence[str]) -> None:
        for part in email.message_from_bytes(raw).walk():
            part.get_payload(decode=True)

    ways: dict[str, Callable[[bytes, Sequence[str]], object]] = {
        "plain parse": parsed,
        "read": lambda raw, _thread: read_email(raw, own=DESK),
        "read in its thread": lambda raw, thread: read_email(raw, own=DESK, thread=thread),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):  # in turns: the machine's speed drifts
        for name, way in ways.items():
            started = time.perf_counter()
            for _ in range(TIMES):
                for raw, thread in corpus:
                    way(raw, thread)
            rates[name].append(TIMES * len(corpus) / (time.perf_counter() - started))
    print(f"{len(corpus)} e-mails of the corpus, read {TIMES} times in each of {ROUNDS} rounds, in turns, on one core")
    found = {}
    for name, mine in rates.items():
        ratios = [plain / rate for plain, rate in zip(rates["plain parse"], mine)]
        if name != "plain parse":
            found[name] = round(statistics.median(ratios), 2)
        by_round = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"{name:20}{statistics.median(mine):8.0f} e-mails/s   times a plain parse, round by round: {by_round}")
    return found


def at_once(count: int) -> dict[str, float]:
    """Drop so many e-mails into the folder of a whole desk, and wait until the last acknowledgement is out."""
    mails = burst(count)
    asked = [mail for mail in mails if mail.fate == ACKNOWLEDGED]
    with tempfile.TemporaryDirectory() as folder:
        desk = RunningDesk(Path(folder) / "desk", mail_from=DESK).start()
        try:
            inward, outward = desk.folder / "mail-in" / "new", desk.folder / "mail" / "new"
            drop(mails, inward)
            started = time.monotonic()
            taken = _wait(lambda: not any(inward.iterdir())) - started
            replied = _wait(lambda: outward.exists() and len(list(outward.iterdir())) >= len(asked)) - started
            went = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in outward.iterdir()]
            log = desk.log.read_text()
        finally:
            desk.stop()
    replies = Counter(str(mail["To"]) for mail in went)
    given = {str(mail["To"]) for mail in went if "Source" in mail.get_content()}
    unread = _unread(asked, given) + log.count("did not read an e-mail")
    twice = sum(number > 1 for number in replies.values())
    print(
        f"{count} e-mails at once: taken in after {taken:.0f} s; the last of {len(asked)} acknowledgements is out after"
    )
    print(f"{replied:.0f} s: {count / replied:.1f} e-mails/s; acknowledged twice: {twice}; unread: {unread}")
    print("(five acknowledgements go out a second at most: mail servers refuse who is in a hurry)")
    return {"taken_seconds": round(taken, 1), "replied_seconds": round(replied, 1), "twice": twice, "unread": unread}


def _unread(asked: Sequence[Sent], given: set[str]) -> int:
    """How many ask what an article answers, and got none."""
    return sum(mail.answered and mail.sender not in given for mail in asked)


def _wait(holds: Callable[[], bool]) -> float:
    """The moment at which it holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)
    return time.monotonic()


def main(count: int) -> None:
    """Measure, and print one line of JSON at the end."""
    found = {"times a plain parse": reading()}
    print(json.dumps({**found, "burst": at_once(count)}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)

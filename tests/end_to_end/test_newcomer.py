"""What a newcomer sees on a fresh desk: questions that nobody answers are grouped by themselves, and the log is quiet.

The whole Guichet, with its real processes.
"""

from __future__ import annotations

import re
import time

import psutil

from tests.end_to_end.console_officer import Officer
from tests.end_to_end.desk_process import RunningDesk

# Patience, for a machine that others work on too: on two cores of its own less than two minutes.
GROUPED_SECONDS = 900.0
ENDED_SECONDS = 120.0
# By what they are about.
QUESTIONS = {
    "passport": (
        "Où puis-je faire renouveler mon passeport?",
        "Where can I renew my passport?",
        "Comment faire renouveler un passeport?",
    ),
    "fishing": (
        "Where can I buy a fishing licence?",
        "Où acheter un permis de pêche?",
        "How much is a fishing licence?",
    ),
    "recipe": ("Connaissez-vous une recette de tarte aux pommes?", "Do you know a recipe for apple pie?"),
    "hockey": ("Qui a gagné le match de hockey hier soir?", "Who won the hockey game last night?"),
}
TROUBLE = re.compile(r"WARNING|ERROR|CRITICAL|Traceback|Warning:")


def groups(page: str) -> list[list[str]]:
    """The questions that stand in the groups of the console's page, not those that are still to be grouped."""
    grouped, _, _ = page.partition('<h2 class="next">')
    cards = grouped.split('<li class="card group">')[1:]
    return [re.findall(r'<li lang="\w+" dir="auto">(.*?) <a', card) for card in cards]


def test_unanswered_questions_are_grouped_and_the_log_is_quiet(own_desk: RunningDesk) -> None:
    """Ten questions stand in groups, without a warning in the log; a killed supervisor leaves no process behind."""
    asked = [question for questions in QUESTIONS.values() for question in questions]
    for question in asked:
        assert own_desk.citizen().says(question).outcome == "unanswered"
    rita = Officer(own_desk, "rita", role="supervisor")
    deadline = time.monotonic() + GROUPED_SECONDS
    while sum(map(len, groups(rita.opens("knowledge/unanswered")))) < len(asked):
        assert time.monotonic() < deadline, own_desk.log.read_text()
        time.sleep(1)
    found = groups(rita.page)
    assert sorted(question for group in found for question in group) == sorted(asked)
    for questions in QUESTIONS.values():
        together = [group for group in found if set(group) & set(questions)]
        assert len(together) == 1, found
    assert [line for line in own_desk.log.read_text().splitlines() if TROUBLE.search(line)] == []

    assert own_desk.process
    started = psutil.Process(own_desk.process.pid).children(recursive=True)
    assert len(started) >= 3
    own_desk.process.kill()
    own_desk.process.wait()
    _, alive = psutil.wait_procs(started, timeout=ENDED_SECONDS)
    assert alive == []

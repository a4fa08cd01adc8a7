"""Whatever fails in a turn of the real processes: citizens hear the fixed text, staff see it, the log says it."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator

import pytest
import yaml

from bot.assistant.fallback import TROUBLE
from bot.core.folders import ROOT
from tests.end_to_end.failing_desk import FailingDesk

QUESTION = {"fr": "Quelle est votre adresse?", "en": "What is your address?"}
UNANSWERED = {"fr": "Combien est payé un stagiaire?", "en": "How much does the stipend pay?"}
# Dialogues that together take every action there is.
DIALOGUES = {
    "fr": [
        ["Bonjour"],
        ["En français, s'il vous plaît"],
        ["Je veux parler à une personne"],
        ["Bonjour", "/correct"],
        ["Bonjour", '/choose{"choice": "delay"}'],
        ["Bonjour", '/choose_article{"article": "address"}'],
        ["que savez-vous de moi?"],
        ["oubliez-moi"],
        ["Combien est payé un stagiaire?", "non merci"],
        ["Combien est payé un stagiaire?", "oui svp", "/keep_here", "où en est ma demande?"],
        ["je veux laisser une question à une personne", "Combien est payé un stagiaire?"],
        ["où en est ma demande?", "RI-7K3P-92QX", "ana@example.org"],
        ["quand vais-je avoir ma réponse?", "une entrevue", "annuler", "reprendre", "hier"],
        ["quel programme est fait pour moi?", "étudiante à la maîtrise", "un stage à l'étranger"],
        [
            "je veux porter plainte",
            "le délai",
            "J'ai attendu trois semaines sans aucune réponse de votre bureau",
            "ana@example.org",
            "oui",
        ],
        ["je veux évaluer la mission", "la mission à Lyon", "très bien", "Le transport était parfait", "oui"],
    ],
    "en": [
        ["Hello"],
        ["English please"],
        ["I want to talk to a person"],
        ["Hello", "/correct"],
        ["Hello", '/choose{"choice": "delay"}'],
        ["Hello", '/choose_article{"article": "address"}'],
        ["what do you know about me"],
        ["forget me"],
        ["How much does the stipend pay?", "no thanks"],
        ["How much does the stipend pay?", "yes please", "/keep_here", "where is my request?"],
        ["I want to leave a question for a person", "How much does the stipend pay?"],
        ["where is my request?", "RI-7K3P-92QX", "ana@example.org"],
        ["when will I get my answer?", "an interview", "cancel", "resume", "yesterday"],
        ["which program is for me?", "I am a master's student", "an internship abroad"],
        [
            "I want to file a complaint",
            "a delay",
            "I waited for three weeks without any answer from your office",
            "ana@example.org",
            "yes",
        ],
        ["I want to evaluate the mission", "the trip to Chicago", "very good", "Transport was perfect", "yes"],
    ],
}


def actions() -> set[str]:
    """Every action of the domain."""
    found = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["actions"]
    return {name if isinstance(name, str) else next(iter(name)) for name in found}


def faults(desk: FailingDesk, since: int) -> list[str]:
    """What the log says at WARNING and above after so many bytes, of all but Telegram, which is away."""
    lines = desk.log.read_bytes()[since:].decode().splitlines()
    told = [line.split(" ", 2)[2] for line in lines if re.match(r"\S+ \S+ (WARNING|ERROR|CRITICAL) ", line)]
    return [line for line in told if "bot.channels.telegram" not in line]


def leading_to_actions(desk: FailingDesk, lang: str) -> dict[str, list[str]]:
    """By action, the lines of a dialogue up to the one that first leads to it."""
    found: dict[str, list[str]] = {}
    for dialogue in DIALOGUES[lang]:
        citizen = desk.citizen()
        desk.actions_run()
        for number, line in enumerate(dialogue, 1):
            citizen.says(line, language=lang)
            for action in desk.actions_run():
                found.setdefault(action, dialogue[:number])
    return found


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_each_action_that_fails_is_answered_by_the_fixed_text(failing: FailingDesk, lang: str) -> None:
    """Every action of the domain in turn: one fixed text in the citizen's language, one line; then all goes on."""
    lines = leading_to_actions(failing, lang)
    assert set(lines) == actions()
    for action, (*before, last) in lines.items():
        citizen = failing.citizen()
        for line in before:
            citizen.says(line, language=lang)
        size = failing.log.stat().st_size
        with failing.failing(action):
            replies = citizen.says(last, language=lang)
        assert replies[-1]["text"].startswith(TROUBLE[lang]), (action, replies)
        assert replies.text.count(TROUBLE[lang]) == 1
        assert (replies.outcome, replies.custom["language"]) == ("unanswered", lang)
        assert faults(failing, size) == [f"ERROR __main__ the action {action} failed (RuntimeError)"]
        assert citizen.says(QUESTION[lang], language=lang)[0]["custom"].get("article") == "address", action


@pytest.fixture
def without_promise(failing: FailingDesk) -> Iterator[FailingDesk]:
    """Somebody takes the promise of questions out of the data, which are then read: the processes begin anew."""
    path = failing.data / "promises.yml"
    before = path.read_text(encoding="utf-8")
    promises = yaml.safe_load(before)
    promises["promises"] = [one for one in promises["promises"] if one["id"] != "email-reply"]
    path.write_text(yaml.safe_dump(promises, allow_unicode=True), encoding="utf-8")
    failing.begin_anew("actions", "desk")
    yield failing
    path.write_text(before, encoding="utf-8")
    failing.begin_anew("actions", "desk")


def test_without_the_promise_of_questions_the_citizen_hears_so_and_staff_see_it(without_promise: FailingDesk) -> None:
    """What no article answers would be offered a person by a day that nobody promised."""
    desk = without_promise
    for lang, question in UNANSWERED.items():
        size = desk.log.stat().st_size
        began = time.monotonic()
        replies = desk.citizen().says(question, language=lang)
        assert time.monotonic() - began < 20  # what is promised to the citizen
        assert replies.text == TROUBLE[lang]
        assert replies.custom["language"] == lang
        assert not replies.payloads
        assert faults(desk, size) == ["ERROR __main__ the action action_answer failed (PromiseError)"]
        with desk.officer(lang) as officer:
            page = html.unescape(officer.get("/console/failed").text)
        assert question in page
        assert "action_answer: PromiseError" in page

"""The payloads of buttons."""

from __future__ import annotations

import json

import pytest

from bot.messages import payloads


@pytest.mark.parametrize(
    "payload",
    [
        "/open_ticket",
        "/deny",
        "/keep_here",
        "/cancel",
        "/none_of_these",
        "/request_officer",
        "/affirm",
        "/correct",
        "/resume",
        "/reply_date",
        "/file_complaint",
        "/my_data",
        "/find_program",
        "/evaluate_mission",
    ],  # fmt: skip
)
def test_plain_payloads_are_presses(payload: str) -> None:
    """The payload of each plain button is recognised as a press."""
    assert payloads.is_payload(payload)


def test_a_chosen_article_is_a_press() -> None:
    """The payload that an article's button carries is recognised, and names the article in JSON."""
    payload = payloads.choose("email-standard")
    assert payloads.is_payload(payload)
    assert json.loads(payload.removeprefix("/choose_article")) == {"article": "email-standard"}


@pytest.mark.parametrize("choice", ["internship-interview", "2026-11-03", "correct-complaint_text", "rated-5"])
def test_an_answer_that_a_form_offers_is_a_press(choice: str) -> None:
    """The payload that an answer's button carries is recognised, and names the choice in JSON."""
    payload = payloads.pick(choice)
    assert payloads.is_payload(payload)
    assert json.loads(payload.removeprefix("/choose")) == {"choice": choice}


def test_a_choice_without_space_is_a_press() -> None:
    """A client that writes its JSON without spaces presses the same button."""
    assert payloads.is_payload('/choose_article{"article":"phone-hours"}')


@pytest.mark.parametrize(
    "words",
    [
        "",
        "/",
        "/restart",
        "/session_start",
        "/back",
        "open_ticket",
        "/open_ticket ",
        " /open_ticket",
        "/open_ticket\n",
        "/OPEN_TICKET",
        '/open_ticket{"language": "en"}',
        '/open_ticket{"of": 4}',
        '/open_ticket{"of": "4"}',
        '/open_ticket{"of": "3fa9c1d2-0"}',
        '/open_ticket{"of": {"a": "3fa9c1d2-4"}}',
        "/choose_article",
        '/choose_article{"article": ""}',
        '/choose_article{"article": "Phone"}',
        '/choose_article{"article": "a", "language": "en"}',
        '/choose_article{"article": "a"} and more',
        '/choose_article{"article": "' + "a" * 65 + '"}',
        '/choose_article{"slot": "a"}',
        '/choose{"article": "a"}',
        '/choose{"choice": ""}',
        '/choose{"choice": "A B"}',
        "/choose",
        "24/7",
    ],
)
def test_other_words_are_not_presses(words: str) -> None:
    """Words that only look like a payload are the citizen's words."""
    assert not payloads.is_payload(words)


@pytest.mark.parametrize(
    "payload", ["/open_ticket", '/choose_article{"article": "email-standard"}', '/choose{"choice": "rated-5"}']
)
def test_a_button_says_under_which_message_it_stands(payload: str) -> None:
    """The name and what is chosen stay, and the key of the message follows; read, they are apart again."""
    key = payloads.key_of("3fa9c1d2" * 4, 12)
    (button,) = payloads.standing_under([{"title": "Oui", "payload": payload}], key)
    assert button["payload"].startswith(payload.rstrip("}"))
    assert payloads.read(button["payload"]) == payloads.Payload(payload, key)
    assert payloads.place_of(key, "3fa9c1d2" * 4) == 12
    assert payloads.place_of(key, "a" * 32) is None

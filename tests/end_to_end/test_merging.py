"""Two citizens' requests are merged in the console of a running desk; each gets their answer where they are."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.end_to_end.console_officer import Officer
from tests.end_to_end.desk_process import RunningDesk, until

BOB = "bob@example.org"
LETTER = f"""From: Bob <{BOB}>
To: info@example.org
Subject: My grant
Message-ID: <grant@example.org>

Could you please tell me how much the grant of my internship in Kyrgyzstan is, and when it is paid?
"""
FRENCH, ENGLISH = "Elle est de 1 200 dollars.", "It is 1,200 dollars."


def told(desk: RunningDesk, to: str) -> list[str]:
    """What was said to an address by e-mail, oldest first."""
    return [mail.get_body(("plain",)).get_content() for mail in desk.mailed_to(to)]


def test_each_citizen_gets_their_own_answer(desk: RunningDesk, officers: Callable[[str], Officer]) -> None:
    """One by a program in French, one by e-mail in English: merged, answered in both languages, told each in theirs."""
    ana = desk.citizen()
    ana.says("Combien est payé un stagiaire au Kirghizstan?")
    ana.says("/open_ticket")
    first = ana.says("/keep_here").reference
    desk.receives(LETTER.encode())
    (acknowledged,) = until(lambda: told(desk, BOB))
    (second,) = set(re.findall(r"RI-\w{4}-\w{4}", acknowledged))

    marie = officers("marie")
    marie.opens(f"tickets/{first}")
    asked = marie.sends(f"tickets/{first}/merge", other=second)
    assert "Could you please tell me how much the grant" in asked
    assert BOB in asked
    assert second not in marie.opens(f"tickets/{first}")  # nothing is merged before the page that asks is answered
    marie.sends(f"tickets/{first}/merge", other=second)
    marie.sends(f"tickets/{first}/merge")
    stays = next(one for one in (first, second) if f'action="/console/tickets/{one}/answer"' in marie.page)
    own, other = ("text", "text-en") if stays == first else ("text-fr", "text")
    marie.sends(f"tickets/{stays}/answer", **{own: FRENCH, other: ENGLISH})

    answers = until(lambda: told(desk, BOB)[1:])
    assert len(answers) == 1
    assert ENGLISH in answers[0]
    assert FRENCH not in answers[0]
    heard = ana.says("merci").text
    assert FRENCH in heard
    assert ENGLISH not in heard
    assert "fermée" in ana.says("où en est ma demande?").text

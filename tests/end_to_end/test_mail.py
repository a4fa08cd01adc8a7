"""E-mails with all real processes: many at once, and one that goes on with a request left in a chat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage

from tests.channels.email.bursts import ACKNOWLEDGED
from tests.channels.email.letters import letter
from tests.end_to_end.conftest import NIGHT
from tests.end_to_end.console_officer import Officer
from tests.end_to_end.desk_process import RunningDesk, until

ADDRESS = "jeanne.tremblay@example.net"


def mailed(desk: RunningDesk, to: str, count: int = 1) -> EmailMessage:
    """The last e-mail to an address, once it has had so many."""
    return until(lambda: desk.mailed_to(to)[count - 1 :])[-1]


def test_what_came_in_the_night_is_read_whole(desk: RunningDesk) -> None:
    """The assistant takes longer to start than the desk: none is acknowledged as unread, or twice."""
    asked = {str(mail.sender) for mail in NIGHT if mail.fate == ACKNOWLEDGED}
    until(lambda: asked <= {str(mail["To"]) for mail in desk.mailed()})
    went = [mail for mail in desk.mailed() if mail["To"] in asked]
    assert Counter(str(mail["To"]) for mail in went) == dict.fromkeys(asked, 1)
    assert {mail.sender for mail in NIGHT if mail.answered} <= {m["To"] for m in went if "Source" in m.get_content()}
    log = desk.log.read_text()
    assert "WARNING" not in log
    assert "example.org" not in log


def test_an_e_mail_joins_the_request_that_was_left_in_a_chat(
    desk: RunningDesk, officers: Callable[[str], Officer]
) -> None:
    """It names its number: the officer sees it there, and answers below it; from another address it is another's."""
    chat = desk.citizen()
    chat.says("Combien est payé un stagiaire au Kirghizstan?")
    chat.says("/open_ticket")
    reference = chat.says(ADDRESS).reference
    words = f"Bonjour, j’ajoute à ma demande {reference.lower()} que le stage commence en mai."
    new = [
        letter(words, sender=f"Jeanne <{ADDRESS}>", name="<more@example.net>", subject="Précision"),
        letter(words, sender="Eve <eve@example.net>", name="<eve@example.net>", subject="Précision"),
    ]
    desk.receives(*new)
    told, other = mailed(desk, ADDRESS), mailed(desk, "eve@example.net")
    assert f"ajouté à votre demande {reference}" in told.get_content()
    assert reference not in other.get_content()

    marie = officers("marie")
    assert "que le stage commence en mai" in marie.opens(f"tickets/{reference}")
    marie.sends(f"tickets/{reference}/answer", text="Il est payé 1 200 dollars.")
    answer = mailed(desk, ADDRESS, 2)
    assert (answer["In-Reply-To"], answer["Subject"]) == ("<more@example.net>", "Re: Précision")
    assert "1 200 dollars" in answer.get_content()
    assert "example.net" not in desk.log.read_text()


def test_what_is_folded_away_is_matched_and_found(desk: RunningDesk, officers: Callable[[str], Officer]) -> None:
    """ "Please see below" asks nothing: the question below does, and an officer's search shows the request by it."""
    address = "luc@example.net"
    below = "Please see below.\n\n> What is your mailing address?\n> I ask for the Zeppelin Society.\n"
    raw = letter(below, sender=f"Luc <{address}>", name="<luc@example.net>", more=["In-Reply-To: <0@example.net>"])
    desk.receives(raw)
    (told,) = until(lambda: desk.mailed_to(address))
    assert "Source" in told.get_content()
    (reference,) = set(re.findall(r"RI-\w{4}-\w{4}", told.get_content()))
    paul = officers("paul")
    assert reference in paul.opens("tickets?text=zeppelin")
    assert reference not in paul.opens("tickets?text=accusé")

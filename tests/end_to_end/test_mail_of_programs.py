"""E-mails as programs write them, with the real processes: what the citizen receives, and what the officer sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.channels.email.cases import file, part, parts, several, written
from tests.channels.email.letters import returned
from tests.channels.email.machines import MACHINES
from tests.channels.email.programs import (
    ABOVE,
    BELOW,
    BETWEEN,
    EN,
    FR,
    GMAIL,
    OUTLOOK,
    SAMSUNG,
    THUNDERBIRD,
    YAHOO,
    Block,
    Program,
    blocks,
    envelope,
    plain,
    rich,
)
from tests.channels.email.wishes import OTHERS, WISHES
from tests.end_to_end.console_officer import Officer
from tests.end_to_end.desk_process import RunningDesk, until

REFERENCE = re.compile(r"RI-\w{4}-\w{4}")
MOST_MISSED = 0.03  # of the wishes; each of those is read by a person
ASKED = ("Bonjour,", "", "Quelle est l'adresse postale du ministère?", "", "Ana")
ACKNOWLEDGED, OFFERED = "Ceci est un accusé de réception automatique", "L'adresse du ministère"
CONFIRM = {FR: "nous n'effaçons rien sans confirmation", EN: "we erase nothing without a confirmation"}


@pytest.fixture
def marie(officers: Callable[[str], Officer]) -> Officer:
    """An officer."""
    return officers("marie")


class Citizen:
    """Somebody who writes e-mails with a program of theirs, and reads what comes back."""

    def __init__(self, desk: RunningDesk, name: str, program: Program) -> None:
        self.address = f"{name}@example.org"
        self._desk = desk
        self._program = program
        self._written = 0

    def writes(self, text: str = "", markup: str = "", *, to: EmailMessage | None = None) -> None:
        """Send words, in answer to an e-mail."""
        self._written += 1
        answers = str(to["Message-ID"]) if to else None
        subject = "Re: Question" if to else "Question"
        self.sends(envelope(self._program, text, markup, answers=answers, subject=subject, number=self._written))

    def sends(self, raw: bytes) -> None:
        """Send an e-mail as it is."""
        self._desk.receives(raw.replace(b"ana@example.org", self.address.encode()))

    def asks(self) -> EmailMessage:
        """Ask in French for the ministry's address; the acknowledgement."""
        self.writes(plain(self._program, FR, [Block(ASKED)]))
        return self.receives(1)

    def replies(self, to: EmailMessage, said: tuple[str, ...], place: str, *, as_html: bool = False) -> None:
        """Answer an e-mail, which the program quotes."""
        found = blocks(said, words_of(to).splitlines(), place)
        if as_html:
            self.writes(markup=rich(self._program, FR, found), to=to)
        else:
            self.writes(plain(self._program, FR, found), to=to)

    def receives(self, number: int) -> EmailMessage:
        """The last e-mail that came, once there are so many."""
        received = until(lambda: self._desk.mailed_to(self.address)[number - 1 :])
        assert len(received) == 1
        return received[0]

    @property
    def received(self) -> int:
        """How many e-mails came."""
        return len(self._desk.mailed_to(self.address))


def words_of(mail: EmailMessage) -> str:
    """What an e-mail says."""
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content()).replace("\u2019", "'").replace("\r\n", "\n")


def reference_in(mail: EmailMessage) -> str:
    """The number of the request that an e-mail tells."""
    (found,) = set(REFERENCE.findall(words_of(mail)))
    return str(found)


def sees(officer: Officer, reference: str, *words: str) -> str:
    """Wait until an officer sees these words on the page of a request; the page."""

    def look() -> str:
        page = officer.opens(f"tickets/{reference}")
        return page if all(one in page for one in words) else ""

    return until(look)


def is_open(officer: Officer, reference: str) -> bool:
    """Whether an officer can answer a request."""
    return f'action="/console/tickets/{reference}/answer"' in officer.opens(f"tickets/{reference}")


def test_the_whole_way(desk: RunningDesk, marie: Officer) -> None:
    """Questions, yes and no, machines and bounces: each as a careful person would take it."""
    # A question from Outlook, in French: acknowledged with the article that answers it.
    ana = Citizen(desk, "ana", OUTLOOK)
    acknowledged = ana.asks()
    assert ACKNOWLEDGED in words_of(acknowledged)
    assert OFFERED in words_of(acknowledged)
    ana_asks = reference_in(acknowledged)
    sees(marie, ana_asks, "Quelle est l'adresse postale du ministère?", ana.address)

    # Below the quotation, something else is asked: it is added to the request, which stays open.
    ben = Citizen(desk, "ben", THUNDERBIRD)
    acknowledged = ben.asks()
    ben_asks = reference_in(acknowledged)
    ben.replies(acknowledged, ("Et puis-je y venir en fauteuil roulant?",), BELOW)
    sees(marie, ben_asks, "Et puis-je y venir en fauteuil roulant?")
    assert is_open(marie, ben_asks)

    # "Oui, merci." closes it.
    cleo = Citizen(desk, "cleo", GMAIL)
    acknowledged = cleo.asks()
    cleo_asks = reference_in(acknowledged)
    cleo.replies(acknowledged, ("Oui, merci.",), ABOVE)
    closed = cleo.receives(2)
    assert "est fermée" in words_of(closed)
    assert reference_in(closed) == cleo_asks
    assert not is_open(marie, cleo_asks)

    # So it does not with a question below the signature.
    dana = Citizen(desk, "dana", SAMSUNG)
    acknowledged = dana.asks()
    dana_asks = reference_in(acknowledged)
    dana.replies(acknowledged, ("Oui, merci.", "", "-- ", "Dana", "Faut-il aussi une photo?"), ABOVE)
    sees(marie, dana_asks, "Oui, merci.", "Faut-il aussi une photo?")
    assert is_open(marie, dana_asks)

    # HTML alone, between two quotations.
    eve = Citizen(desk, "eve", YAHOO)
    acknowledged = eve.asks()
    eve_asks = reference_in(acknowledged)
    eve.replies(acknowledged, ("Je viendrai mardi.", "Est-ce ouvert à midi?"), BETWEEN, as_html=True)
    sees(marie, eve_asks, "Je viendrai mardi.", "Est-ce ouvert à midi?")
    assert is_open(marie, eve_asks)

    # Who is away starts no conversation; staff find it among what machines wrote.
    fay = Citizen(desk, "fay", OUTLOOK)
    away = next(case for case in MACHINES if case.name == "away-exchange-fr")
    fay.sends(away.raw)
    until(lambda: fay.address in marie.opens("mail"))
    assert fay.address not in marie.opens("conversations")
    assert ana_asks in marie.opens(f"tickets?view=all&text={ana.address}")
    assert not REFERENCE.search(marie.opens(f"tickets?view=all&text={fay.address}"))

    # The officer's answer comes back: the request is open again, and says why.
    marie.opens(f"tickets/{ana_asks}")
    marie.sends(f"tickets/{ana_asks}/answer", text="C'est au 525, boulevard René-Lévesque Est.")
    answer = ana.receives(2)
    assert "525, boulevard" in words_of(answer)
    until(lambda: not is_open(marie, ana_asks))
    desk.receives(returned(str(answer["Message-ID"])).replace(b"ana@example.org", ana.address.encode()))
    until(lambda: is_open(marie, ana_asks))
    assert "5.1.1" in marie.page
    assert "avis de non-remise" in marie.opens("mail")

    # A file that is not kept, and nothing else, in a thread that is closed: a new request, and the reason.
    program = parts(part("\n"), file(b"MZ\x90\x00" + bytes(60), "application/octet-stream", "photos.exe"))
    head = (f"In-Reply-To: {closed['Message-ID']}", f"References: {closed['Message-ID']}")
    kind = several("mixed")
    sent = written(program, sender=cleo.address, subject="Re: Question", head=head, kind=kind, name="<f@c.example>")
    cleo.sends(sent)
    acknowledged = cleo.receives(3)
    assert "photos.exe" in words_of(acknowledged)
    assert "ce type de fichier n'est pas accepté" in words_of(acknowledged)
    assert reference_in(acknowledged) != cleo_asks
    sees(marie, reference_in(acknowledged), "photos.exe", "programme exécutable, 1 Ko, non gardée", "type non accepté")

    assert [one.received for one in (ana, ben, cleo, dana, eve, fay)] == [2, 1, 3, 1, 1, 0]
    assert desk.log.read_text().count("WARNING") == 0
    assert "example.org" not in desk.log.read_text()


def test_wishes_to_be_forgotten(desk: RunningDesk) -> None:
    """The real model hears nearly all, each is asked to confirm; nobody is who only speaks of erasing or forgetting."""
    sent: dict[str, tuple[bool, str, str]] = {}
    for wished, corpus in ((True, WISHES), (False, OTHERS)):
        for lang, all_of_them in corpus.items():
            for number, said in enumerate(all_of_them):
                address = f"{'wish' if wished else 'other'}-{lang}-{number}@example.org"
                sent[address] = (wished, lang, said)
                desk.receives(written(said, sender=address, subject="Question", name=f"<{address}>"))
    until(lambda: {str(mail["To"]) for mail in desk.mailed()} >= set(sent))
    answers = {str(mail["To"]): mail for mail in desk.mailed()}
    asked = {}
    for address, (_, lang, _) in sent.items():
        asked[address] = CONFIRM[lang] in words_of(answers[address])
    wrong = [said for address, (wished, _, said) in sent.items() if asked[address] and not wished]
    missed = [said for address, (wished, _, said) in sent.items() if wished and not asked[address]]
    assert wrong == []
    assert len(missed) <= MOST_MISSED * sum(map(len, WISHES.values())), missed

"""Every e-mail as the mail programs make it is read as a careful person would read it: see `programs`."""

from __future__ import annotations

import pytest

from bot.channels.email.reading import Email, read_email
from tests.channels.email.programs import (
    ABOVE,
    BELOW,
    BETWEEN,
    DESK,
    EN,
    FR,
    PROGRAMS,
    Program,
    blocks,
    envelope,
    passed_on,
    plain,
    rich,
)

OURS = {
    FR: (
        "Bonjour,",
        "",
        "Nous avons bien reçu votre courriel. Ceci est un accusé de réception automatique.",
        "",
        "Votre demande porte le numéro RI-7K3P-92QX. Une personne vous répondra au plus tard le mercredi 30 décembre.",
        "",
        "--",
        "Guichet du ministère des Relations internationales",
    ),
    EN: (
        "Hello,",
        "",
        "We have received your email. This is an automatic acknowledgement.",
        "",
        "Your request number is RI-7K3P-92QX. Someone on our team will answer you by Wednesday, December 30.",
        "",
        "--",
        "Inquiry desk of the ministry",
    ),
}
# What people write: short and long, with dates, dashes, lists, a farewell and a name.
SAID = {
    FR: (
        ("Oui, merci.",),
        (
            "Bonjour,",
            "",
            "Le 3 mai, j'ai envoyé le formulaire de Lyon.",
            "Faut-il en envoyer un autre?",
            "",
            "Merci,",
            "Ana",
        ),
        ("Voici les papiers :", "- le passeport", "- la lettre de mon école", "", "Je pars de Québec le 12 juin 2027."),
    ),
    EN: (
        ("Yes, thank you.",),
        ("Hello,", "", "On May 3 I sent the form from Lyon.", "Do I need to send another one?", "", "Thanks,", "Ana"),
        (
            "Here are the papers:",
            "- the passport",
            "- the letter of my school",
            "",
            "I leave from Quebec on June 12, 2027.",
        ),
    ),
}
INNER = {
    FR: ("Bonjour Ana,", "", "Quand commence le stage à Lyon?", "", "Luc"),
    EN: ("Hi Ana,", "", "When does the internship in Lyon begin?", "", "Luc"),
}
ANSWERS = [
    pytest.param(program, lang, form, place, number, id=f"{program.name}-{lang}-{form}-{place}-{number}")
    for program in PROGRAMS
    for lang in (FR, EN)
    for form in ("plain", "html", "both")
    for place in (ABOVE, BELOW, BETWEEN)
    for number in range(3)
    if not (place == BETWEEN and number == 0)
]


def words(text: str) -> list[str]:
    """The lines of a text that show something, each with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def read(raw: bytes, lang: str) -> Email:
    """An e-mail in a thread that we began."""
    return read_email(raw, own=DESK, thread=["\n".join(OURS[lang])])


@pytest.mark.parametrize("program, lang, form, place, number", ANSWERS)
def test_an_answer(program: Program, lang: str, form: str, place: str, number: int) -> None:
    """What the person wrote is seen, all of it, and nothing else; what we wrote is known to be ours."""
    said = SAID[lang][number]
    parts = blocks(said, OURS[lang], place)
    text = plain(program, lang, parts) if form != "html" else ""
    markup = rich(program, lang, parts) if form != "plain" else ""
    found = read(envelope(program, text, markup), lang)
    assert words(found.text) == words("\n".join(said))
    assert found.foreign == ""
    assert (found.sender, found.automatic, found.acknowledge, found.opens) == ("ana@example.org", False, True, True)
    assert found.signs_only


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
@pytest.mark.parametrize("lang", [FR, EN])
@pytest.mark.parametrize("form", ["plain", "html"])
@pytest.mark.parametrize("said", [True, False])
def test_an_e_mail_that_is_passed_on(program: Program, lang: str, form: str, said: bool) -> None:
    """What is passed on is a part of what is said, below a device's mark too."""
    above = {FR: ("Pouvez-vous répondre à mon cousin?",), EN: ("Can you answer my cousin?",)}[lang] if said else ()
    body = passed_on(program, lang, above, INNER[lang], as_html=form == "html")
    subject = "TR : Stage" if lang == FR else "Fwd: Internship"
    raw = envelope(program, **{"text" if form == "plain" else "markup": body}, subject=subject, answers=None)
    found = read_email(raw, own=DESK)
    seen = words(found.text)
    assert seen[: len(above)] == list(above)
    assert [line for line in words("\n".join(INNER[lang])) if line not in seen] == []
    assert found.quoted == ""
    assert (found.sender, found.automatic) == ("ana@example.org", False)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
@pytest.mark.parametrize("lang", [FR, EN])
def test_more_words_anywhere_are_heard(program: Program, lang: str) -> None:
    """Words that nobody in the thread wrote are seen, or told to who decides, wherever a program puts them."""
    more = {FR: "Mais il me manque une pièce du dossier.", EN: "But one paper of the file is missing."}[lang]
    parts = blocks(SAID[lang][0], (*OURS[lang][:4], more, *OURS[lang][4:]), ABOVE)
    for given in ({"text": plain(program, lang, parts)}, {"markup": rich(program, lang, parts)}):
        found = read(envelope(program, **given), lang)
        assert more in f"{found.text}\n{found.foreign}".replace("> ", "")

"""Every e-mail as the mail programs make it is read as a careful person would read it: see `programs`."""

from __future__ import annotations

import pytest

from bot.channels.email.reading import Email, read_email
from tests.channels.email.corpus import INNER, OURS, SAID, Answer, answers
from tests.channels.email.programs import (
    ABOVE,
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


def words(text: str) -> list[str]:
    """The lines of a text that show something, each with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def read(raw: bytes, lang: str) -> Email:
    """An e-mail in a thread that we began."""
    return read_email(raw, own=DESK, thread=["\n".join(OURS[lang])])


@pytest.mark.parametrize("answer", answers(), ids=lambda answer: answer.id)
def test_an_answer(answer: Answer) -> None:
    """What the person wrote is seen, all of it, and nothing else; what we wrote is known to be ours."""
    found = read(answer.raw, answer.lang)
    assert words(found.text) == words("\n".join(answer.said))
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

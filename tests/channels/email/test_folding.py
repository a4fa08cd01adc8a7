"""What an e-mail says itself, apart from what it quotes: as the mail programs of both languages write it."""

from __future__ import annotations

import pytest

from bot.channels.email.folding import Folded, fold

GMAIL_FR = "Le mar. 22 déc. 2026 à 16:40, Guichet <guichet@desk.example> a écrit :"
GMAIL_EN = "On Tue, Dec 22, 2026 at 4:40 PM Guichet <guichet@desk.example> wrote:"
APPLE_FR = "Le 22 déc. 2026 à 16:40, Guichet <guichet@desk.example> a écrit :"
APPLE_EN = "On Dec 22, 2026, at 4:40 PM, Guichet <guichet@desk.example> wrote:"
THUNDERBIRD_FR = "Le 2026-12-22 à 16 h 40, Guichet a écrit :"
THUNDERBIRD_EN = "On 2026-12-22 4:40 p.m., Guichet wrote:"
OUTLOOK_FR = (
    "De : Guichet <guichet@desk.example>\nEnvoyé : 22 décembre 2026 16:40\nÀ : Ana <ana@example.org>\nObjet : Stage"
)
OUTLOOK_EN = (
    "From: Guichet <guichet@desk.example>\nSent: Tuesday, December 22, 2026 4:40 PM\nTo: Ana\nSubject: Internship"
)
BROKEN_FR = "Le mar. 22 déc. 2026 à 16:40, Guichet du ministère\n<guichet@desk.example> a\nécrit :"
BROKEN_EN = "On Tue, Dec 22, 2026 at 4:40 PM The Inquiry Desk <\nguichet@desk.example> wrote:"


@pytest.mark.parametrize(
    "above",
    [
        GMAIL_FR,
        GMAIL_EN,
        APPLE_FR,
        APPLE_EN,
        THUNDERBIRD_FR,
        THUNDERBIRD_EN,
        BROKEN_FR,
        BROKEN_EN,
        OUTLOOK_FR,
        OUTLOOK_EN,
        f"________________________________\n{OUTLOOK_FR}",
        f"-----Message d'origine-----\n{OUTLOOK_FR}",
        f"-----Original Message-----\n{OUTLOOK_EN}",
        f"________________________________\n\n{OUTLOOK_EN}",
        "*De :* Guichet <guichet@desk.example>\n*Envoyé :* 22 décembre 2026\n*À :* Ana",
        "Guichet <guichet@desk.example> wrote:",
        "Le 22/12/2026 16:40, guichet@desk.example a écrit :",
    ],
)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_a_quotation_below(above: str, mark: str) -> None:
    """What was answered is folded with the lines that announce it, whether its lines are marked or not."""
    below = "\n".join(f"{mark}{line}".rstrip() for line in ("Bonjour,", "", "Votre demande porte le numéro 1."))
    found = fold(f"Oui, merci.\n\n{above}\n\n{below}\n")
    assert found.text == "Oui, merci."
    assert [line for line in found.quoted.splitlines() if line] == f"{above}\n{below}".replace(
        "\n\n", "\n"
    ).splitlines()


def test_answers_between_marked_lines_stay() -> None:
    """One who answers line by line is read line by line."""
    found = fold(f"{GMAIL_FR}\n> Quand?\nDemain.\n> Où?\nIci.")
    assert found.text == "Demain.\nIci."
    assert found.quoted == f"{GMAIL_FR}\n> Quand?\n> Où?"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAna Tremblay\n819 555-0148",
        "--\nAna",
        "Envoyé de mon iPhone",
        "Sent from my Galaxy",
        "Envoyé à partir de Outlook pour iOS",
        "Get Outlook for Android",
        "Obtenez Outlook pour iOS",
        "AVIS DE CONFIDENTIALITÉ\nCe courriel…",
        "Confidentiality notice: this…",
        "*** Ce message est confidentiel. ***",
    ],
)
def test_signatures(signature: str) -> None:
    """What stands below a signature's line, a device's mark, or a lawyer's notice, is apart."""
    assert fold(f"Bonjour\n\n{signature}") == Folded("Bonjour", "", signature)


def test_a_signature_above_a_quotation() -> None:
    """Most people sign above what they answer."""
    found = fold(f"Oui.\n\n-- \nAna\n\n{GMAIL_EN}\n> Hello\n")
    assert (found.text, found.signature.strip(), found.quoted) == ("Oui.", "-- \nAna", f"{GMAIL_EN}\n> Hello")


@pytest.mark.parametrize(
    "text",
    [
        "Le ministre a écrit :\nune lettre sur les stages.",
        "On a écrit : rien.",
        "J'ai deux questions :\n- la première\n- la seconde",
        "De : Québec\nje pars demain pour Montréal.",
        "From: Montréal I will leave in May.",
        "Voici ce que je cherche :\n\nun stage",
        "-----\nUn trait, puis des mots.",
        "a -- b",
        "Le 3 mai, j'ai demandé un stage. Que s'est-il passé :\nrien.",
        "I was told on Monday that she wrote:\nnothing",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    """Words of one's own are not folded away."""
    assert fold(text) == Folded(text)


def test_a_long_text_below_dashes_is_no_signature() -> None:
    """Nobody signs with a letter."""
    text = "Bonjour\n--\n" + "\n".join(f"ligne {n}" for n in range(40))
    assert fold(text) == Folded(text)

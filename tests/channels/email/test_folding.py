"""What an e-mail says itself, apart from what it quotes: as the mail programs of both languages write it."""

from __future__ import annotations

import pytest

from bot.channels.email.folding import Folded, fold_quoted
from bot.channels.email.html import html_lines
from bot.channels.email.lines import plain_lines
from bot.channels.email.thread import Known


def read(text: str, *, answers: bool = True, **given: object) -> Folded:
    """An answer in plain text, folded; `given` as `fold` has it."""
    return fold_quoted(plain_lines(text), answers=answers, **given)


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
    found = read(f"Oui, merci.\n\n{above}\n\n{below}\n")
    assert found.text == "Oui, merci."
    assert [line for line in found.quoted.splitlines() if line] == f"{above}\n{below}".replace(
        "\n\n", "\n"
    ).splitlines()


def test_answers_between_marked_lines_stay() -> None:
    """One who answers line by line is read line by line."""
    found = read(f"{GMAIL_FR}\n> Quand?\nDemain.\n> Où?\nIci.")
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
        "Obtenir Outlook pour iOS<https://aka.ms/o0ukef>",
        "Envoyé avec la messagerie sécurisée Proton Mail.",
        "Sent with Proton Mail secure email.",
        "Envoyé depuis l'application Mail Orange",
        "Ce message est confidentiel et destiné à son seul destinataire. En cas d'erreur, détruisez-le.",
    ],
)
def test_signatures(signature: str) -> None:
    """What stands below a signature's line, a device's mark, or a lawyer's notice, is apart."""
    assert read(f"Bonjour\n\n{signature}", names=["Ana", "Tremblay"]) == Folded("Bonjour", "", signature)


def test_a_signature_above_a_quotation() -> None:
    """Most people sign above what they answer."""
    found = read(f"Oui.\n\n-- \nAna\n\n{GMAIL_EN}\n> Hello\n")
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
    assert read(text) == Folded(text)


def test_a_long_text_below_dashes_is_no_signature() -> None:
    """Nobody signs with a letter."""
    text = "Bonjour\n--\n" + "\n".join(f"ligne {n}" for n in range(40))
    assert read(text) == Folded(text)


@pytest.mark.parametrize(
    "text",
    [
        "Question 1\n--\nQuestion 2",
        "Merci.\n-- \nEst-ce que je peux partir en mai?",
        "Merci.\n-- \nMon passeport est perdu.",
        "Ce message est confidentiel.\n\nMon employeur garde mon passeport.",
        "Sent from the embassy on May 3, my passport never arrived.",
        "Oui.\n\nThis message is confidential: my boss must not know.\n\nShe reads all that I write.",
        "Bonjour,\n\nLe 3 mai, votre service m'a écrit :\nrefusé.\n\nPourquoi ?",
        "2026-10-05 :\nrefusé",
        "In 2025 the ministry wrote:\nno",
        "De : Montréal\nÀ : Paris\nDate : 3 mai 2026\n\nFaut-il un visa ?",
        "| pays | durée |\n| France | 3 mois |",
    ],
)
@pytest.mark.parametrize("answers", [True, False])
def test_what_a_person_writes_is_seen(text: str, answers: bool) -> None:
    """A person also writes of dates, journeys, confidence and embassies, and uses dashes and rules."""
    assert read(text, answers=answers, names=["Ana", "Tremblay"]) == Folded(text)


@pytest.mark.parametrize("above", [GMAIL_FR, OUTLOOK_EN, f"-----Message d'origine-----\n{OUTLOOK_FR}"])
def test_what_answers_nothing_quotes_only_what_is_marked(above: str) -> None:
    """A first e-mail has no quotation but what bears a mark, whatever stands above."""
    text = f"Bonjour,\n\n{above}\n\nVotre demande est refusée."
    assert read(text, answers=False) == Folded(text)


@pytest.mark.parametrize(
    "text, said",
    [
        (f"Le formulaire est joint.\n\n> {APPLE_FR}\n> Bonjour", "Le formulaire est joint."),
        (f"On second thought\n\n> {APPLE_EN}\n> Hello", "On second thought"),
        (f"2 enfants\n\n> {APPLE_FR}\n> Combien?", "2 enfants"),
        (f"Oui, c'est cela. {GMAIL_FR}\n> Est-ce cela?", "Oui, c'est cela."),
        (f"Yes. {GMAIL_EN}\n\n> Is it?", "Yes."),
        ("Oui.\n\nMarie Tremblay wrote:\n> Is it?", "Oui."),
        ("Oui.\n\n---- On Tue, 22 Dec 2026 16:40 Guichet <guichet@desk.example> wrote ----\n\nHello", "Oui."),
        ('Oui.\n\n----- Mail original -----\nDe: "Guichet" <g@desk.example>\nÀ: a@x.ca\nHello', "Oui."),
        (
            "Oui.\n\n> Message du 22/12/26 16:40\n> De : guichet@desk.example\n> A : ana@x.ca\n>\n> Bonjour",
            "Oui.",
        ),
        ("Oui.\n\nDe: g@desk.example\nEnvoyé le : 22/12/2026 16:40\nÀ: a@x.ca\nObjet: Stage\n\nBonjour", "Oui."),
    ],
)
def test_what_is_said_above_a_quotation(text: str, said: str) -> None:
    """Also where the lines run together, or where a program's line begins as a person's may."""
    found = read(text)
    assert found.text == said
    assert "Envoyé" not in found.text


OURS = (
    "Bonjour,\n\nVotre demande porte le numéro RI-7K3P-92QX.\nUne personne vous répondra au plus tard le 30 décembre."
)


def test_what_we_wrote_is_known_again() -> None:
    """Below a divider, what we sent is quoted, and what stands between it or under it is the writer's."""
    below = OURS.replace("\nUne personne", "\n\nJe n'ai pas reçu ce numéro.\n\nUne personne")
    found = read(f"Voir plus bas.\n\n{OUTLOOK_FR}\n\n{below}\n\nJe viendrai mardi.", known=Known([OURS]))
    assert found.text.split("\n") == ["Voir plus bas.", "", "Je n'ai pas reçu ce numéro.", "Je viendrai mardi."]
    assert found.foreign == ""
    assert "RI-7K3P-92QX" in found.quoted


def test_what_nobody_in_the_thread_wrote_is_told() -> None:
    """Who decides reads what is quoted and is not known: it may be the writer's own."""
    found = read(
        f"Oui, merci.\n\n{GMAIL_FR}\n> {OURS.splitlines()[2]}\n> Mais il me manque un papier.", known=Known([OURS])
    )
    assert (found.text, found.foreign) == ("Oui, merci.", "Mais il me manque un papier.")
    assert read(f"Oui.\n\n{GMAIL_FR}\n> Autre chose").foreign == "Autre chose"


@pytest.mark.parametrize(
    "html, said",
    [
        (
            "<div>Le 3 nov. 2026 à 10:12, X a écrit :</div><blockquote>Oui?</blockquote><div>Je viendrai mardi.</div>",
            "Je viendrai mardi.",
        ),
        ("<blockquote>Quand?</blockquote>Mardi.<blockquote>Où?</blockquote>Ici.", "Mardi.\nIci."),
        ("<div>Oui.</div><div class='yahoo_quoted'><div>Le mardi, X a écrit :</div><div>Bonjour</div></div>", "Oui."),
        (
            "<p>Oui.</p><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>De :</b> X<br>"
            "<b>Envoyé :</b> mardi<br><b>À :</b> Y<br><b>Objet :</b> Z</div><div>Bonjour</div>",
            "Oui.",
        ),
        ("<div>Oui.</div><div class='gmail_signature'>Ana<br>819 555-0148</div>", "Oui."),
        ("<div>Oui.</div><div class='gmail_signature'>Pouvez-vous m'appeler?</div>", "Oui.\nPouvez-vous m'appeler?"),
        ("<blockquote><p>ouvert<div>Non.</div></blockquote><p>Oui.", "Oui."),
        ("<pre>deux\nlignes</pre>", "deux\nlignes"),
        ("<p>Voir <a href='https://quebec.ca/a'>ici</a>.</p>", "Voir ici <https://quebec.ca/a>."),
        ("<p><a href='https://quebec.ca/'>quebec.ca</a></p>", "quebec.ca"),
        ("<html><body>un</body></html>deux", "un\ndeux"),
        ("<div style='display:none'>caché</div>vu", "vu"),
    ],
)
def test_html(html: str, said: str) -> None:
    """What mail programs mark in HTML is known, and what stands between and below it is said."""
    found = fold_quoted(html_lines(html), answers=True)
    assert [line for line in found.text.splitlines() if line] == said.splitlines()


@pytest.mark.parametrize("signature", ["-- \nVente et location", "-- \nAna\nLe formulaire manque encore"])
def test_a_signature_that_may_say_more(signature: str) -> None:
    """Who decides on an e-mail is told that its signature is not only a name and where to reach it."""
    found = read(f"Oui, merci.\n\n{signature}", names=["Ana"])
    assert (found.signature, found.signs_only) == (signature, False)

"""What programs write of their own is known in the languages in which people of all countries set them."""

from __future__ import annotations

import pytest

from bot.channels.email.folding import Folded, fold_quoted
from bot.channels.email.html import html_lines
from bot.channels.email.lines import plain_lines
from bot.channels.email.reading import read_email
from bot.channels.email.thread import Known

US = "Guichet <guichet@desk.example>"


def read(text: str, *, answers: bool = True, **given: object) -> Folded:
    """An answer in plain text, folded; `given` as `fold_quoted` has it."""
    return fold_quoted(plain_lines(text), answers=answers, **given)


@pytest.mark.parametrize(
    "above",
    [
        f"Am 22.12.2026 um 16:40 schrieb {US}:",
        f"Am Di., 22. Dez. 2026 um 16:40 Uhr schrieb {US}:",
        "Am 22.12.2026 16:40 schrieb \"Guichet - Québec <guichet@desk.example>:",
        f"El mar, 22 dic 2026 a las 16:40, {US} escribió:",
        "Em 22 de dezembro de 2026 às 16:40:12, Guichet (\nguichet@desk.example) escreveu:",
        f"Il giorno mar 22 dic 2026 alle ore 16:40 {US} ha\nscritto:",
        "Op di 22 dec. 2026 om 16:40 schreef Guichet <\nguichet@desk.example>:",
        f"Op 22 dec. 2026 om 16:40 heeft {US} het volgende geschreven:",
        f"Den tis 22 dec. 2026 kl 16:40 skrev {US}:",
        "På 22 december 2026 på 16:40:12, Guichet (guichet@desk.example) skrev:",
        "tir. 22. des. 2026 kl. 16:40 skrev Guichet <guichet@desk.example\n>:",
        "ti 22. jouluk. 2026 klo 16.40 Guichet\n<guichet@desk.example> kirjoitti:",
        f"W dniu 22.12.2026 o 16:40, {US} pisze:",
        f"Dnia 22 grudnia 2026 16:40 {US} napisał(a):",
        f"вт, 22 дек. 2026 г. в 16:40, {US}:",
        "22.12.2026 16:40 пользователь \"Guichet\" <\nguichet@desk.example> написал:",
        "22.12.2026, 16:40, \"Guichet\" <guichet@desk.example>:",
        f"2026-12-22 16:40 GMT+01:00 {US}:",
        f"Tue, 22 Dec 2026 16:40:51 +0400 от {US}:",
        f"2026年12月22日 16:40 {US}:",
        f"On Tue, 22 Dec 2026 16:40:43 -0200 {US} wrote",
        "---- Guichet wrote ----",
        f"Le\u00a022 déc. 2026 à 16:40, {US} a écrit\u00a0:",
        f"\u200eLe mar. 22 déc. 2026 à 16:40, \u200e{US}\u200e a écrit :",
        "Von: Guichet [mailto:guichet@desk.example]\nGesendet: Dienstag 22.12.2026 16:40\nAn: Ana\nBetreff: Stage",
        "Van: Guichet\nVerzonden: dinsdag 22 december 2026 16:40\nAan: Ana\nOnderwerp: Stage",
        "Da: Guichet<mailto:guichet@desk.example>\nInviato: martedì 22 dicembre 2026 16:40\nA: Ana\nOggetto: Stage",
        "De: Guichet\nEnviado el: martes, 22 de diciembre de 2026 16:40\nPara: Ana\nAsunto: Prácticas",
        "Fra: guichet@desk.example\nSendt: 22. december 2026 16:40\nTil: Ana\nEmne: Praktik",
        "Från: guichet@desk.example\nSkickat: den 22 december 2026 16:40\nTill: Ana\nÄmne: Praktik",
        "От: Guichet <guichet@desk.example>\nОтправлено: вторник, 22 декабря 2026 г. 16:40\nКому: Ana\nТема: Стаж",
        "Date: Tue, 22 Dec 2026 16:40:45 +0400\nSubject: Internship\nFrom: guichet@desk.example\nTo: ana@example.org",
        "====\n\nMessage du : 22/12/2026 16:40\nDe : g@desk.example\nA : ana@x.example\nCopie à : \nSujet : Stage",
        "-----Ursprüngliche Nachricht-----\nVon: Guichet <guichet@desk.example>\nGesendet: Dienstag 16:40\nAn: Ana",
        "-------- Oprindelig meddelelse --------",
        "----- Mensaje original -----",
        "-------- Messaggio originale --------",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mark", ["> ", ""])
def test_a_quotation_below(above: str, mark: str) -> None:
    """The program's lines go with what they announce, and none of the person's go with them."""
    said = "Bonjour\nOui, le 3.\n\nMerci 2 fois"
    found = read(f"{said}\n{above}\n\n{mark}Votre demande porte le numéro 1.\n")
    assert found.text == said
    assert [line for line in found.quoted.splitlines() if line] == [
        *(line for line in above.splitlines() if line),
        f"{mark}Votre demande porte le numéro 1.",
    ]
    assert found.foreign == "Votre demande porte le numéro 1."


@pytest.mark.parametrize(
    "text",
    [
        "Le 3 mai 2026, votre service m'a écrit :\nrefusé.\n\nPourquoi ?",
        "Le 3 mai 2026 à 10 h 30, votre agent m'a écrit :\nrefusé.",
        "On 3 May 2026 the ministry wrote:\nno",
        "On 3 May 2026 at 10:30 your agent wrote to me:\nno",
        "Le 3 mai 2026, j'ai écrit à Luc <luc@example.org> :\nsans réponse.",
        "On May 3, 2026 I wrote to the consul (consul@example.org):\nno answer.",
        "Mes pièces, reçues de Luc (luc@example.org) :\n- le passeport",
        "De : Ana Tremblay\nÀ : Ministère\nDate : 3 mai 2026\nObjet : Passeport\n\nJe demande une copie.",
        "Date : 3 mai 2026\nObjet : Passeport\n\nJe demande une copie.",
        "Trajet :\nDa: Roma\nA: Parigi\nData: 3 maggio 2026",
        "Message original\n\nJe veux l'original de mon message.",
        "---- voir plus bas ----\nMerci",
        "====\nPartie 2\n====\nMerci",
        "Sent from the embassy on May 3",
        "Sent from my embassy in May.",
        "Sent by mail on May 3.",
        "Envoyé de mon bureau le 3 mai",
        "Envoyé par courrier le 3 mai.",
        "Envoyé par la poste le 3 mai et reçu le 5",
        "Sent from Montreal",
        "Deux choix :\n--\nOui",
        "Question 1\n--\nQuestion 2",
        "Merci.\n--\nP.-S. Le formulaire manque.",
        "Merci.\n-- \nPS : le formulaire manque.",
        "Choisir entre :\n--\nun stage à Lyon\nun emploi à Paris",
    ],
)
def test_what_a_person_writes_is_seen(text: str) -> None:
    """A person who tells of letters, journeys and posts is not taken for a program."""
    for answers in (True, False):
        assert read(text, answers=answers) == Folded(text)


@pytest.mark.parametrize(
    "signature",
    [
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Gesendet von Outlook für iOS",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Sendt fra min iPhone",
        "Skickat från min iPhone",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "Sent from TypeApp<http://www.example.org/r?b=2621>",
        "Sent from my Verizon, Samsung Galaxy smartphone",
        "Sent from Mail for Windows",
        "Sent from Yahoo Mail on Android",
        "Envoyé depuis mon mobile Orange",
        "Envoyé à partir de Courrier pour Windows",
        "Envoyé via Orange Mail",
        "--\nrick",
        "--\nJohn Doe\nSenior Director\nSome Company",
        "--\n*Joe Smith | Director, Product Management*",
        "-- \nRick\nSent with Sparrow (http://www.example.org/?sig)",
    ],
)
def test_signatures(signature: str) -> None:
    """What a device adds, and names below a delimiter, are apart, of whatever name the sender's address is."""
    assert read(f"Oui.\n\n{signature}") == read(f"Oui.\n\n{signature}\n", names=["Nobody"])
    found = read(f"Oui.\n\n{signature}")
    assert (found.text, found.signature) == ("Oui.", signature)


@pytest.mark.parametrize("signature", ["--\nrick", "--\nUn Stage"])
def test_names_that_may_be_words_are_told(signature: str) -> None:
    """Who decides hears of a signature that may be no name."""
    assert not read(f"Oui.\n{signature}").signs_only


def test_a_quoted_line_that_was_broken_on_the_way() -> None:
    """What we wrote on one line is ours where a program broke it, too; an answer under a quoted line is not."""
    ours = "Votre demande de stage porte le numéro RI-7K3P-92QX et sera traitée."
    text = "Oui.\n\n> Votre demande de stage porte le\nnuméro RI-7K3P-92QX et sera traitée.\nNon, pas ce numéro."
    assert read(text, known=Known([ours])).text == "Oui.\n\nNon, pas ce numéro."
    assert read(text).text == "Oui.\n\nnuméro RI-7K3P-92QX et sera traitée.\nNon, pas ce numéro."


def test_marks_in_html() -> None:
    """Some write plain quotations into HTML."""
    found = fold_quoted(html_lines("<pre>Oui.\n\n&gt; Objet : Stage\n&gt;\n&gt; Bonjour</pre>"), answers=True)
    assert (found.text, found.quoted) == ("Oui.", "> Objet : Stage\n>\n> Bonjour")


def test_a_delimiter_in_html() -> None:
    """The space that makes a delimiter of two dashes is kept in HTML."""
    for blank in (" ", "&nbsp;"):
        found = fold_quoted(html_lines(f"<div>Oui.</div><div>--{blank}<br>Vente et location</div>"))
        assert (found.text, found.signature) == ("Oui.", "-- \nVente et location")


@pytest.mark.parametrize(
    "text, said",
    [
        # Programs of their own manners.
        (f"* {US} [2026-12-22 16:40:12 -0500]:\n\n> Bonjour\n\nOui.", "Oui."),
        (f"Oui.\n\n{US} schrieb am So., 22.\nDez. 2026, 16:40:\n\n> Bonjour", "Oui."),
        (f"Oui.\n\n>>> {US} 2026-12-22 16:40 >>>\nBonjour\n\nVotre demande", "Oui."),
        (
            "Oui.\n\nGuichet ---12/22/2026 04:40:12 PM---Bonjour, votre demande\n\n"
            f"From: {US}\nTo: ana@example.org\nDate: 12/22/2026 04:40 PM\nSubject: Stage\n\nVotre demande",
            "Oui.",
        ),
        # What is known to be ours below a line that a person may have written, too.
        (
            "Oui.\n\nOn Tuesday, December 22, 2026, Guichet wrote:\n\nVotre demande porte le numéro RI-7K3P-92QX.",
            "Oui.",
        ),
        # A person's list, and below it a question; our words stand in a quotation further on.
        (
            "Mon trajet :\nDe : Paris\nÀ : Québec\nDate : 3 mai 2026 10:00\nObjet : retour\n\nFaut-il un visa?\n\n"
            f"Le 22 déc. 2026 à 16:40, {US} a écrit :\n> Votre demande porte le numéro RI-7K3P-92QX.",
            "Mon trajet :\nDe : Paris\nÀ : Québec\nDate : 3 mai 2026 10:00\nObjet : retour\n\nFaut-il un visa?",
        ),
        ("Oui.\n\nEnvoyé avec la messagerie [Proton Mail](https://proton.example/).", "Oui."),
        ("Oui.\n\nSent from [Proton Mail](https://proton.example/) for iOS.", "Oui."),
        ("Ja.\n\n--\nDiese Nachricht wurde von meinem Mobiltelefon mit WEB.DE Mail gesendet.", "Ja."),
        ("Oui.\n\n----\nAna Tremblay\nConseillère\n418 555-0123", "Oui."),
        ("Oui.\n\n—————\nAna Tremblay\nana@example.org", "Oui."),
        ("ATTENTION : Ce courriel provient de l'extérieur de l'organisation.\n\nOui.", "Oui."),
        ("[EXTERNAL] This email was sent from outside of the department.\nBe careful.\n\nOui.", "Oui."),
    ],
)
def test_manners_of_programs(text: str, said: str) -> None:
    """Each program writes above a quotation and below an e-mail in its own manner."""
    known = Known(["Bonjour\n\nVotre demande porte le numéro RI-7K3P-92QX."])
    found = read(text, known=known, names=["Ana", "Tremblay"])
    assert found.text.strip() == said
    assert found.foreign.strip() in ("", "Votre demande")


@pytest.mark.parametrize(
    "text",
    [
        "Attention : mon colis vient de l'extérieur du pays.\n\nFaut-il un permis?",
        "Attention, ce courriel vient de l'extérieur?\n\nRépondez-moi.",
        "Un\n----\nDeux\n----\nTrois",
    ],
)
def test_what_only_looks_like_it(text: str) -> None:
    """A person warns and draws lines, too."""
    assert read(text, names=["Ana"]) == Folded(text)


@pytest.mark.parametrize("name", ["Håvard", "Åsa Ærø", "Zoë Côté", "Jürgen Müller", "Peña"])
def test_a_name_in_raw_letters(name: str) -> None:
    """A short name whose charset nobody says is read as most programs mean it."""
    assert read_email(f"From: {name} <a@example.org>\n\nBonjour".encode("cp1252")).sender_name == name


def test_spark() -> None:
    """Spark names its sections."""
    html = (
        '<div name="messageBodySection">Oui.</div><div name="messageSignatureSection">Ana</div>'
        '<div name="messageReplySection">Bonjour</div>'
    )
    found = fold_quoted(html_lines(html), answers=True)
    assert (found.text, found.signature, found.quoted) == ("Oui.", "Ana", "Bonjour")


def test_a_sign_as_a_picture() -> None:
    """A sign that a program shows as a picture is said; a picture's description is not the writer's."""
    html = '<div><img alt="👍" src="cid:1"> <img alt="Logo du ministère" src="cid:2"></div>'
    assert fold_quoted(html_lines(html)).text == "👍"

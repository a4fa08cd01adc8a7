"""The corpus of answers: what was said and quoted, as each mail program makes it, in every form and place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.channels.email.programs import (
    ABOVE,
    BELOW,
    BETWEEN,
    EN,
    FR,
    PROGRAMS,
    Program,
    blocks,
    envelope,
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


@dataclass(frozen=True)
class Answer:
    """An answer to an e-mail of ours: which program made it, in which language and form, and where it was written."""

    program: Program
    lang: str
    form: str
    place: str
    number: int

    @property
    def id(self) -> str:
        """A name for it."""
        return f"{self.program.name}-{self.lang}-{self.form}-{self.place}-{self.number}"

    @property
    def said(self) -> tuple[str, ...]:
        """The lines that its writer wrote."""
        return SAID[self.lang][self.number]

    @property
    def raw(self) -> bytes:
        """The e-mail."""
        parts = blocks(self.said, OURS[self.lang], self.place)
        text = plain(self.program, self.lang, parts) if self.form != "html" else ""
        markup = rich(self.program, self.lang, parts) if self.form != "plain" else ""
        return envelope(self.program, text, markup)


def answers() -> Iterator[Answer]:
    """All of them."""
    for program in PROGRAMS:
        for lang in (FR, EN):
            for form in ("plain", "html", "both"):
                for place in (ABOVE, BELOW, BETWEEN):
                    for number in range(3):
                        if not (place == BETWEEN and number == 0):
                            yield Answer(program, lang, form, place, number)

"""E-mails as the mail programs make them, byte by byte: an answer or a forwarded e-mail, in French and English.

Each program is told by what it writes above what it quotes, by how it marks it, and by what it adds of its own. The
words are ours; the forms are those that the programs were seen to use.
"""

from __future__ import annotations

import base64
import html
import quopri
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DESK = "guichet@desk.example"
ANA = "Ana Tremblay <ana@example.org>"
FR, EN = "fr", "en"
ABOVE, BELOW, BETWEEN = "above", "below", "between"


@dataclass(frozen=True)
class Block:
    """Some lines of an e-mail, said or quoted."""

    lines: tuple[str, ...]
    quoted: bool = False


@dataclass(frozen=True)
class Program:
    """A mail program.

    `head`: the lines above what is quoted, of a language. `mark`: what its plain text puts before a quoted line.
    `head_marked`: whether the head bears the mark too. `wrap`: the HTML of head and quotation. `line`: the HTML of one
    line that is said. `adds`: what it writes below what is said, of a language, and its HTML. `forward`: as `head`, of
    an e-mail that is passed on. `mailer`: its name in the headers. `quotes_first`: it writes the answer below.
    """

    name: str
    head: Callable[[str], list[str]]
    wrap: Callable[[str, str], str]
    forward: Callable[[str], list[str]]
    line: Callable[[str], str] = lambda text: f"<div>{text or '<br>'}</div>"
    mark: str = "> "
    head_marked: bool = False
    adds: Callable[[str], tuple[str, str]] = lambda _lang: ("", "")
    mailer: str = ""
    encoding: str = "quoted-printable"


def blocks(said: Sequence[str], quoted: Sequence[str], place: str) -> list[Block]:
    """What is said and what is quoted, where a writer puts them: `between` has an answer under each half."""
    if place == ABOVE:
        return [Block(tuple(said)), Block(tuple(quoted), quoted=True)]
    if place == BELOW:
        return [Block(tuple(quoted), quoted=True), Block(tuple(said))]
    half, mine = len(quoted) // 2, max(1, len(said) // 2)
    return [
        Block(tuple(quoted[:half]), quoted=True),
        Block(tuple(said[:mine])),
        Block(tuple(quoted[half:]), quoted=True),
        Block(tuple(said[mine:])),
    ]


def plain(program: Program, lang: str, parts: Sequence[Block]) -> str:
    """The plain text of an answer."""
    lines: list[str] = []
    headed = False
    for number, part in enumerate(parts):
        if not part.quoted:
            lines += ["", *part.lines, ""] if number else [*part.lines, ""]
            if number == 0 and (added := program.adds(lang)[0]):
                lines += [added, ""]
            continue
        if not headed:
            mark = program.mark if program.head_marked else ""
            lines += [f"{mark}{line}".rstrip() for line in program.head(lang)]
            headed = True
        lines += [f"{program.mark}{line}".rstrip() for line in part.lines]
    return "\n".join(lines)


def rich(program: Program, lang: str, parts: Sequence[Block]) -> str:
    """The HTML of an answer."""
    found: list[str] = []
    headed = False
    for number, part in enumerate(parts):
        shown = "".join(program.line(html.escape(line)) for line in part.lines)
        if not part.quoted:
            found.append(shown + (program.adds(lang)[1] if number == 0 else ""))
            continue
        head = "" if headed else "<br>".join(html.escape(line) for line in program.head(lang) if line)
        headed = True
        found.append(program.wrap(head, shown))
    return f"<html><head><style>p {{ margin: 0 }}</style></head><body>{''.join(found)}</body></html>"


def passed_on(program: Program, lang: str, said: Sequence[str], inner: Sequence[str], *, as_html: bool) -> str:
    """The plain text or the HTML of an e-mail that passes another on."""
    head = program.forward(lang)
    added = program.adds(lang)
    if not as_html:
        above = [*said, "", *([added[0], ""] if added[0] else [])]
        return "\n".join([*above, *head, "", *inner])
    lines = "".join(program.line(html.escape(line)) for line in said)
    below = "".join(program.line(html.escape(line)) for line in inner)
    return f"<html><body>{lines}{added[1]}<div>{'<br>'.join(map(html.escape, head))}</div><br>{below}</body></html>"


def envelope(
    program: Program,
    text: str = "",
    markup: str = "",
    *,
    subject: str = "Re: Question",
    answers: str | None = "<guichet-1.0@desk.example>",
    number: int = 1,
) -> bytes:
    """The e-mail: one part, or two of the same where there are both."""
    head = [
        f"From: {ANA}",
        f"To: {DESK}",
        f"Subject: {subject}",
        f"Message-ID: <{program.name}.{number}@example.org>",
        "Date: Tue, 22 Dec 2026 17:02:00 -0500",
        "MIME-Version: 1.0",
    ]
    head += [f"In-Reply-To: {answers}", f"References: {answers}"] if answers else []
    head += [f"X-Mailer: {program.mailer}"] if program.mailer else []
    parts = [(kind, words) for kind, words in (("text/plain", text), ("text/html", markup)) if words]
    if len(parts) == 1:
        return "\r\n".join([*head, *_part(program, *parts[0])]).encode()
    bodies = "".join("--=_edge\r\n" + "\r\n".join(_part(program, *part)) + "\r\n" for part in parts)
    return "\r\n".join([*head, 'Content-Type: multipart/alternative; boundary="=_edge"', "", bodies]).encode() + (
        b"--=_edge--\r\n"
    )


def _part(program: Program, kind: str, words: str) -> list[str]:
    raw = words.replace("\n", "\r\n").encode()
    if program.encoding == "base64":
        body = base64.encodebytes(raw).decode().replace("\n", "\r\n")
    else:
        body = quopri.encodestring(raw.replace(b"\r\n", b"\n")).decode().replace("\n", "\r\n")
    return [f"Content-Type: {kind}; charset=utf-8", f"Content-Transfer-Encoding: {program.encoding}", "", body]


def _headers(names: dict[str, tuple[str, str, str, str]], who: str, when: dict[str, str]) -> Callable[[str], list[str]]:
    def of(lang: str) -> list[str]:
        sender, sent, to, subject = names[lang]
        space = "\u00a0" if lang == FR else ""
        return [
            f"{sender}{space}: {who}",
            f"{sent}{space}: {when[lang]}",
            f"{to}{space}: {ANA}",
            f"{subject}{space}: Stage",
        ]

    return of


_OUTLOOK = {FR: ("De", "Envoyé", "À", "Objet"), EN: ("From", "Sent", "To", "Subject")}
_LONG = {FR: "mardi 22 décembre 2026 16:40", EN: "Tuesday, December 22, 2026 4:40 PM"}
_SHORT = {FR: "22/12/2026 16:40 (GMT-05:00)", EN: "12/22/26 4:40 PM (GMT-05:00)"}
_US = f"Guichet <{DESK}>"
_LUC = "Luc Roy <luc@example.net>"


def _wrote(french: str, english: str) -> Callable[[str], list[str]]:
    return lambda lang: [french if lang == FR else english, ""]


def _below(lines: Callable[[str], list[str]], french: str, english: str) -> Callable[[str], list[str]]:
    return lambda lang: [french if lang == FR else english, *lines(lang), ""]


def _blockquote(before: str = "<div>", after: str = "</div>", quote: str = "<blockquote>") -> Callable[[str, str], str]:
    return lambda head, shown: (f"{before}{head}{after}" if head else "") + f"{quote}{shown}</blockquote>"


def _unmarked(before: str, after: str) -> Callable[[str, str], str]:
    return lambda head, shown: (f"{before}{head}{after}" if head else "") + shown


def _device(french: str, english: str, markup: str = "<div>{}</div>") -> Callable[[str], tuple[str, str]]:
    return lambda lang: ((found := french if lang == FR else english), markup.format(found))


GMAIL = Program(
    "gmail",
    _wrote(f"Le mar. 22 déc. 2026 à 16:40, {_US} a écrit :", f"On Tue, Dec 22, 2026 at 4:40 PM {_US} wrote:"),
    _blockquote(
        '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">',
        "<br></div></div>",
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204)">',
    ),
    _below(_headers({FR: ("De", "Date", "To", "Subject"), EN: ("From", "Date", "To", "Subject")}, _LUC, _LONG),
           "---------- Forwarded message ---------", "---------- Forwarded message ---------"),
)  # fmt: skip
OUTLOOK = Program(
    "outlook",
    lambda lang: [*_headers(_OUTLOOK, _US, _LONG)(lang), ""],
    _unmarked(
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">',
        "<o:p></o:p></p></div></div>",
    ),
    _headers(_OUTLOOK, _LUC, _LONG),
    line=lambda text: f'<p class="MsoNormal">{text}<o:p>&nbsp;</o:p></p>',
    mark="",
    mailer="Microsoft Outlook 16.0",
    encoding="base64",
)
OUTLOOK_MOBILE = Program(
    "outlook-mobile",
    lambda lang: ["_" * 32, *_headers(_OUTLOOK, _US, _LONG)(lang), ""],
    _unmarked('<hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr">', "<div>&nbsp;</div></div>"),
    lambda lang: ["_" * 32, *_headers(_OUTLOOK, _LUC, _LONG)(lang)],
    mark="",
    adds=lambda lang: (
        ("Obtenir Outlook pour iOS" if lang == FR else "Get Outlook for iOS") + "<https://aka.ms/o0ukef>",
        '<div id="ms-outlook-mobile-signature">'
        + ('Obtenir <a href="https://aka.ms/o0ukef">Outlook pour iOS</a>' if lang == FR
           else 'Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a>')
        + "</div>",
    ),
    encoding="base64",
)  # fmt: skip
APPLE = Program(
    "apple",
    _wrote(f"Le 22 déc. 2026 à 16:40, {_US} a écrit :", f"On Dec 22, 2026, at 4:40 PM, {_US} wrote:"),
    lambda head, shown: (
        f'<blockquote type="cite"><div>{head}</div><br class="Apple-interchange-newline">{shown}</blockquote>'
    ),
    _below(
        _headers({FR: ("De", "Date", "À", "Objet"), EN: ("From", "Date", "To", "Subject")}, _LUC, _LONG),
        "Début du message transféré :",
        "Begin forwarded message:",
    ),
    head_marked=True,
    adds=_device("Envoyé de mon iPhone", "Sent from my iPhone", '<br><div dir="ltr">{}</div>'),
    mailer="iPhone Mail (22B91)",
)
THUNDERBIRD = Program(
    "thunderbird",
    lambda lang: [
        "Le 2026-12-22 à 16 h 40, Guichet a écrit :" if lang == FR else "On 2026-12-22 4:40 p.m., Guichet wrote:"
    ],
    _blockquote(
        '<div class="moz-cite-prefix">', "<br></div>", '<blockquote type="cite" cite="mid:guichet-1@desk.example">'
    ),
    _below(
        _headers({FR: ("De ", "Date ", "Pour ", "Sujet "), EN: ("From", "Date", "To", "Subject")}, _LUC, _LONG),
        "-------- Message transféré --------",
        "-------- Forwarded Message --------",
    ),
    line=lambda text: f"<p>{text or '<br>'}</p>",
)
YAHOO = Program(
    "yahoo",
    _wrote(
        f"    Le mardi 22 décembre 2026 à 16 h 40 min 12 s UTC−5, {_US} a écrit :  ",
        f"    On Tuesday, December 22, 2026 at 04:40:12 p.m. EST, {_US} wrote:  ",
    ),
    lambda head, shown: (
        f'<div id="ydp1yahoo_quoted_55" class="yahoo_quoted"><div><div>{head}</div><div>{shown}</div></div></div>'
    ),
    _below(
        _headers({FR: ("De ", "Envoyé ", "À ", "Objet "), EN: ("From", "Sent", "To", "Subject")}, _LUC, _LONG),
        "----- Message transféré -----",
        "----- Forwarded Message -----",
    ),
    mark=" ",
    mailer="WebService/1.1 YMailNorrin",
)
ORANGE = Program(
    "orange",
    lambda lang: [
        "Message du 22/12/26 16:40" if lang == FR else "Message of 22/12/26 16:40",
        f"{'De' if lang == FR else 'From'} : {DESK}",
        f"{'A' if lang == FR else 'To'} : {ANA}",
        f"{'Copie à' if lang == FR else 'Cc'} : ",
        f"{'Objet' if lang == FR else 'Subject'} : Stage",
        "",
    ],
    _blockquote('<blockquote style="border-left:2px solid #ff6600">', "</blockquote>"),
    _below(
        _headers({FR: ("De", "Envoyé", "À", "Objet"), EN: ("From", "Sent", "To", "Subject")}, _LUC, _LONG),
        "---------- Message transféré ----------",
        "---------- Forwarded message ----------",
    ),
    head_marked=True,
    adds=_device("Envoyé depuis l'application Mail Orange", "Sent from Orange Mail"),
)
ZIMBRA = Program(
    "zimbra",
    _below(
        _headers({FR: ("De", "À", "Envoyé", "Objet"), EN: ("From", "To", "Sent", "Subject")}, f'"Guichet" <{DESK}>',
                 {FR: "ana@example.org", EN: "ana@example.org"}),
        "----- Mail original -----",
        "----- Original Message -----",
    ),
    _unmarked('<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">', "</div>"),
    _below(
        _headers({FR: ("De", "Envoyé", "À", "Objet"), EN: ("From", "Sent", "To", "Subject")}, _LUC, _LONG),
        "----- Message transféré -----",
        "----- Forwarded Message -----",
    ),
    mark="",
    mailer="Zimbra 8.8.15_GA_4372",
)  # fmt: skip
PROTON = Program(
    "proton",
    _wrote(
        f"Le mardi 22 décembre 2026 à 16:40, {_US} a écrit :",
        f"On Tuesday, December 22nd, 2026 at 4:40 PM, {_US} wrote:",
    ),
    lambda head, shown: (
        f'<div class="protonmail_quote">{head}<br><blockquote class="protonmail_quote" type="cite">{shown}'
        "</blockquote></div>"
    ),
    _below(
        _headers({FR: ("De", "Date", "À", "Objet"), EN: ("From", "Date", "To", "Subject")}, _LUC, _LONG),
        "------- Message transféré -------",
        "------- Forwarded Message -------",
    ),
    adds=_device(
        "Envoyé avec la messagerie sécurisée Proton Mail.",
        "Sent with Proton Mail secure email.",
        '<div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">{}</div></div>',
    ),
)
SAMSUNG = Program(
    "samsung",
    _below(
        _headers({FR: ("De ", "Date ", "À ", "Objet "), EN: ("From", "Date", "To", "Subject")}, _US, _SHORT),
        "-------- Message d'origine --------",
        "-------- Original message --------",
    ),
    _unmarked("<div><br></div><div>", "</div>"),
    _below(
        _headers({FR: ("De ", "Date ", "À ", "Objet "), EN: ("From", "Date", "To", "Subject")}, _LUC, _SHORT),
        "-------- Message transféré --------",
        "-------- Forwarded message --------",
    ),
    mark="",
    adds=_device(
        "Envoyé de mon appareil Galaxy",
        "Sent from my Galaxy",
        '<div id="composer_signature"><div style="font-size:85%">{}</div></div>',
    ),
    mailer="Samsung Email",
    encoding="base64",
)
PROGRAMS = (GMAIL, OUTLOOK, OUTLOOK_MOBILE, APPLE, THUNDERBIRD, YAHOO, ORANGE, ZIMBRA, PROTON, SAMSUNG)

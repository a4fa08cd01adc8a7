"""E-mails of the real world, read: nothing is raised, nothing that was said is lost, and no machine is answered."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.email.reading import MAX_TEXT, Email, read_email
from bot.matcher.text import skeleton
from tests.channels.email.letters import PDF, PNG, attached, letter, multipart, nest, part

FRENCH = "Où puis-je déposer ma demande d'aide à l'été? Ça presse, « cœur » à l'appui."


def test_a_plain_e_mail_is_read() -> None:
    """Sender, subject, names, and words come out as they were written."""
    found = read_email(
        letter(
            "Bonjour,\n\nQuels stages offrez-vous?\n",
            more=["In-Reply-To: <2@b>", "References: <0@b> <1@b>\r\n <2@b>"],
        )
    )
    assert replace(found, id="") == Email(
        id="",
        name="<1@example.org>",
        sender="ana@example.org",
        sender_name="Ana Tremblay",
        subject="Question",
        answers=("<2@b>", "<1@b>", "<0@b>"),
        references=("<0@b>", "<1@b>", "<2@b>"),
        text="Bonjour,\n\nQuels stages offrez-vous?",
    )


@pytest.mark.parametrize(
    "said, declared, encoding",
    [
        ("utf-8", "utf-8", "8bit"),
        ("latin-1", "iso-8859-1", "8bit"),
        ("cp1252", "iso-8859-1", "8bit"),
        ("cp1252", "us-ascii", "8bit"),
        ("cp1252", None, "8bit"),
        ("utf-8", "us-ascii", "8bit"),
        ("utf-8", "iso-8859-1", "8bit"),
        ("utf-8", None, "8bit"),
        ("utf-8", "no-such-charset", "8bit"),
        ("cp1252", "no-such-charset", "8bit"),
        ("utf-8-sig", "utf-8", "8bit"),
        ("iso-8859-15", "iso-8859-15", "8bit"),
        ("mac-roman", "macintosh", "8bit"),
        ("cp850", "ibm850", "8bit"),
        ("utf-16", "utf-16", "base64"),
        ("utf-7", "utf-7", "7bit"),
        ("cp1252", "base64", "8bit"),
        ("utf-8", "idna", "8bit"),
    ],
)
def test_french_survives_every_charset(said: str, declared: str | None, encoding: str) -> None:
    """The words are the same whatever the charset, also where what is declared is not true."""
    words = FRENCH.replace("œ", "oe") if said in ("latin-1", "iso-8859-15", "mac-roman", "cp850") else FRENCH
    content = words.encode(said)
    content = base64.encodebytes(content) if encoding == "base64" else content
    kind = f"text/plain; charset={declared}" if declared else "text/plain"
    assert read_email(letter(content, kind=kind, encoding=encoding)).text == words


def test_japanese_in_iso_2022() -> None:
    """A charset of seven bits and escapes is read as what it is."""
    found = read_email(letter("日本から".encode("iso-2022-jp"), kind="text/plain; charset=ISO-2022-JP"))
    assert found.text == "日本から"


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_base64_with_bad_padding(cut: int) -> None:
    """A base64 whose end was lost gives the words before it."""
    content = base64.b64encode(FRENCH.encode())
    found = read_email(letter(content[: len(content) - cut], encoding="base64"))
    assert found.text.startswith(FRENCH[:60])


def test_quoted_printable_that_is_broken() -> None:
    """What is not well encoded is kept as it can be."""
    found = read_email(letter("=C3=A9t=C3=A9 =ZZ 100=\n% =", encoding="quoted-printable"))
    assert found.text.startswith("été")


@pytest.mark.parametrize(
    "raw, expected",
    [
        ("=?utf-8?Q?R=C3=A9ponse_=C3=A0?= =?utf-8?B?IG1hIHF1ZXN0aW9u?=", "Réponse à ma question"),
        ("=?iso-8859-1?q?=C9t=E9?=", "Été"),
        # A letter broken in two.
        ("=?utf-8?B?w4k=?= =?utf-8?B?dMM=?= =?utf-8?B?qQ==?=", "Été"),
        ("=?utf-8*fr?Q?=C3=A9t=C3=A9?=", "été"),
        ("=?unknown-8bit?Q?=E9t=E9?=", "été"),
        ("=?utf-8?B?@@@?=", ""),
        ("=?utf-8?Q?deux?=\r\n =?utf-8?Q?_lignes?=", "deux lignes"),
        ("Été sans encodage", "Été sans encodage"),
        ("=?=?=?", "=?=?=?"),
    ],
)
def test_subjects(raw: str, expected: str) -> None:
    """Encoded words (RFC 2047) are decoded, and what is not one stays."""
    assert read_email(letter(subject=raw)).subject == expected


def test_a_subject_in_raw_latin_1() -> None:
    """Headers hold bytes that they must not, and are read all the same."""
    raw = letter(subject="XX").replace(b"XX", "Été à Québec".encode("cp1252"))
    assert read_email(raw).subject == "Été à Québec"


@pytest.mark.parametrize(
    "sender, expected",
    [
        ("ana@Example.ORG", "ana@example.org"),
        ('"Tremblay, Ana" <ana@example.org>', "ana@example.org"),
        ("=?utf-8?Q?Ana_Beaupr=C3=A9?= <ana@example.org>", "ana@example.org"),
        ("ana@example.org, luc@example.org", "ana@example.org"),
        ("Équipe: ana@example.org, luc@example.org;", "ana@example.org"),
        ("anaïs@example.org", "anaïs@example.org"),
        ("Ana <ana@élan.example.com>", "ana@élan.example.com"),
        ("Ana", None),
        ("<>", None),
        ("ana@", None),
        ("@example.org", None),
        (None, None),
    ],
)
def test_senders(sender: str | None, expected: str | None) -> None:
    """The one address to which an answer goes; None where there is none."""
    assert read_email(letter(sender=sender)).sender == expected


def test_an_answer_goes_where_the_sender_wants_it() -> None:
    """Reply-To comes before From: forms on websites send so."""
    found = read_email(letter(sender="no-reply@forms.example", more=["Reply-To: ana@example.org"]))
    assert (found.sender, found.automatic, found.acknowledge) == ("ana@example.org", False, True)


def test_identity() -> None:
    """The same e-mail brought again is the same; another of the same name, of another time or sender, is not."""
    first = read_email(letter()).id
    assert read_email(b"Received: from mx2\r\nX-Spam: 0\r\n" + letter()).id == first
    assert read_email(letter(sender="luc@example.org")).id != first
    assert read_email(letter().replace(b"16:39", b"16:40")).id != first
    nameless = read_email(letter(name=None))
    assert nameless.name is None
    assert read_email(b"Received: from mx2\r\n" + letter(name=None)).id == nameless.id
    assert read_email(letter("Autre chose", name=None)).id != nameless.id


@pytest.mark.parametrize("name", ["nothing", "<>", "<a b@c>", "<@>x", "<é@b>"])
def test_what_is_no_name_is_none(name: str) -> None:
    """A Message-ID that no answer can name is none."""
    assert read_email(letter(name=name)).name in (None, "<@>")


def test_html_is_made_text() -> None:
    """Scripts and styles are left out, blocks are lines, entities are letters."""
    html = (
        "<html><head><style>p{color:red}</style><script>alert('x')</script><title>T</title></head><body>"
        "<p>Bonjour,</p><p>Quels <b>stages</b> &eacute;t&eacute;&nbsp;2027&nbsp;?<br>Merci</p>"
        "<ul><li>un</li><li>deux</li></ul><img src='cid:1' alt='logo'><!-- secret --></body></html>"
    )
    text = read_email(letter(html, kind="text/html; charset=utf-8")).text.replace("\u00a0", " ")
    assert "Quels stages été 2027 ?\nMerci" in text
    assert "un" in text
    assert not any(word in text for word in ("alert", "color", "secret"))


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<div>" * 30_000 + "mot", id="deep"),
        pytest.param("<b>x</b><p>" * 3_000 + "mot", id="open"),
        "<table><tr><td>mot",
        '<?xml version="1.0" encoding="utf-8"?><p>mot</p>',
        "mot <",
        "<![CDATA[x]]>mot",
    ],
)
def test_html_that_is_none(html: str) -> None:
    """The words of broken HTML are kept."""
    assert "mot" in read_email(letter(html, kind="text/html")).text


def test_of_two_forms_the_plain_one_is_read() -> None:
    """multipart/alternative gives its text once; a form that only points to the other is passed by."""
    html = part("<p>riche</p>", "text/html")
    assert read_email(multipart(part("simple"), html, kind="alternative")).text == "simple"
    assert read_email(multipart(part(" "), html, kind="alternative")).text == "riche"
    stub = part("This e-mail needs HTML.")
    long = part("<p>Voici ma longue question sur les stages.</p>", "text/html")
    assert read_email(multipart(stub, long, kind="alternative")).text.startswith("Voici")


def test_nested_parts() -> None:
    """Words and files are found however deep they lie; what follows a file is read too."""
    inner = nest(
        part("avant"),
        nest(part("<p>riche</p>", "text/html"), attached(PNG, "filename=i.png"), kind="related", edge="r"),
        kind="alternative",
        edge="a",
    )
    found = read_email(multipart(inner, attached(PDF, "filename=cv.pdf"), part("après")))
    assert found.text == "avant\n\naprès"
    assert [(a.name, a.content) for a in found.attachments] == [("i.png", PNG), ("cv.pdf", PDF)]


def test_a_thousand_parts_within_each_other() -> None:
    """Parts nested beyond reason are neither endless work nor lost."""
    body = b"profond"
    for level in range(1000):
        body = nest(part("x"), body, kind="mixed", edge=f"e{level}")
    head, _, rest = body.partition(b"\r\n\r\n")
    kind = head.decode().partition(": ")[2]
    found = read_email(letter(rest, kind=kind, encoding=None))
    assert "profond" in found.text or any(b"profond" in a.content for a in found.attachments)


@pytest.mark.parametrize(
    "filename, expected",
    [
        ("filename=cv.pdf", "cv.pdf"),
        ('filename="=?utf-8?Q?r=C3=A9sum=C3=A9.pdf?="', "résumé.pdf"),
        ("filename*=utf-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
        ("filename*0*=utf-8''r%C3%A9; filename*1=sum.pdf", "résum.pdf"),
        ("filename*=no-such''r%C3%A9.pdf", "rÃ©.pdf"),
    ],
)
def test_names_of_files(filename: str, expected: str) -> None:
    """RFC 2231, RFC 2047 where it must not be, and plain names."""
    found = read_email(multipart(part("ci-joint"), attached(PDF, filename)))
    assert found.attachments[0].name == expected


def test_a_file_is_kept_as_it_was_sent() -> None:
    """A calendar invitation, a forwarded e-mail and a card are files."""
    invitation = part("BEGIN:VCALENDAR\r\nEND:VCALENDAR", "text/calendar; method=REQUEST; charset=utf-8")
    inner = b"Content-Type: message/rfc822\r\n\r\n" + letter("dedans", subject="Le premier")
    found = read_email(multipart(nest(part("Invitation"), invitation, kind="alternative", edge="a"), inner))
    assert [a.name for a in found.attachments] == ["attachment-1.ics", "Le premier.eml"]
    assert b"dedans" in found.attachments[1].content
    assert found.text == "Invitation"


def test_signed_and_encrypted() -> None:
    """What is signed is read without its signature; what is encrypted cannot be, and says so."""
    pgp = part("-----BEGIN PGP SIGNATURE-----", "application/pgp-signature; name=signature.asc")
    signed = read_email(multipart(part("signé"), pgp, kind='signed; protocol="application/pgp-signature"'))
    assert (signed.text, signed.attachments, signed.sealed) == ("signé", (), False)
    sealed = multipart(part("Version: 1", "application/pgp-encrypted"), part("x"), kind="encrypted")
    assert read_email(sealed).sealed
    smime = letter(b"MIAG", kind="application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", encoding="base64")
    assert read_email(smime).sealed
    assert read_email(letter("-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----")).sealed


def test_flowed_text() -> None:
    """Lines broken for the way are whole again (RFC 3676); the signature's line and quotations stay."""
    body = "Une ligne qui \ncontinue ici.\n From est protégé.\n> une citation \n> longue\n-- \nAna\n"
    found = read_email(letter(body, kind="text/plain; charset=utf-8; format=flowed"))
    assert found.text == "Une ligne qui continue ici.\nFrom est protégé."
    assert found.quoted == "> une citation longue"
    assert found.signature == "-- \nAna"
    found = read_email(letter("déli \nmitée", kind="text/plain; charset=utf-8; format=flowed; delsp=yes"))
    assert found.text == "délimitée"


def test_a_forwarded_e_mail_is_what_is_said() -> None:
    """One who passes an e-mail on says what stands in it."""
    body = "Pouvez-vous répondre?\n\n"
    body += "De : Luc <luc@example.org>\nEnvoyé : lundi\nÀ : Ana\nObjet : Stage\n\nQuand commence le stage?"
    found = read_email(letter(body, subject="TR: Stage"))
    assert "Quand commence le stage?" in found.text
    assert found.quoted == ""
    body = "---------- Forwarded message ---------\nFrom: Luc <luc@example.org>\nDate: Mon\nTo: Ana\n\nWhen?"
    assert "When?" in read_email(letter(body, subject="Fwd: Stage")).text


@pytest.mark.parametrize("body", ["", "\n\n", "> tout est cité", "\0\0"])
def test_an_empty_body(body: str) -> None:
    """Nothing said is nothing; what was only quoted in a first e-mail is what it says."""
    assert read_email(letter(body)).text in ("", "> tout est cité")


def test_nul_and_other_signs_that_no_database_keeps() -> None:
    """They are left out, of words, subjects and names."""
    raw = multipart(part("a\0b"), attached(PDF, 'filename="a\0b.pdf"'), subject="a\0b")
    found = read_email(raw)
    assert "\0" not in found.text + found.subject + found.sender_name


def test_dates_that_are_none() -> None:
    """A bad date is nobody's trouble."""
    assert read_email(letter(more=["Date: hier", "Date: Mon, 99 Foo 99999"])).text


def test_ten_thousand_headers() -> None:
    """They take no long time."""
    started = time.perf_counter()
    found = read_email(letter(more=[f"X-H{n}: {n}" for n in range(10_000)] + ["References: " + "<a@b> " * 10_000]))
    assert found.text
    assert len(found.references) <= 100
    assert time.perf_counter() - started < 10


def test_a_huge_e_mail() -> None:
    """The words of a long one are cut for the pages, and the whole is a file; the time stays in proportion."""
    started = time.perf_counter()
    found = read_email(letter("mot " * 2_000_000))
    assert len(found.text) <= MAX_TEXT
    assert len(found.attachments[0].content) >= 7_999_999
    assert time.perf_counter() - started < 30


@pytest.mark.parametrize(
    "body",
    [
        "On " * 50_000,
        "> " * 50_000,
        "Le 3 " * 30_000 + ":",
        "a@b " * 30_000 + "wrote:",
        "\n".join(["On Monday"] * 20_000),
        "_" * 100_000,
        "From: x\n" * 20_000,
        "-- \n" * 30_000,
        "- " * 60_000 + "Original Message",
        "\n".join(["Le lundi <a@b> :"] * 20_000),
        "Confidentiality " * 20_000,
        "<" * 100_000,
        "this message " * 20_000,
    ],
    ids=lambda body: body[:12],
)
def test_no_text_takes_long(body: str) -> None:
    """What folds quotations takes time in proportion to the text."""
    started = time.perf_counter()
    read_email(letter(body))
    assert time.perf_counter() - started < 10


def test_one_that_was_cut_off() -> None:
    """Of an e-mail that is not whole, the last file is not kept as if it were."""
    raw = multipart(part("ci-joint"), attached(PDF, "filename=a.pdf"), attached(PNG * 100, "filename=b.png"))
    found = read_email(raw[:-2000], whole=False)
    assert [(a.name, a.whole) for a in found.attachments] == [("a.pdf", True), ("b.png", False)]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_an_e_mail(raw: bytes) -> None:
    """Nothing raises."""
    read_email(raw)


PIECES = [
    b"From: ",
    b"Subject: ",
    b"Content-Type: multipart/mixed; boundary=e\r\n",
    b"Content-Type: text/html\r\n",
    b"\r\n\r\n",
    b"--e\r\n",
    b"--e--\r\n",
    b"=?utf-8?B?",
    b"?=",
    b"<",
    b">",
    b"@",
    b"\xe9",
    b"\0",
    b"\xff\xfe",
    b"Message-ID: <a@b>\r\n",
    b"Content-Type: message/delivery-status\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"begin 644 x\r\n",
    b"Content-Disposition: attachment; filename*0*=x''%\r\n",
    b"Content-Type: text/plain; charset*=''x; format=flowed\r\n",
    b"On x wrote:\r\n",
    b"a",
    b" ",
    b"Action: failed\r\n",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=e\r\n",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_pieces_are_an_e_mail(pieces: list[bytes]) -> None:
    """Nor do the pieces that parsers stumble over, in any order."""
    found = read_email(b"".join(pieces))
    assert "\0" not in found.text + found.subject


LINES = st.one_of(
    st.sampled_from(
        [
            "> cité",
            "On Monday, 3 May, Luc <l@b.ca> wrote:",
            "-- ",
            "--",
            "De : Luc",
            "Envoyé : lundi",
            "À : Ana",
            "Envoyé de mon iPhone",
            "",
            "________________",
            "Le 3 mai 2026 à 10 h, Luc a écrit :",
        ]
    ),
    st.text("abcé ", min_size=1, max_size=12),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=30))
def test_every_word_is_somewhere(lines: list[str]) -> None:
    """What is folded away is kept: no word of the text is lost or doubled."""
    body = "\n".join(lines)
    found = read_email(letter(body))
    kept = f"{found.text}\n{found.quoted}\n{found.signature}"
    assert sorted(skeleton(kept).split()) == sorted(skeleton(body).split())


def test_what_is_read_says_nothing_in_logs(caplog: pytest.LogCaptureFixture) -> None:
    """No library writes a citizen's words into the log."""
    with caplog.at_level(0):
        read_email(letter("<p>Ophélie</p>" * 100, kind="text/html", subject="Ophélie"))
        read_email(letter("Ophélie \xe9".encode("latin-1"), kind="text/plain"))
    assert not re.search("Ophélie", caplog.text)

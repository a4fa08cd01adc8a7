"""Closing, erasing and opening nothing cannot be taken back: they are decided on the whole e-mail, or by a person."""

from __future__ import annotations

import pytest

from tests.channels.email.conftest import Post, answering, publish
from tests.channels.email.letters import ANA, attached, letter, multipart, part
from tests.channels.email.programs import (
    ABOVE,
    BELOW,
    DESK,
    EN,
    PROGRAMS,
    Program,
    blocks,
    envelope,
    passed_on,
    plain,
    rich,
)

pytestmark = pytest.mark.anyio
ENGLISH = "Hello, which internships do you offer to students who live in Montréal?"
WROTE = f"On Tue, Dec 22, 2026 at 4:40 PM Guichet <{DESK}> wrote:"
MORE = "My passport is lost."


async def offered(post: Post) -> tuple[str, list[str]]:
    """An e-mail acknowledged with an article that may answer it: the name of the acknowledgement, and its lines."""
    publish(post.rooms)
    post.reading = answering()
    await post.comes(body=ENGLISH)
    _, mail = await post.one()
    return mail["Message-ID"], mail.get_content().replace("\r\n", "\n").splitlines()


async def answered(post: Post) -> str:
    """A request that was answered, and is closed: the name of the answer."""
    await post.comes(body=ENGLISH)
    await post.carry()
    post.rooms.answers.answer(post.tickets()[0].reference, "Marie", "Here they are.")
    _, mail = await post.one()
    post.rooms.answers.settle()
    return mail["Message-ID"]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
@pytest.mark.parametrize("form", ["plain", "html"])
@pytest.mark.parametrize("place", [ABOVE, BELOW])
async def test_a_plain_yes_closes_from_any_program(post: Post, program: Program, form: str, place: str) -> None:
    """What it quotes is known to be ours, and what the program adds of its own is nobody's word."""
    name, lines = await offered(post)
    parts = blocks(["Yes, thank you!"], lines, place)
    given = {"text": plain(program, EN, parts)} if form == "plain" else {"markup": rich(program, EN, parts)}
    await post.comes(envelope(program, **given, answers=name, number=2))
    assert [(t.state, t.closed_as) for t in post.tickets()] == [("closed", "satisfied")]


def html(said: str) -> dict[str, str]:
    """An e-mail in HTML only."""
    return {"body": said, "kind": "text/html; charset=utf-8"}


BESIDE = [
    pytest.param({"body": f"Yes, thank you.\n\n----- Original Message -----\n\n{MORE}"}, id="divider"),
    pytest.param({"body": f"Yes, thank you.\n-- \n{MORE}"}, id="signature"),
    pytest.param({"body": "Yes, thank you.\n-- \nAna\nOne more document missing"}, id="signature-without-a-speaker"),
    pytest.param({"body": f"Yes, thank you.\n\n{WROTE}\n\n{MORE}"}, id="attribution"),
    pytest.param({"body": f"Yes, thank you.\n\n> {MORE}"}, id="mark"),
    pytest.param(html(f"<p>Yes, thank you.</p><blockquote>{MORE}</blockquote>"), id="blockquote"),
    pytest.param(html(f"<p>Yes, thank you.</p><div class='yahoo_quoted'>{MORE}</div>"), id="program's quotation"),
    pytest.param(html(f"<p>Yes, thank you.</p></body></html>{MORE}"), id="after the end"),
    pytest.param({"body": f"Yes, thank you.\n\nSent from my iPhone\n\n{MORE}"}, id="device"),
]


@pytest.mark.parametrize("changes", BESIDE)
async def test_a_yes_with_more_beside_it_closes_nothing(post: Post, changes: dict[str, str]) -> None:
    """Wherever a mail program or a reader would fold it away."""
    name, _ = await offered(post)
    await post.comes(letter(**changes, name="<2@b>", more=[f"In-Reply-To: {name}"]))
    (ticket,) = post.tickets()
    assert ticket.state == "open"
    assert post.history(ticket) == ["opened", "wrote"]


@pytest.mark.parametrize("changes", [*BESIDE, pytest.param({"body": f"\n{WROTE}\n> {MORE}\n"}, id="nothing above")])
async def test_thanks_with_more_beside_them_open_a_request(post: Post, changes: dict[str, str]) -> None:
    """In a thread whose request is closed, somebody waits for an answer to that."""
    name = await answered(post)
    said = {**changes, "body": changes["body"].replace("Yes, thank you.", "Thank you.")}
    await post.comes(letter(**said, name="<2@b>", more=[f"In-Reply-To: {name}"]))
    assert [t.state for t in post.tickets()].count("open") == 1
    assert len(await post.carry()) == 1


async def test_a_file_that_is_refused_is_said_too(post: Post) -> None:
    """Who sends nothing but a file that the desk does not take hears of it from a person."""
    name = await answered(post)
    raw = multipart(part(""), attached(b"MZ\0\1", "filename=cv.exe"), name="<2@b>", more=[f"In-Reply-To: {name}"])
    await post.comes(raw)
    assert [t.state for t in post.tickets()].count("open") == 1


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
async def test_what_is_passed_on_below_thanks_opens_a_request(post: Post, program: Program) -> None:
    """It is a part of what is said."""
    name = await answered(post)
    body = passed_on(program, EN, ["Thank you."], ["Hi Ana,", "When does it begin?"], as_html=False)
    await post.comes(envelope(program, body, subject="Fwd: Internship", answers=name, number=3))
    assert [t.state for t in post.tickets()].count("open") == 1


@pytest.mark.parametrize(
    "sender, to",
    [
        ("=?utf-8?Q?victim=40example=2Ecom?= <ana@example.org>", "ana@example.org"),
        ("victim@example.com <ana@example.org>", "ana@example.org"),
        ('"victim@example.com" <ana@example.org>', "ana@example.org"),
        ("Ana (victim@example.com) <ana@example.org>", "ana@example.org"),
        ("Roy, Anaïs <ana@example.org>", "ana@example.org"),
    ],
)
async def test_an_acknowledgement_goes_to_the_address_that_is_parsed(post: Post, sender: str, to: str) -> None:
    """Never to one that stands in somebody's name."""
    await post.comes(sender=sender)
    assert [address for address, _ in await post.carry()] == [to]


@pytest.mark.parametrize("header", ["List-Id: <a.example.org>", "Precedence: list", "X-Auto-Response-Suppress: OOF"])
async def test_a_doubt_opens_a_request_and_is_not_acknowledged(post: Post, header: str) -> None:
    """A person may have written it, and a machine may read what is answered."""
    await post.comes(sender=ANA, more=[header])
    assert [t.state for t in post.tickets()] == ["open"]
    assert await post.carry() == []

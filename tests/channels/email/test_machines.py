"""Machines' e-mails and people's that look like them: each is read, answered and kept as the corpus says."""

from __future__ import annotations

import pytest

from bot.channels.email.reading import read_email
from tests.channels.email.cases import DESK, OURS, Case, shown
from tests.channels.email.conftest import Post
from tests.channels.email.machines import MACHINES
from tests.channels.email.people import PEOPLE

MOST_PEOPLE_TAKEN, FEWEST_MACHINES_KNOWN = 0.005, 0.97


@pytest.mark.parametrize("case", [*MACHINES, *PEOPLE], ids=lambda case: case.name)
def test_what_is_read(case: Case) -> None:
    """Its words, where an answer goes, who wrote it, what follows, and which e-mail of ours came back."""
    found = read_email(case.raw, own=DESK)
    assert found.bounce is None or OURS in found.bounce.of
    assert Case(
        name=case.name,
        raw=case.raw,
        text=shown(found.text),
        sender=found.sender,
        automatic=found.automatic,
        final=found.bounce.final if found.bounce else None,
        acknowledge=found.acknowledge,
        opens=found.opens,
    ) == case  # fmt: skip


def test_the_rates() -> None:
    """Hardly any person is taken for a machine, and hardly any machine for a person, among many of either."""
    assert len({case.name for case in MACHINES}) >= 100
    assert len({case.name for case in PEOPLE}) >= 200
    taken = [case.name for case in PEOPLE if read_email(case.raw, own=DESK).automatic]
    known = [case.name for case in MACHINES if read_email(case.raw, own=DESK).automatic]
    assert len(taken) / len(PEOPLE) <= MOST_PEOPLE_TAKEN, taken
    assert len(known) / len(MACHINES) >= FEWEST_MACHINES_KNOWN


@pytest.mark.anyio
async def test_what_follows(post: Post) -> None:
    """A request for each that a person may have written, by the address that is read, to which alone anything goes."""
    opened: dict[str, str | None] = {}  # by reference
    for case in (*MACHINES, *PEOPLE):
        await post.comes(case.raw)
        new = {one.reference: one.email for one in post.tickets(limit=1_000) if one.reference not in opened}
        assert list(new.values()) == ([case.sender] if case.opens else []), case.name
        opened.update(new)
        to = [recipient for recipient, _ in await post.carry()]
        assert to == ([case.sender] if case.acknowledge else []), case.name
        post.pass_by(hours=2)  # an address gets a few acknowledgements an hour

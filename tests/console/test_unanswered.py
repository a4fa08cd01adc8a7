"""Questions that were not answered, in groups, and drafts made from citizens' words."""

from __future__ import annotations

import sqlalchemy as sa

from bot.knowledge.tables import question_groups
from tests.cast import NOW
from tests.console.office import Office, text_of


def test_unanswered_questions_are_shown_in_groups(office: Office) -> None:
    """Questions come in the librarian's groups, the largest first, those that came since apart; markup is text."""
    numbers = office.not_answered("la tour <b>ici</b>?", "le pont?", "où est la tour?")
    grouped = [[numbers[1]], [numbers[2], numbers[0]]]
    with office.rooms.database.writing() as connection:
        connection.execute(sa.insert(question_groups).values(id=1, made_at=NOW, of="once", groups=grouped))
    office.not_answered("une fontaine?")
    page = office.ben.get("/console/knowledge/unanswered")
    said = text_of(page)
    assert said.index("2 questions") < said.index("où est la tour?") < said.index("la tour <b>ici</b>?")
    assert said.index("la tour <b>ici</b>?") < said.index("le pont?") < said.index("une fontaine?")
    assert "<b>ici" not in page.text


def test_a_group_becomes_a_draft(office: Office) -> None:
    """A new draft begins with the questions of a group, each in its language; its name holds no word of them."""
    numbers = office.not_answered("Où est la Tour, s'il vous plaît?", "la  tour\nest où?")
    numbers += office.not_answered("Where is the tower?", language="en")
    page = text_of(office.ben.post("/console/knowledge/unanswered/draft", message=numbers))
    assert "A draft is made." in page
    (made,) = [one for one in office.rooms.drafts.standings() if one.article not in ("hours", "role")]
    for question in ("Where is the tower?", "Où est la Tour, s'il vous plaît?", "la tour est où?"):
        assert question in page
    assert "tower" not in text_of(office.ana.get(f"/console/knowledge/{made.article}/edit"))
    assert "tower" not in str(made)
    assert made.in_work.origin == {"messages": sorted(numbers)}
    office.ben.post("/console/knowledge/unanswered/draft", message=numbers)
    names = {one.article for one in office.rooms.drafts.standings()} - {"hours", "role"}
    assert names == {made.article, f"{made.article}-2"}
    assert not any("tour" in str(entry.detail) for entry in office.rooms.journal.read())


def test_questions_are_set_aside(office: Office) -> None:
    """Questions that need no article leave the list."""
    numbers = office.not_answered("blabla", "la tour?")
    page = text_of(office.ben.post("/console/knowledge/unanswered/aside", message=[numbers[0], "x"]))
    assert "no longer in the list" in page
    assert "blabla" not in page
    assert "la tour?" in page
    refused = office.ben.post("/console/knowledge/unanswered/draft", message=[numbers[0]])
    assert "Nothing was chosen." in text_of(refused, 409)


def test_an_editor_sees_no_citizens_words(office: Office) -> None:
    """Unanswered questions are for those who may see conversations."""
    numbers = office.not_answered("Ma fille Ophélie attend sa bourse")
    for response in (
        office.ana.get("/console/knowledge/unanswered"),
        office.ana.post("/console/knowledge/unanswered/draft", message=numbers),
        office.ana.post("/console/knowledge/unanswered/aside", message=numbers),
    ):
        assert "Ophélie" not in text_of(response, 403)
    assert len(office.rooms.unanswered.latest()) == 1


def test_an_answered_ticket_becomes_a_draft(office: Office) -> None:
    """The question and the answer of a ticket begin an article in the ticket's language; unanswered, it does not."""
    ticket = office.rooms.tickets.get(office.ticket("Où est la tour?"))
    path = f"/console/tickets/{ticket.reference}/draft"
    assert "This request has no answer yet." in text_of(office.ben.post(path), 409)
    office.rooms.answers.answer(ticket.reference, "Ben", "Rue de la Tour.\n\nBonne visite!")
    page = text_of(office.ben.post(path))
    for words in ("A draft is made.", "Où est la tour?", "Rue de la Tour. Bonne visite!"):
        assert words in page
    work = office.standing("article").in_work
    assert work.origin == {"ticket": ticket.reference}
    assert office.rooms.journal.read()[0].action == "looked"
    assert office.rooms.journal.read()[0].subject == f"ticket {ticket.reference}"


def test_an_editor_does_not_see_what_a_draft_was_made_from(office: Office) -> None:
    """Until an officer has saved what may stand in an article, an editor sees where it is from and not a word of it."""
    office.rooms.answers.answer(office.ticket("Où est la tour?"), "Ben", "Rue de la Tour.")
    reference = office.rooms.tickets.store.by_due_moment()[0].reference
    office.ben.post(f"/console/tickets/{reference}/draft")
    looked = len(office.rooms.journal.read(subject=f"ticket {reference}"))
    for address in ("", "/edit", "/versions/1"):
        page = text_of(office.ana.get(f"/console/knowledge/article{address}"))
        assert "tour" not in page.casefold()
    assert reference in text_of(office.ana.get("/console/knowledge/article"))
    assert len(office.rooms.journal.read(subject=f"ticket {reference}")) == looked
    office.ben.get("/console/knowledge/article/edit")
    assert len(office.rooms.journal.read(subject=f"ticket {reference}")) == looked + 1

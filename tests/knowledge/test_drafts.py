"""Drafts: saved, reviewed by a second person, scheduled, given up, and gone back from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.core.db import Database, make_engine
from bot.knowledge.article import Article, article_document
from bot.knowledge.drafts import Drafts
from bot.knowledge.editing import DRAFT, DROPPED, PUBLISHED, REVIEWED, SCHEDULED, EditRefused
from bot.knowledge.release import ARCHIVE
from bot.promises.calendar import Calendar
from tests.cast import NOVEMBER as NOW
from tests.databases import PostgresServer, at_once
from tests.knowledge.conftest import Library, more_questions

Make = Callable[..., Article]
SOON = NOW + timedelta(hours=3)


@pytest.fixture
def new_document(make_article: Make) -> dict[str, Any]:
    """The document of an article that nobody has written yet."""
    return article_document(make_article("role"))


def archived(library: Library, article: str = "hours") -> None:
    """Take an article out of what is published."""
    number = library.standing(article).published
    assert number
    trial = library.releases.trials.ask(ARCHIVE, "Ana", article=article, version=number.number)
    library.done(trial)
    library.releases.archive(article, "Cleo", None)


def test_a_new_article_begins_as_a_draft(library: Library, new_document: dict[str, Any]) -> None:
    """What is saved first is kept whole, with who wrote it and what it is made from, and is not published."""
    saved = library.drafts.save(new_document, "Ana", edits=0, origin={"ticket": "RI-1"})
    assert (saved.article, saved.number, saved.state, saved.edits) == ("role", 1, DRAFT, 1)
    assert (saved.document, saved.authors, saved.created_at) == (new_document, ("Ana",), NOW)
    assert saved.origin == {"ticket": "RI-1"}
    assert library.drafts.get("role", 1) == saved
    standing = library.standing("role")
    assert (standing.published, standing.in_work, standing.newest) == (None, saved, saved)
    assert library.articles.get("role") is None


def test_a_draft_of_a_published_article_leaves_it_as_it_is(library: Library) -> None:
    """Citizens read the published version until another takes its place."""
    before = library.articles.get("hours")
    draft = library.edited(title={"fr": "Un titre.", "en": "A title."})
    assert (draft.number, draft.state) == (2, DRAFT)
    standing = library.standing()
    assert standing.published
    assert (standing.published.number, standing.in_work) == (1, draft)
    assert library.articles.get("hours") == before


def test_an_edit_goes_on_with_the_draft(library: Library) -> None:
    """Another edit changes the draft, not a further version, and everybody who wrote is named once."""
    library.edited(title={"fr": "Un titre.", "en": "A title."})
    library.edited(by="Ben", audience=["media"])
    last = library.edited(by="Ana", audience=["everyone"])
    assert (last.number, last.edits, last.authors) == (2, 3, ("Ana", "Ben"))
    assert last.document["title"] == {"fr": "Un titre.", "en": "A title."}
    assert [version.number for version in library.drafts.history("hours")] == [2, 1]


def test_of_two_who_edit_at_once_the_second_is_told(library: Library) -> None:
    """Whoever saves what another has changed meanwhile is refused, and nothing of either is lost."""
    shown = library.edited(audience=["media"])
    mine = library.drafts.save({**shown.document, "audience": ["everyone"]}, "Ana", edits=shown.edits)
    for edits in (0, shown.edits, 7):
        with pytest.raises(EditRefused, match="changed"):
            library.drafts.save({**shown.document, "audience": ["students"]}, "Ben", edits=edits)
    assert library.standing().in_work == mine


def test_who_begins_a_draft_that_is_begun_is_told(library: Library) -> None:
    """Two who begin at the published version: the second is refused; so is one whose draft is gone."""
    document = library.standing().newest.document
    library.drafts.save(document, "Ana", edits=0)
    with pytest.raises(EditRefused, match="changed"):
        library.drafts.save(document, "Ben", edits=0)
    library.drafts.drop("hours")
    with pytest.raises(EditRefused, match="changed"):
        library.drafts.save(document, "Ana", edits=1)


def test_of_two_who_make_an_article_at_once_one_is_told(library: Library, new_document: dict[str, Any]) -> None:
    """Two who save new articles of the same ids in the same moment: one has each, the other reads that it changed."""
    together, ids = threading.Barrier(2), [f"role-{number}" for number in range(10)]

    def save(officer: str) -> list[str]:
        outcomes = []
        for article in ids:
            together.wait(10)
            try:
                outcomes.append(library.drafts.save({**new_document, "id": article}, officer, edits=0).article)
            except EditRefused as refusal:
                outcomes.append(refusal.code)
        return outcomes

    with ThreadPoolExecutor(2) as pool:
        found = list(zip(*pool.map(save, ("Ana", "Ben"))))
    assert [set(pair) for pair in found] == [{article, "changed"} for article in ids]
    assert [len(library.drafts.history(article)) for article in ids] == [1] * len(ids)


def test_the_language_left_behind_is_kept_with_the_draft(library: Library) -> None:
    """A title changed in one language marks the other, until it follows or the writer says that it still holds."""
    title = library.standing().newest.document["title"]
    assert library.edited(title={**title, "fr": "Un titre."}).stale == "en"
    assert library.edited(title={"fr": "Un titre.", "en": "A title."}).stale is None
    shown = library.edited(title={**title, "en": "A title."})
    assert shown.stale == "fr"
    same = library.drafts.save(shown.document, "Ana", edits=shown.edits, same_meaning=True)
    assert same.stale is None


def test_a_second_person_reviews(library: Library) -> None:
    """A draft is found right by somebody who did not write it, and by nobody else."""
    draft = library.edited(audience=["media"])
    draft = library.edited(by="Ben", audience=["everyone", "media"])
    for author in ("Ana", "Ben"):
        with pytest.raises(EditRefused, match="own"):
            library.drafts.review("hours", author, edits=draft.edits)
    library.pass_by(hours=1)
    reviewed = library.drafts.review("hours", "Cleo", edits=draft.edits)
    assert (reviewed.state, reviewed.reviewed_by, reviewed.reviewed_at) == (REVIEWED, "Cleo", library.moment)
    assert reviewed.document == draft.document


def test_fifteen_who_review_at_once_do_not_wait_for_one_another(
    postgres: PostgresServer, calendar: Calendar, make_article: Make
) -> None:
    """As many reviewers as the desk has connections each look for problems by the one that they have."""
    database = Database(make_engine(postgres.new(), pool_timeout=10))
    library = Library(database, calendar)
    names = [f"article-{number}" for number in range(15)]
    library.articles.publish([make_article(name) for name in names], NOW)
    for name in names:
        library.edited(name, audience=["media"])
    acts = [partial(library.drafts.review, name, "Ben", edits=1) for name in names]
    assert {reviewed.state for reviewed in at_once(database.engine, acts)} == {REVIEWED}
    database.engine.dispose()


def test_what_is_reviewed_is_what_was_read(library: Library) -> None:
    """A draft that was edited after the reviewer opened it is not reviewed; nor is one twice."""
    shown = library.edited(audience=["media"])
    newer = library.edited(audience=["students"])
    with pytest.raises(EditRefused, match="changed"):
        library.drafts.review("hours", "Ben", edits=shown.edits)
    library.drafts.review("hours", "Ben", edits=newer.edits)
    with pytest.raises(EditRefused, match="not_draft"):
        library.drafts.review("hours", "Cleo", edits=newer.edits)


def test_an_edit_after_the_review_asks_for_another(library: Library) -> None:
    """An edited version is a draft again, without its review and its time, and its writers are the old and the new."""
    library.reviewed()
    library.drafts.schedule("hours", SOON, None)
    again = library.edited(by="Ben", audience=["media"])
    assert (again.state, again.reviewed_by, again.reviewed_at, again.publish_at) == (DRAFT, None, None, None)
    assert again.authors == ("Ana", "Ben")
    with pytest.raises(EditRefused, match="own"):
        library.drafts.review("hours", "Ben", edits=again.edits)


def test_problems_forbid_the_review(library: Library, make_article: Make) -> None:
    """A text without its translation, a stale language, or another's question must be mended first."""
    library.articles.publish([make_article("role", questions={"fr": ["Que faites-vous?"]})], NOW)
    whole = library.standing().newest.document
    for change in (
        {"title": {"fr": "Un titre.", "en": ""}},
        {"answer": {**whole["answer"], "fr": "Autre chose."}},
        {"questions": {**whole["questions"], "fr": ["QUE FAITES VOUS"]}},
        {"review_by": "2026-11-23"},
    ):
        draft = library.edited(**{**whole, **change})
        with pytest.raises(EditRefused, match="problems"):
            library.drafts.review("hours", "Ben", edits=draft.edits)
    few = library.edited(**{**whole, "questions": {"fr": ["a?"], "en": ["b?"]}})
    assert [problem.code for problem in library.drafts.problems(few)] == ["few_questions", "few_questions"]
    assert library.drafts.review("hours", "Ben", edits=few.edits).state == REVIEWED


def test_only_published_questions_are_anothers(library: Library, make_article: Make) -> None:
    """A question of a mere draft, or of an article that was archived, may be asked here."""
    question = {"fr": ["Que faites-vous?"]}
    library.articles.publish([make_article("role", questions=question)], NOW)
    library.drafts.save(article_document(make_article("address", questions={"fr": ["Quoi?"]})), "Ana", edits=0)
    archived(library, "role")
    whole = library.standing().newest.document
    draft = library.edited(questions={**whole["questions"], "fr": ["Que faites-vous?", "Quoi?", *"abcde"]})
    assert library.drafts.problems(draft) == []


def test_the_day_of_the_review_date_is_the_desks(library: Library) -> None:
    """Whether a review date is past is told by the day where the service is, not in Greenwich."""
    library.pass_by(hours=13)  # November 25 in Greenwich, November 24 in Québec
    draft = library.edited(review_by="2026-11-24")
    assert library.drafts.problems(draft) == []
    library.pass_by(hours=2)
    assert [problem.code for problem in library.drafts.problems(draft)] == ["review_date_past"]


def test_a_reviewed_version_waits_for_its_time(library: Library) -> None:
    """A scheduled version is due from its moment on, and carries the reason that it was given."""
    library.reviewed()
    scheduled = library.drafts.schedule("hours", SOON, "the office moves")
    assert (scheduled.state, scheduled.publish_at, scheduled.reason) == (SCHEDULED, SOON, "the office moves")
    library.pass_by(hours=2, minutes=59)
    assert library.drafts.due() == []
    library.pass_by(minutes=1)
    assert library.drafts.due() == [scheduled]


def test_a_time_may_be_changed_and_taken_back(library: Library) -> None:
    """A scheduled version gets another time, or none; then it is a reviewed one and nothing is due."""
    library.reviewed()
    library.drafts.schedule("hours", SOON, None)
    later = library.drafts.schedule("hours", SOON + timedelta(days=1), "why")
    assert later.publish_at == SOON + timedelta(days=1)
    back = library.drafts.unschedule("hours")
    assert (back.state, back.publish_at, back.reason) == (REVIEWED, None, None)
    library.pass_by(days=30)
    assert library.drafts.due() == []
    with pytest.raises(EditRefused, match="not_scheduled"):
        library.drafts.unschedule("hours")


def test_only_what_was_reviewed_is_scheduled_and_only_for_later(library: Library) -> None:
    """A draft has no time, the past and the present are none, and without a version in work there is nothing."""
    with pytest.raises(LookupError):
        library.drafts.schedule("hours", SOON, None)
    library.edited(audience=["media"])
    with pytest.raises(EditRefused, match="not_reviewed"):
        library.drafts.schedule("hours", SOON, None)
    for moment in (NOW, NOW - timedelta(days=1)):
        with pytest.raises(EditRefused, match="past"):
            library.drafts.schedule("hours", moment, None)


@pytest.mark.parametrize("state", [DRAFT, REVIEWED, SCHEDULED])
def test_what_is_in_work_may_be_given_up(library: Library, state: str) -> None:
    """A version in any state of work is given up: it stays in the history, and the published one stays in effect."""
    version = library.edited(audience=["media"])
    if state != DRAFT:
        library.drafts.review("hours", "Ben", edits=version.edits)
    if state == SCHEDULED:
        library.drafts.schedule("hours", SOON, None)
    dropped = library.drafts.drop("hours")
    assert (dropped.number, dropped.state, dropped.publish_at) == (2, DROPPED, None)
    library.pass_by(days=1)
    assert library.drafts.due() == []
    standing = library.standing()
    assert standing.published
    assert (standing.in_work, standing.newest.number) == (None, 1)
    assert [(one.number, one.state) for one in library.drafts.history("hours")] == [(2, DROPPED), (1, PUBLISHED)]
    assert library.edited(audience=["media"]).number == 3


@pytest.mark.parametrize("step", ["drop", "unschedule"])
@pytest.mark.parametrize("article", ["hours", "nothing"])
def test_without_a_version_in_work_there_is_nothing_to_do(library: Library, step: str, article: str) -> None:
    """No step is possible on an article that nobody works on, or that does not exist."""
    with pytest.raises(LookupError):
        getattr(library.drafts, step)(article)
    with pytest.raises(LookupError):
        library.drafts.review(article, "Ben", edits=0)


def test_going_back_makes_a_new_version_of_the_old_text(library: Library) -> None:
    """An earlier published text comes back as a version that needs no second review, and says where it is from."""
    first = library.standing().newest.document
    library.published(audience=["media"], questions=more_questions(first))
    back = library.drafts.roll_back("hours", 1, "Ana")
    assert (back.number, back.state, back.document, back.origin) == (3, REVIEWED, first, {"version": 1})
    assert (back.authors, library.standing().in_work) == (("Ana",), back)
    standing = library.standing()
    assert standing.published
    assert standing.published.number == 2


def test_one_does_not_go_back_to_what_never_was(library: Library) -> None:
    """A version that was never published, one that does not exist, or a draft in the way: nothing is made."""
    library.edited(audience=["media"])
    with pytest.raises(EditRefused, match="in_work"):
        library.drafts.roll_back("hours", 1, "Ana")
    library.drafts.drop("hours")
    with pytest.raises(EditRefused, match="never_published"):
        library.drafts.roll_back("hours", 2, "Ana")
    for article, number in (("hours", 9), ("nothing", 1)):
        with pytest.raises(LookupError):
            library.drafts.roll_back(article, number, "Ana")
    assert len(library.drafts.history("hours")) == 2


def test_every_article_stands_in_the_list(library: Library, make_article: Make, new_document: dict[str, Any]) -> None:
    """The list holds each article by id, with what is published and what is in work, as each alone does."""
    library.articles.publish([make_article("address")], NOW)
    library.edited(audience=["media"])
    library.drafts.save(new_document, "Ana", edits=0)
    found = library.drafts.standings()
    numbers = [
        (one.article, one.published and one.published.number, one.in_work and one.in_work.number) for one in found
    ]
    assert numbers == [("address", 1, None), ("hours", 1, 2), ("role", None, 1)]
    assert [library.standing(one.article) for one in found] == found
    assert library.drafts.standing("nothing") is None
    assert library.drafts.get("hours", 9) is None
    assert [one.archived for one in found] == [False, False, False]


def test_an_archived_article_shows_what_was_published_last(library: Library) -> None:
    """An article that was taken out stays in the list with its last published text, also after a draft given up."""
    library.published(audience=["media"])
    archived(library)
    (standing,) = library.drafts.standings()
    assert (standing.archived, standing.published, standing.newest.number) == (True, None, 2)
    assert library.edited(audience=["students"]).number == 3
    assert library.standing().newest.number == 3
    library.drafts.drop("hours")
    assert (library.standing().archived, library.standing().newest.number) == (True, 2)


def test_a_first_draft_given_up_stays_in_the_list(library: Library, new_document: dict[str, Any]) -> None:
    """An article of which nothing but a dropped draft exists is shown, was never archived, and may be begun anew."""
    library.drafts.save(new_document, "Ana", edits=0)
    library.drafts.drop("role")
    standing = library.standing("role")
    assert (standing.newest.state, standing.archived) == (DROPPED, False)
    assert library.drafts.save(new_document, "Ben", edits=0).number == 2


def test_drafts_are_seen_by_every_process(library: Library, calendar: Any, database: Any) -> None:
    """What one process saves another reads."""
    draft = library.edited(audience=["media"])
    assert Drafts(database, calendar, library.now).standing("hours") == library.standing()
    assert library.standing().in_work == draft

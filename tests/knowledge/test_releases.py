"""What is published: trials, publications with and without one, archiving, and which matchers are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.db import Database
from bot.knowledge.article import Article, article_document
from bot.knowledge.editing import PUBLISHED, REVIEWED, EditRefused
from bot.knowledge.release import ARCHIVE, IMPORT, PUBLISH, REFIT
from bot.knowledge.releases import Releases
from bot.knowledge.tables import matchers
from bot.knowledge.trials import FAILED, READY, RUNNING, USED, WAITING
from tests.cast import NOVEMBER as NOW
from tests.knowledge.conftest import BREAKS, NO_MEMORY, Library, more_questions

Make = Callable[..., Article]
TEXT = {"answer": {"fr": "Un autre texte.", "en": "Another text."}}


def kept(database: Database) -> list[bytes]:
    """The matchers in the database, oldest first."""
    with database.reading() as connection:
        return list(connection.execute(sa.select(matchers.c.content).order_by(matchers.c.id)).scalars())


def in_use(library: Library) -> bytes | None:
    """The matcher of the last release; None for the trained model's own."""
    latest = library.releases.latest()
    assert latest
    return library.releases.matcher(latest.matcher) if latest.matcher is not None else None


def state(library: Library, trial: int) -> str:
    """How a trial stands."""
    found = library.releases.trials.find(trial)
    assert found
    return found.state


def refused(library: Library, code: str, article: str = "hours", reason: str | None = None) -> None:
    """Check that publishing is refused with this code, and that nothing changed by it."""
    before = library.releases.latest(), library.standing(article), library.articles.get(article)
    with pytest.raises(EditRefused, match=f"^{code}$"):
        library.releases.publish(article, "Cleo", reason)
    assert (library.releases.latest(), library.standing(article), library.articles.get(article)) == before


def archiving(library: Library, article: str = "hours", **done: Any) -> int:
    """A trial of taking an article out, done."""
    published = library.standing(article).published
    assert published
    trial = library.releases.trials.ask(ARCHIVE, "Ana", article=article, version=published.number)
    library.done(trial, **done)
    return trial


def test_before_the_first_release_there_is_none(database: Database) -> None:
    """An empty knowledge base has no release, and what is in use is the trained model's own matcher."""
    releases = Releases(database, lambda: NOW)
    assert (releases.latest(), releases.recent(), releases.needs_refit()) == (None, [], False)
    assert (
        releases.trials.take(),
        releases.trials.find(1),
        releases.trials.of_article("hours"),
        releases.matcher(1),
    ) == (None,) * 4
    releases.use_own()
    assert releases.latest() is None


def test_an_import_is_a_release(library: Library) -> None:
    """The first import is the first release, with the trained model's own matcher."""
    latest = library.releases.latest()
    assert latest
    assert (latest.action, latest.at, latest.article, latest.matcher) == (IMPORT, NOW, None, None)


def test_other_words_of_an_answer_need_no_trial(library: Library) -> None:
    """What teaches the matcher nothing is published at once, and the matcher in use stays."""
    library.published()
    library.reviewed(**TEXT)
    assert not library.releases.needs_trial("hours")
    library.pass_by(hours=1)
    release = library.releases.publish("hours", "Cleo", None)
    assert (release.action, release.article, release.version, release.officer) == (PUBLISH, "hours", 3, "Cleo")
    assert (release.at, in_use(library)) == (library.moment, b"fitted")
    article = library.articles.get("hours")
    assert article
    assert article.answer == TEXT["answer"]


def test_other_questions_need_a_trial(library: Library, make_article: Make) -> None:
    """Other sample questions, a new article, and one that was archived teach something; so nothing goes untried."""
    library.reviewed()
    assert library.releases.needs_trial("hours")
    refused(library, "no_trial")
    new = article_document(make_article("role"))
    library.drafts.save(new, "Ana", edits=0)
    library.drafts.review("role", "Ben", edits=1)
    assert library.releases.needs_trial("role")
    refused(library, "no_trial", "role")
    library.drafts.drop("hours")
    archiving(library)
    library.releases.archive("hours", "Cleo", None)
    library.reviewed(**TEXT)
    assert library.releases.needs_trial("hours")
    refused(library, "no_trial")


def test_a_publication_brings_the_matcher_of_its_trial(library: Library) -> None:
    """What was tried is published: the version, who did it and when, and the matcher that was fitted for it."""
    version = library.reviewed()
    trial = library.tried(matcher=b"with the new questions")
    library.pass_by(minutes=5)
    release = library.releases.publish("hours", "Cleo", None)
    assert in_use(library) == b"with the new questions"
    assert (release.version, release.reason) == (version.number, None)
    published = library.standing().published
    assert published
    assert (published.state, published.published_by, published.published_at) == (PUBLISHED, "Cleo", library.moment)
    assert library.standing().in_work is None
    article = library.articles.get("hours")
    assert article
    assert article_document(article) == version.document
    assert (state(library, trial), library.releases.trials.of_article("hours")) == (USED, None)


def test_an_unreviewed_version_is_not_published(library: Library) -> None:
    """A draft, or nothing at all, is not published, whatever was tried."""
    refused(library, "not_reviewed")
    library.edited(questions=more_questions(library.standing().newest.document))
    library.tried()
    refused(library, "not_reviewed")
    with pytest.raises(EditRefused, match="not_reviewed"):
        library.releases.publish("nothing", "Cleo", None)


def test_known_answers_break_only_for_a_reason(library: Library) -> None:
    """Where a question that is answered well now would not be, somebody says why, and it is kept."""
    library.reviewed()
    library.tried(changes=[BREAKS, {**BREAKS, "kind": "mended"}])
    trial = library.releases.trials.of_article("hours")
    assert trial
    assert trial.broken == [BREAKS]
    for reason in (None, "", "  \n"):
        refused(library, "reason", reason=reason)
    release = library.releases.publish("hours", "Cleo", "the office moves")
    published = library.standing().published
    assert published
    assert (release.reason, published.reason) == ("the office moves", "the office moves")


def test_mended_and_moved_answers_need_no_reason(library: Library) -> None:
    """Only what breaks holds a publication up."""
    library.reviewed()
    library.tried(changes=[{**BREAKS, "kind": kind} for kind in ("mended", "moved", "taken")])
    assert library.releases.publish("hours", "Cleo", None).version == 2


def test_a_draft_edited_since_its_trial_is_tried_again(library: Library) -> None:
    """A trial of other words says nothing of what was edited after it."""
    library.reviewed()
    library.tried()
    draft = library.edited(questions=more_questions(library.standing().newest.document))
    library.drafts.review("hours", "Ben", edits=draft.edits)
    refused(library, "no_trial")
    library.tried()
    assert library.releases.publish("hours", "Cleo", None).version == 2


def test_problems_are_looked_at_again_at_publication(library: Library, make_article: Make) -> None:
    """What nothing stood in the way of at its review is not published once something does."""
    library.reviewed()
    library.tried()
    library.pass_by(days=3000)
    refused(library, "problems")
    assert library.standing().published.number == 1
    assert library.standing().in_work.state == REVIEWED


def test_where_problems_cannot_be_seen_nothing_is_published(library: Library, database: Database) -> None:
    """A process that only looks at releases publishes none."""
    library.reviewed(audience=["media"])
    with pytest.raises(EditRefused, match="problems"):
        Releases(database, library.now).publish("hours", "Cleo", None)


def test_a_refit_is_never_the_librarians(library: Library) -> None:
    """It is under way from the moment it is asked for, also when a librarian begins its work."""
    number = library.releases.trials.ask(REFIT, "guichet")
    library.releases.trials.give_back()
    assert library.releases.trials.take() is None
    library.releases.trials.finish(number, {}, b"fitted anew")
    library.releases.refitted(number)
    assert in_use(library) == b"fitted anew"


def test_a_trial_on_another_base_is_done_again(library: Library, make_article: Make) -> None:
    """After something else was published, imported or archived, the trial lacks it and is not used."""
    library.articles.publish([make_article("role")], NOW)
    library.reviewed("role")
    library.tried("role")
    library.published("hours")
    refused(library, "no_trial", "role")
    library.tried("role")
    library.articles.publish([make_article("address")], NOW)
    refused(library, "no_trial", "role")
    library.tried("role")
    archiving(library, "address")
    library.releases.archive("address", "Cleo", None)
    refused(library, "no_trial", "role")
    library.tried("role", matcher=b"all of it")
    library.releases.publish("role", "Cleo", None)
    assert in_use(library) == b"all of it"


@pytest.mark.parametrize("how", ["waiting", "running", "failed", "of archiving", "of another version"])
def test_only_a_finished_trial_of_the_same_counts(library: Library, how: str) -> None:
    """A trial that waits, runs or failed, one of archiving, or one of a version given up is none."""
    version = library.reviewed()
    if how == "of archiving":
        archiving(library)
    elif how == "of another version":
        library.tried()
        library.drafts.drop("hours")
        assert library.reviewed().edits == version.edits
    else:
        trial = library.asked()
        if how != "waiting":
            assert library.releases.trials.take()
        if how == "failed":
            library.releases.trials.fail(trial, NO_MEMORY)
    refused(library, "no_trial")


def test_of_two_publications_at_once_one_is_refused(library: Library, make_article: Make) -> None:
    """Two articles tried on the same base and published in one moment: the second's matcher would lack the first."""
    pairs = [(f"role-{number}", f"address-{number}") for number in range(6)]
    library.articles.publish([make_article(article) for pair in pairs for article in pair], NOW)
    together = threading.Barrier(2)

    def publish(article: str) -> str:
        together.wait(10)
        try:
            library.releases.publish(article, "Cleo", None)
        except EditRefused as refusal:
            return refusal.code
        return "published"

    with ThreadPoolExecutor(2) as pool:
        for pair in pairs:
            for article in pair:
                library.reviewed(article)
                library.tried(article)
            assert sorted(pool.map(publish, pair)) == ["no_trial", "published"]


def test_archiving_takes_an_article_out(library: Library) -> None:
    """An archived article is no longer found, its history stays, and the matcher of the trial is in use."""
    trial = archiving(library, matcher=b"without")
    release = library.releases.archive("hours", "Cleo", None)
    assert (release.action, release.article, release.version, release.officer) == (ARCHIVE, "hours", 1, "Cleo")
    assert library.articles.get("hours") is None
    assert library.articles.all() == []
    assert (in_use(library), state(library, trial)) == (b"without", USED)
    assert library.standing().archived


def test_archiving_is_tried_first_and_may_need_a_reason(library: Library) -> None:
    """An article is not taken out untried, nor where answers break without a reason, nor twice."""

    def refused_with(code: str, article: str = "hours") -> None:
        with pytest.raises(EditRefused, match=f"^{code}$"):
            library.releases.archive(article, "Cleo", None)

    refused_with("not_published", "nothing")
    refused_with("no_trial")
    library.reviewed()
    library.tried()
    refused_with("no_trial")
    library.drafts.drop("hours")
    archiving(library)
    library.published()
    refused_with("no_trial")
    archiving(library, changes=[BREAKS])
    refused_with("reason")
    assert library.articles.get("hours")
    assert library.releases.archive("hours", "Cleo", "nobody asks").reason == "nobody asks"
    refused_with("not_published")


def test_a_new_trial_takes_the_place_of_the_former(library: Library, make_article: Make) -> None:
    """Of one article's trials the last one counts; another article's is left alone."""
    library.articles.publish([make_article("role")], NOW)
    library.reviewed("role")
    other = library.tried("role")
    library.reviewed()
    first = library.tried()
    second = library.asked()
    found = library.releases.trials.of_article("hours")
    assert found
    assert (found.id, found.state, found.asked_by, found.asked_at) == (second, WAITING, "Ana", NOW)
    assert (state(library, first), state(library, other)) == (USED, READY)


def test_trials_are_done_in_the_order_they_were_asked_for(library: Library, make_article: Make) -> None:
    """The one that has waited longest is taken first, each once; what was left half done is done again."""
    library.articles.publish([make_article("role")], NOW)
    library.reviewed("role")
    library.reviewed("hours")
    asked = [library.asked("role"), library.asked("hours")]
    taken = [library.releases.trials.take(), library.releases.trials.take()]
    assert [trial and trial.id for trial in taken] == asked
    assert library.releases.trials.take() is None
    assert [state(library, trial) for trial in asked] == [RUNNING, RUNNING]
    library.releases.trials.finish(asked[0], {"n": 0}, b"fitted")
    library.releases.trials.give_back()
    again = library.releases.trials.take()
    assert again
    assert (again.id, library.releases.trials.take()) == (asked[1], None)


def test_a_failure_is_kept_with_its_trial(library: Library) -> None:
    """A trial that could not be done says so and since when, and may be asked for again."""
    library.reviewed()
    trial = library.asked()
    assert library.releases.trials.take()
    library.pass_by(minutes=1)
    library.releases.trials.fail(trial, NO_MEMORY)
    found = library.releases.trials.of_article("hours")
    assert found
    assert (found.state, found.result, found.done_at) == (
        FAILED,
        {"error": "memory", "detail": "MemoryError"},
        library.moment,
    )
    assert found.broken == []


def test_what_comes_too_late_changes_nothing(library: Library, database: Database) -> None:
    """A result or failure of a trial that was asked for anew meanwhile is not taken, and its matcher is not kept."""
    library.reviewed()
    late = library.asked()
    assert library.releases.trials.take()
    fresh = library.asked()
    library.releases.trials.finish(late, {"n": 1}, b"late")
    library.releases.trials.fail(late, NO_MEMORY)
    assert (state(library, late), state(library, fresh), kept(database)) == (USED, WAITING, [])


def test_the_releases_are_told_newest_first(library: Library) -> None:
    """The list of releases begins with the last, and is as long as asked for."""
    library.published()
    archiving(library)
    library.releases.archive("hours", "Cleo", None)
    assert [release.action for release in library.releases.recent()] == [ARCHIVE, PUBLISH, IMPORT]
    assert [release.action for release in library.releases.recent(2)] == [ARCHIVE, PUBLISH]


def test_every_step_changes_what_pages_watch(library: Library) -> None:
    """A page that shows the knowledge base hears of each step, and of nothing where nothing happens."""
    seen = [library.releases.version()]

    def noted(_done: Any) -> None:
        assert library.releases.version() not in seen
        seen.append(library.releases.version())
        assert library.releases.version() == seen[-1]

    noted(library.edited(questions=more_questions(library.standing().newest.document)))
    noted(library.edited(audience=["media"]))
    noted(library.drafts.review("hours", "Ben", edits=2))
    noted(library.asked())
    trial = library.releases.trials.take()
    noted(trial)
    assert trial
    noted(library.releases.trials.finish(trial.id, {}, b"fitted"))
    noted(library.drafts.schedule("hours", NOW.replace(year=2027), None))
    noted(library.releases.publish("hours", "Cleo", None))
    noted(library.edited(audience=["students"]))
    noted(library.drafts.drop("hours"))

"""Matchers that are kept, dropped and fitted anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.db import Database
from bot.knowledge import releases as module
from bot.knowledge.editing import EditRefused
from bot.knowledge.release import REFIT, matcher_code
from tests.cast import NOVEMBER as NOW
from tests.knowledge.conftest import Library
from tests.knowledge.test_releases import Make, in_use, kept


def test_unused_matchers_are_dropped(library: Library, database: Database) -> None:
    """Of the many matchers that trials and releases make, those of the last two releases and of open trials stay."""
    for number in range(4):
        library.published(matcher=b"release %d" % number)
    assert kept(database) == [b"release 2", b"release 3"]
    assert in_use(library) == b"release 3"
    library.reviewed()
    for number in range(3):
        library.tried(matcher=b"trial %d" % number)
    assert kept(database) == [b"release 2", b"release 3", b"trial 2"]
    library.asked()
    library.published("hours")
    assert kept(database) == [b"release 3", b"fitted"]


def test_the_matcher_in_use_is_never_dropped(library: Library, database: Database) -> None:
    """However often texts are published or imported without a new matcher, the one in use stays."""
    library.published(matcher=b"in use")
    for number in range(4):
        library.reviewed(answer={"fr": f"Texte {number}.", "en": f"Text {number}."})
        library.releases.publish("hours", "Cleo", None)
        library.reviewed()
        library.tried(matcher=b"never used")
        library.drafts.drop("hours")
        assert in_use(library) == b"in use"
    assert kept(database) == [b"in use", b"never used"]


def test_a_matcher_of_other_code_is_not_read(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A matcher fitted by another version of the code is not given out, and it is known that it must be fitted anew."""
    library.releases.use_own()
    assert not library.releases.needs_refit()
    release = library.published()
    assert release.matcher is not None
    assert not library.releases.needs_refit()
    monkeypatch.setattr(module, "matcher_code", lambda: "another")
    assert library.releases.needs_refit()
    assert not library.releases.is_rejected()
    assert library.releases.matcher(release.matcher) is None
    library.releases.use_own()
    assert not library.releases.needs_refit()


def test_a_matcher_that_cannot_be_read_is_given_to_nobody(library: Library) -> None:
    """Once somebody found that it cannot be read, it is not given out any more, until another is fitted."""
    release = library.published()
    assert release.matcher is not None
    library.releases.reject(release.matcher)
    assert library.releases.matcher(release.matcher) is None
    assert (library.releases.is_rejected(), library.releases.needs_refit()) == (True, True)
    library.releases.refitted(refitting(library))
    assert (library.releases.is_rejected(), library.releases.needs_refit()) == (False, False)


def test_what_was_imported_is_learnt_by_a_refit_or_known_to_the_models_own(
    library: Library, make_article: Make
) -> None:
    """An import changes no matcher: one must be fitted, unless the model was trained on what is published now."""
    assert library.releases.needs_refit()
    library.releases.refitted(refitting(library))
    assert not library.releases.needs_refit()
    library.articles.publish([make_article("role")], NOW)
    assert library.releases.needs_refit()
    library.releases.use_own()
    assert not library.releases.needs_refit()


def test_a_refit_under_way_is_known(library: Library) -> None:
    """Who would refit knows whether another does, and since when."""
    number = library.releases.trials.ask(REFIT, "guichet")
    assert library.releases.trials.is_refitting(library.moment)
    assert not library.releases.trials.is_refitting(library.moment + timedelta(seconds=1))
    library.releases.trials.finish(number, {}, b"refitted")
    assert not library.releases.trials.is_refitting(library.moment)


def test_the_code_of_a_matcher_is_that_of_what_it_is_made_of() -> None:
    """The mark of the code is the same each time, and as long as the table has room for."""
    matcher_code.cache_clear()
    first = matcher_code()
    matcher_code.cache_clear()
    assert matcher_code() == first
    assert len(first) == 64


def test_the_models_own_matcher_comes_back_into_use(library: Library) -> None:
    """Where what is published is what the model was trained on, its own matcher is used; twice is one release."""
    library.published()
    library.releases.use_own()
    latest = library.releases.latest()
    assert latest
    assert (latest.action, latest.matcher) == (REFIT, None)
    library.releases.use_own()
    assert library.releases.latest() == latest


def refitting(library: Library, matcher: bytes = b"refitted") -> int:
    """A trial that changes nothing but the matcher, done."""
    trial = library.releases.trials.ask(REFIT, "guichet")
    library.done(trial, matcher=matcher)
    return trial


def test_a_matcher_fitted_anew_is_put_into_use(library: Library) -> None:
    """A refit is a release of its own; nothing but the matcher changes."""
    library.published()
    before = library.standing()
    release = library.releases.refitted(refitting(library))
    assert (release.action, release.article, release.officer, in_use(library)) == (REFIT, None, None, b"refitted")
    assert library.standing() == before


def test_a_refit_is_not_used_unless_it_fits_what_is_published(library: Library) -> None:
    """A refit that is not done, was used already, or lacks what was published since is not put into use."""
    waiting = library.releases.trials.ask(REFIT, "guichet")
    used = refitting(library)
    library.releases.refitted(used)
    late = refitting(library, b"without the publication")
    library.published(matcher=b"the publication")
    for trial in (waiting, used, late, 999):
        with pytest.raises(EditRefused, match="no_trial"):
            library.releases.refitted(trial)
    assert in_use(library) == b"the publication"

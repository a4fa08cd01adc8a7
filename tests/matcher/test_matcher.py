"""The matcher, on a handful of examples: what it learns, how it ranks, what it makes of a ranking."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from bot.matcher.encoder import DIMENSIONS, shared_encoder
from bot.matcher.matcher import MIN_OPTION, Example, Match, Matcher, NotFitted, Ranking, Thresholds, choose_thresholds

QUESTIONS = {
    ("address", "fr"): ["Quelle est votre adresse ?", "Où êtes-vous situés ?", "Adresse postale du ministère"],
    ("address", "en"): ["What is your address?", "Where are you located?", "The ministry's mailing address"],
    ("hours", "fr"): ["Quelles sont vos heures d'ouverture ?", "À quelle heure fermez-vous ?", "Ouvert le lundi ?"],
    ("hours", "en"): ["What are your opening hours?", "At what time do you close?", "Open on Monday?"],
    ("complaint", "fr"): ["Comment porter plainte ?", "Je veux faire une plainte", "Délai de traitement d'une plainte"],
    # Nothing in English: what a complaint is must come over from French.
    (None, "fr"): ["Quel temps fait-il ?", "Recette de pouding chômeur", "Qui a gagné le match hier ?"],
    (None, "en"): ["What is the weather like?", "Pudding recipe", "Who won the game yesterday?"],
}
EXAMPLES = [Example(article, lang, text) for (article, lang), texts in QUESTIONS.items() for text in texts]
ASKED = ["votre adresse svp", "when do you open", "I want to complain", "pizza", "", "🙂", "x" * 2000]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """A matcher fitted on the examples above."""
    return Matcher().fit(EXAMPLES)


def ranking(*probabilities: float, answer: float = 0.6, clarify: float = 0.3) -> Ranking:
    """A ranking of articles a, b, c … with these probabilities."""
    return Ranking(tuple(Match(a, p) for a, p in zip("abcdef", probabilities)), Thresholds(answer, clarify))


def same(one: Ranking, other: Ranking, within: float = 1e-5) -> bool:
    """Whether two rankings are equal; the last bits of a vector depend on how the sums are ordered."""
    return [match.article for match in one.matches] == [match.article for match in other.matches] and np.allclose(
        [match.probability for match in one.matches], [match.probability for match in other.matches], atol=within
    )


@pytest.mark.parametrize(
    "text, lang, article",
    [
        ("quelle est l'adresse du ministère", "fr", "address"),
        ("QUELLE EST VOTRE ADRESSE", "fr", "address"),
        ("kel est votre adrese", "fr", "address"),
        ("whats ur adress", "en", "address"),
        ("vous fermez a quelle heure", "fr", "hours"),
        ("what time do you close today", "en", "hours"),
        ("je voudrais porter plainte contre un employé", "fr", "complaint"),
        ("How do I make a complaint?", "en", "complaint"),
    ],
)
def test_a_question_in_other_words_finds_its_article(matcher: Matcher, text: str, lang: str, article: str) -> None:
    """Other words, lost accents, typos, or a language in which the article has no question: the article is first."""
    assert matcher.rank(text, lang).matches[0].article == article


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.article], ids=lambda example: example.text)
def test_a_sample_question_finds_its_article_surely(matcher: Matcher, example: Example) -> None:
    """A question that the matcher has learnt is answered with its article."""
    found = matcher.rank(example.text, example.lang)
    assert found.matches[0].article == example.article
    assert found.outcome == "answered"


@pytest.mark.parametrize("text, lang", [("recette de pizza", "fr"), ("who won the match", "en")])
def test_what_nobody_answers_is_not_answered(matcher: Matcher, text: str, lang: str) -> None:
    """A message like those that no article answers gets no answer."""
    assert matcher.rank(text, lang).outcome != "answered"


@pytest.mark.parametrize("text", ASKED, ids=lambda text: text[:20] or "empty")
def test_a_ranking_is_of_articles_by_probability(matcher: Matcher, text: str) -> None:
    """Whatever is asked, each article stands once, the likeliest first, and never "none of these"."""
    matches = matcher.rank(text, "fr").matches
    probabilities = [match.probability for match in matches]
    assert {match.article for match in matches} == {"address", "hours", "complaint"}
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= probability <= 1 for probability in probabilities)
    assert sum(probabilities) <= 1 + 1e-6


@pytest.mark.parametrize("limit, count", [(0, 0), (1, 1), (2, 2), (5, 3)])
def test_a_ranking_is_no_longer_than_asked(matcher: Matcher, limit: int, count: int) -> None:
    """At most `limit` matches come back, and they are the first ones."""
    whole = [match.article for match in matcher.rank("votre adresse", "fr").matches]
    assert [match.article for match in matcher.rank("votre adresse", "fr", limit=limit).matches] == whole[:count]


def test_a_vector_that_is_known_need_not_be_made(matcher: Matcher) -> None:
    """Given the sentence vector, the matcher ranks the same and encodes nothing."""

    class NoEncoder:
        def encode_messages(self, texts: object) -> np.ndarray:
            raise AssertionError("encoded")

    text = "À quelle heure fermez-vous le lundi ?"
    vector = shared_encoder().encode_messages([text])[0]
    silent = Matcher(NoEncoder()).fit(EXAMPLES, shared_encoder().encode_messages([e.text for e in EXAMPLES]))
    assert same(silent.rank(text, "fr", vector), matcher.rank(text, "fr"))


def test_the_vector_of_a_sentence_does_not_depend_on_its_neighbours() -> None:
    """A sentence has one unit vector, alone or in a batch with longer ones, in the order of the texts."""
    texts = [f"Quelle est votre adresse ? {'et alors ' * n}" for n in (12, 0, 40, 3)] * 9
    together = shared_encoder().encode(texts)
    assert together.shape == (36, DIMENSIONS)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-4)
    for i in (0, 1, 2, 3, 35):
        assert np.allclose(together[i], shared_encoder().encode([texts[i]])[0], atol=1e-5)


def test_near_meanings_are_near_across_languages() -> None:
    """A question is nearer to its translation than to another question in its own language."""
    fr, en, other = shared_encoder().encode(
        ["Quelle est votre adresse ?", "What is your address?", "Qui a gagné le match ?"]
    )
    assert fr @ en > 0.6 > fr @ other


def test_a_message_has_the_vector_of_the_sentence_that_asks() -> None:
    """Beside the vector of the whole stands that of the sentence that asks; of one sentence both are the same."""
    story = "J'ai appelé trois fois. À quelle heure fermez-vous ? Merci."
    both = shared_encoder().encode_messages([story, "À quelle heure fermez-vous ?"])
    assert both.shape == (2, 2 * DIMENSIONS)
    assert np.allclose(both[0, DIMENSIONS:], both[1, DIMENSIONS:], atol=1e-5)
    assert np.allclose(both[1, :DIMENSIONS], both[1, DIMENSIONS:])
    assert not np.allclose(both[0, :DIMENSIONS], both[0, DIMENSIONS:], atol=0.1)


def test_many_texts_are_encoded_as_few_are() -> None:
    """Texts encoded by several threads have the vectors that they have alone, in their order."""
    texts = [f"question numéro {number} sur les heures" for number in range(300)]
    together = shared_encoder().encode(texts)
    for i in (0, 1, 150, 299):
        assert np.allclose(together[i], shared_encoder().encode([texts[i]])[0], atol=1e-5)


def test_no_texts_have_no_vectors() -> None:
    """Encoding nothing gives no rows of the right width."""
    assert shared_encoder().encode([]).shape == (0, DIMENSIONS)


def test_fitting_again_gives_the_same(matcher: Matcher) -> None:
    """The same examples give the same thresholds and, to the machine's tolerance, the same probabilities."""
    again = Matcher().fit(EXAMPLES)
    assert again.thresholds.answer == pytest.approx(matcher.thresholds.answer, abs=0.02)
    assert again.thresholds.clarify == pytest.approx(matcher.thresholds.clarify, abs=0.02)
    assert all(same(again.rank(text, "fr"), matcher.rank(text, "fr"), within=0.01) for text in ASKED)


def test_a_saved_matcher_ranks_the_same(matcher: Matcher, tmp_path: Path) -> None:
    """What `save` writes into a new folder, `load` reads back: the same rankings and thresholds."""
    path = tmp_path / "new" / "matcher.joblib"
    matcher.save(path)
    loaded = Matcher.load(path)
    assert loaded.thresholds == matcher.thresholds
    assert all(same(loaded.rank(text, "fr"), matcher.rank(text, "fr")) for text in ASKED)


def test_threads_may_rank_at_once(matcher: Matcher) -> None:
    """One matcher serves several threads, each with the ranking of its own message."""
    expected = {text: matcher.rank(text, "fr") for text in ASKED}
    wrong: list[str] = []

    def ask() -> None:
        wrong.extend(text for text in ASKED * 3 if not same(matcher.rank(text, "fr"), expected[text]))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_matcher_must_be_fitted_first() -> None:
    """Ranking before fitting is an error that says so."""
    with pytest.raises(NotFitted):
        Matcher().rank("votre adresse", "fr")


def test_examples_of_one_label_teach_nothing() -> None:
    """Fewer than two labels are an error."""
    with pytest.raises(ValueError):
        Matcher().fit([example for example in EXAMPLES if example.article == "hours"])


def test_an_article_with_a_single_question_is_found() -> None:
    """An article with one sample question cannot be held out, and is learnt like the others."""
    fitted = Matcher().fit([*EXAMPLES, Example("alone", "fr", "Combien coûte le stationnement ?")])
    assert fitted.rank("le stationnement coûte combien", "fr").matches[0].article == "alone"


# Going on from an answer


@pytest.mark.parametrize(
    "after, text, article",
    [("address", "et les heures ?", "hours"), ("hours", "et l'adresse ?", "address"), ("hours", "where?", "address")],
)
def test_a_message_that_goes_on_gets_another_article(matcher: Matcher, after: str, text: str, article: str) -> None:
    """Who asks on after an answer wants what is near to it, and not the same again."""
    assert matcher.rank(text, "fr", after=after).matches[0].article == article


def test_going_on_makes_the_near_likelier_and_the_given_impossible(matcher: Matcher) -> None:
    """The article just given gets no probability, and what has no article does not become likelier."""
    alone, on = matcher.rank("et pour une plainte ?", "fr"), matcher.rank("et pour une plainte ?", "fr", after="hours")
    assert {match.article: match.probability for match in on.matches}["hours"] == 0
    assert sum(match.probability for match in on.matches) >= sum(match.probability for match in alone.matches) - 0.2
    assert on.matches[0].article == "complaint"


@pytest.mark.parametrize("after", ["hours", "address", "no-such-article", None])
def test_a_whole_question_stands_alone(matcher: Matcher, after: str | None) -> None:
    """A question that says all is ranked alike whatever was answered before, also when it is asked again."""
    text = "Quelle est votre adresse ?"
    assert same(matcher.rank(text, "fr", after=after), matcher.rank(text, "fr"))


def test_a_saved_matcher_goes_on_the_same(matcher: Matcher, tmp_path: Path) -> None:
    """What goes on from what is saved too."""
    matcher.save(tmp_path / "matcher.joblib")
    loaded = Matcher.load(tmp_path / "matcher.joblib")
    assert same(
        loaded.rank("et les heures ?", "fr", after="address"), matcher.rank("et les heures ?", "fr", after="address")
    )


def test_a_matcher_may_know_articles_alone() -> None:
    """Without messages that no article answers, the articles still rank, and their probabilities sum to 1."""
    found = Matcher().fit([example for example in EXAMPLES if example.article]).rank("votre adresse", "fr")
    assert found.matches[0].article == "address"
    assert sum(match.probability for match in found.matches) == pytest.approx(1, abs=1e-5)


# What is made of a ranking


@pytest.mark.parametrize(
    "first, outcome",
    [
        (1.0, "answered"),
        (0.6, "answered"),
        (0.599, "clarify"),
        (0.3, "clarify"),
        (0.299, "unanswered"),
        (0.0, "unanswered"),
    ],
)
def test_the_first_probability_decides_the_outcome(first: float, outcome: str) -> None:
    """From the first threshold on it is answered, from the second asked back, below not answered."""
    assert ranking(first).outcome == outcome


def test_an_empty_ranking_is_unanswered() -> None:
    """Where no article is ranked there is nothing to say or to offer."""
    assert ranking().outcome == "unanswered"
    assert ranking().options == ()


def test_options_are_three_at_most_and_likely_enough() -> None:
    """A question back offers the first three matches, without those that are hardly likely."""
    assert [match.article for match in ranking(0.4, 0.2, 0.1, 0.09).options] == ["a", "b", "c"]
    assert [match.article for match in ranking(0.4, MIN_OPTION, MIN_OPTION - 0.001).options] == ["a", "b"]
    assert ranking(0.01, 0.01).options == ()


# How the thresholds are chosen

CLASSES = np.array(["", "a", "b"])


def chances(*rows: tuple[float, float]) -> np.ndarray:
    """Held-out probabilities of the articles a and b; the rest is "none"."""
    return np.array([(1 - a - b, a, b) for a, b in rows])


def test_thresholds_leave_the_wrong_unanswered() -> None:
    """Where the right are sure and the unanswerable are low, both thresholds lie between them."""
    rows = chances((0.9, 0.05), (0.05, 0.9), (0.1, 0.1), (0.2, 0.1))
    found = choose_thresholds(rows, CLASSES, [["a"], ["b"], [""], [""]])
    assert 0.2 < found.clarify <= found.answer <= 0.9


def test_a_wrong_answer_costs_more_than_a_right_one_wins() -> None:
    """One wrong answer to three right of the same probability is enough to ask back instead."""
    rows = chances(*[(0.7, 0.2)] * 40)
    found = choose_thresholds(rows, CLASSES, [["a"], ["a"], ["a"], ["b"]] * 10)
    assert found.clarify <= 0.7 < found.answer


def test_where_the_worth_is_flat_more_is_answered() -> None:
    """A threshold that is better by one message in hundreds, as chance has it, does not keep the others unanswered."""
    sure, less = [(0.95, 0.01)] * 200, [(0.8, 0.05)] * 40
    right = [["a"]] * 200 + [["a"]] * 34 + [["b"]] * 6  # of the less sure, answering wins a little less than asking
    assert choose_thresholds(chances(*sure, *less), CLASSES, right).answer <= 0.8


def test_what_cannot_be_clarified_is_not_asked() -> None:
    """Where a question back would hold no right article, none is asked."""
    rows = chances((0.5, 0.2), (0.5, 0.2), (0.95, 0.01))
    found = choose_thresholds(rows, CLASSES, [[""], [""], ["a"]])
    assert found.clarify > 0.5


def test_to_clarify_takes_no_more_than_to_answer() -> None:
    """Whatever the probabilities, the threshold to ask back is not above the one to answer."""
    random = np.random.default_rng(5)
    for _ in range(20):
        rows = random.dirichlet((1, 1, 1), size=30)
        found = choose_thresholds(rows, CLASSES, [[str(label)] for label in random.choice(CLASSES, size=30)])
        assert 0.05 <= found.clarify <= found.answer <= 0.95


def test_without_held_out_messages_only_the_surest_is_answered() -> None:
    """Where every article has a single sample question, thresholds cannot be proved, and are high."""
    alone = [
        Example("address", "fr", "Quelle est votre adresse ?"),
        Example("hours", "fr", "Quelles sont vos heures ?"),
    ]
    fitted = Matcher().fit(alone)
    assert fitted.thresholds.answer >= 0.9
    assert fitted.rank("adresse", "fr").matches[0].article == "address"


@pytest.mark.parametrize(
    ("text", "lang", "article"),
    [
        ("Quelle est votre adresse ?", "fr", "address"),
        ("  quelle est VOTRE adresse", "fr", "address"),
        ("où êtes-vous situes", "fr", "address"),
        ("Quelle est votre adresse ?", "en", None),
        ("Quelle est donc votre adresse ?", "fr", None),
        ("Quel temps fait-il ?", "fr", None),
        ("🙂", "fr", None),
    ],
)
def test_an_articles_own_question_is_told(matcher: Matcher, text: str, lang: str, article: str | None) -> None:
    """A sample question, once folded the same, is its article's in its language; nothing else is."""
    assert matcher.own(text, lang) == article


def test_an_articles_own_question_gets_it() -> None:
    """Whatever lies near it: also where every example around it speaks for another article."""
    crowd = [Example("hours", "fr", f"Quelle est votre adresse le {day} ?") for day in ("lundi", "mardi", "jeudi")]
    crowded = Matcher().fit([*EXAMPLES, *crowd, Example("hours", "fr", "Adresse, oui")])
    for example in EXAMPLES:
        found = crowded.rank(example.text, example.lang, after="hours")
        if example.article:
            assert (found.outcome, found.matches[0].article) == ("answered", example.article), example


def test_a_question_that_two_articles_have_is_nobodys_own(tmp_path: Path) -> None:
    """Of two that claim the same words neither has them; a matcher that was kept knows its own questions."""
    shared = [Example("hours", "fr", "Adresse?"), Example("address", "fr", "adresse"), Example(None, "fr", "vide")]
    Matcher().fit([*EXAMPLES, *shared]).save(tmp_path / "matcher.joblib")
    kept = Matcher.load(tmp_path / "matcher.joblib")
    assert kept.own("adresse", "fr") is None
    assert kept.own("vide", "fr") is None
    assert kept.own("open on monday", "en") == "hours"

"""The committed knowledge base states what the declaration of services states, in both languages.

What is expected was typed by hand from the table of facts of the declaration.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.knowledge.article import Article
from bot.knowledge.check import check_corpus
from bot.knowledge.facts import facts
from bot.knowledge.files import Corpus, export_articles
from bot.promises.promise import parse_registry
from tests.cast import DATA

LANGUAGES = ("fr", "en")

ARTICLES = [
    "access-info",
    "address",
    "audiences",
    "complaint",
    "confidentiality",
    "cooperation",
    "cooperation-notice",
    "courtesy",
    "declaration-date",
    "email-standard",
    "humanitarian",
    "internship-eligibility-reply",
    "internship-interview-reply",
    "internship-what",
    "internship-who",
    "missions",
    "missions-evaluation",
    "phone-complaints",
    "phone-hours",
    "phone-montreal",
    "phone-quebec",
    "phone-reply",
    "qwb",
    "role",
    "selection",
]

# What the answers say word for word: article, in French, in English.
STATED = [
    ("phone-quebec", "(418) 649-2300", "(418) 649-2300"),
    ("phone-quebec", "À Québec", "Québec City"),
    ("phone-montreal", "(514) 873-6708", "(514) 873-6708"),
    ("phone-montreal", "Montréal", "Montréal"),
    ("phone-complaints", "(418) 649-2335", "(418) 649-2335"),
    ("phone-hours", "de 8 h 30 à 17 h", "8:30 a.m. to 5:00 p.m."),
    ("phone-hours", "du lundi au vendredi", "Monday to Friday"),
    ("phone-reply", "immédiatement", "immediately"),
    ("email-standard", "quatre jours ouvrables", "four working days"),
    ("cooperation-notice", "15 jours ouvrables", "15 working days"),
    ("cooperation-notice", "suivant la fin des négociations", "following the end of negotiations"),
    ("internship-eligibility-reply", "cinq jours ouvrables", "five working days"),
    ("internship-eligibility-reply", "dépôt officiel", "officially filing"),
    ("internship-interview-reply", "dix jours ouvrables", "ten working days"),
    ("internship-interview-reply", "entrevue", "interview"),
    ("internship-who", "étudiants de maîtrise et de doctorat", "master's and doctoral students"),
    ("internship-who", "Programme de stages dans des organisations internationales gouvernementales", "International"),
    ("internship-what", "chaque année", "each year"),
    ("complaint", "15 jours ouvrables", "15 working days"),
    ("complaint", "réception de votre lettre", "receipt of your letter"),
    ("complaint", "secrétaire général", "Secretary General"),
    ("address", "525, boulevard René-Lévesque Est", "525, boulevard René-Lévesque Est"),
    ("address", "3e étage", "3e étage"),
    ("address", "Québec (Québec) G1R 5R9", "Québec (Québec) G1R 5R9"),
    ("declaration-date", "1er avril 2001", "April 1, 2001"),
    ("declaration-date", "29 septembre 2006", "September 29, 2006"),
    ("declaration-date", "chaque année", "yearly"),
    ("qwb", "Québec sans frontières", "Québec Without Borders"),
    ("humanitarian", "Programme d'aide à l'action humanitaire", "Humanitarian Action Assistance Program"),
    ("missions", "Bureau des missions", "Bureau des missions"),
    ("missions", "premier ministre", "Premier"),
    ("missions-evaluation", "À la fin de chaque mission", "At the end of each mission"),
    ("selection", "équitable et transparente", "fairly and transparently"),
    ("courtesy", "courtoisie", "courteously"),
    ("confidentiality", "confidentiels", "confidential"),
    ("access-info", "information complète", "full information"),
    ("role", "politiques, économiques, sociaux et culturels", "political, economic, social and cultural"),
    ("audiences", "étudiants de maîtrise et de doctorat", "master's and doctoral students"),
    ("audiences", "partenaires gouvernementaux", "government partners"),
    ("cooperation", "soutien opérationnel", "operational support"),
]

# Every number, telephone number, date, time and postal code that an answer may state; the others state none.
FACTS = {
    "phone-quebec": {"tel:4186492300"},
    "phone-montreal": {"tel:5148736708"},
    "phone-complaints": {"tel:4186492335"},
    "phone-hours": {"time:08:30", "time:17:00"},
    "email-standard": {"n:4"},
    "cooperation-notice": {"n:15"},
    "internship-eligibility-reply": {"n:5"},
    "internship-interview-reply": {"n:10"},
    "complaint": {"n:15"},
    "address": {"n:525", "post:G1R5R9"},
    "declaration-date": {"date:2001-04-01", "date:2006-09-29"},
}


def article(corpus: Corpus, article_id: str) -> Article:
    """The committed article with this id."""
    return next(article for article in corpus.articles if article.id == article_id)


def test_the_articles_are_those_of_the_declaration(corpus: Corpus) -> None:
    """The knowledge base holds the twenty-five articles, under ids that never change, and no other."""
    assert sorted(found.id for found in corpus.articles) == ARTICLES
    assert len(ARTICLES) == 25


@pytest.mark.parametrize("article_id, fr, en", STATED, ids=[f"{row[0]}: {row[1]}" for row in STATED])
def test_an_answer_states_what_the_declaration_states(corpus: Corpus, article_id: str, fr: str, en: str) -> None:
    """A fact of the declaration stands word for word in the French and in the English answer."""
    answer = article(corpus, article_id).answer
    assert fr in answer["fr"]
    assert en in answer["en"]


@pytest.mark.parametrize("article_id", ARTICLES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_states_no_number_of_its_own(corpus: Corpus, article_id: str, lang: str) -> None:
    """An answer holds the numbers, dates and times of the declaration, and nothing else of the kind."""
    assert facts(article(corpus, article_id).answer[lang]) == FACTS.get(article_id, set())


@pytest.mark.parametrize("article_id", ARTICLES)
def test_an_article_names_its_source(corpus: Corpus, article_id: str) -> None:
    """Every article comes from the declaration: in effect since April 1, 2001, updated on September 29, 2006."""
    (source,) = article(corpus, article_id).sources
    assert (source.effective, source.updated) == (date(2001, 4, 1), date(2006, 9, 29))
    assert source.document["fr"] == "Déclaration de services du ministère des Relations internationales"
    assert source.document["en"] == "Declaration of services of the Ministère des Relations internationales"


@pytest.mark.parametrize("article_id", ARTICLES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_article_has_fifty_sample_questions_a_language(corpus: Corpus, article_id: str, lang: str) -> None:
    """Each article is taught with at least fifty different questions in each language."""
    assert len(set(article(corpus, article_id).questions[lang])) >= 50


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind, at_least", [("near", 400), ("far", 200)])
def test_there_are_messages_that_no_article_answers(corpus: Corpus, kind: str, at_least: int, lang: str) -> None:
    """The matcher learns what it does not know from hundreds of messages, near and far, in each language."""
    assert len(set(corpus.unanswered[kind][lang])) >= at_least


def test_the_check_finds_nothing(corpus: Corpus, today: date) -> None:
    """The committed knowledge base is clean, and states every promise, as of November 24, 2026."""
    registry = parse_registry(yaml.safe_load((DATA / "promises.yml").read_text(encoding="utf-8")))
    assert check_corpus(corpus, registry, today) == []


def test_an_export_is_the_files_byte_for_byte(corpus: Corpus, tmp_path: Path) -> None:
    """Exporting the knowledge base writes the committed files again, so that a diff shows only what changed."""
    export_articles(corpus.articles, tmp_path)
    committed = {path.name: path.read_bytes() for path in (DATA / "knowledge").glob("*.yml")}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == committed


@pytest.mark.parametrize(
    "promise, days",
    [
        ("email-reply", "n:4"),
        ("internship-eligibility", "n:5"),
        ("internship-interview", "n:10"),
        ("cooperation-analysis", "n:15"),
        ("complaint", "n:15"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_promise_and_its_article_state_the_same_days(corpus: Corpus, promise: str, days: str, lang: str) -> None:
    """The number of days that the clock counts, the promise's text and the article's answer are one number."""
    registry = parse_registry(yaml.safe_load((DATA / "promises.yml").read_text(encoding="utf-8")))
    found = registry.get(promise)
    version = found.on(date(2026, 11, 24))
    assert f"n:{version.working_days}" == days
    assert facts(version.text[lang]) == facts(article(corpus, found.article).answer[lang]) == {days}

"""The check of all data: each file's form, then what the files say of one another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.documents import Document, Place, read_data, read_document
from bot.core.texts import LANGUAGES, Texts
from bot.knowledge.check import check_corpus, check_texts
from bot.knowledge.files import UNANSWERED, load_corpus
from bot.promises.calendar import CalendarError, Holiday, Rule, parse_calendar
from bot.promises.promise import SCHEMA as PROMISES
from bot.promises.promise import parse_registry
from bot.tickets.service import COMPLAINT_PROMISE, QUESTION_PROMISE
from bot.validation import schemas
from bot.validation.messages import check_evaluation
from bot.validation.problem import Problem, in_order
from bot.validation.shape import shape_problems
from bot.validation.training import check_training
from bot.validation.wording import read_values

# What the program needs of an organization's data under a name of its own: name → what for.
PROMISE_ROLES = {
    QUESTION_PROMISE: "which runs on questions",
    COMPLAINT_PROMISE: "which runs on complaints",
}
ARTICLE_ROLES = {
    "email-standard": "which says when questions are answered",
    "internship-eligibility-reply": "which says when an application is answered",
    "internship-interview-reply": "which says when somebody hears after an interview",
    "cooperation-notice": "which says when somebody hears about a project",
    "audiences": "which says whom the services are for",
    "missions-evaluation": "which invites to evaluate a mission",
    "complaint": "which says how to complain",
    "address": "which gives the postal address to those who complain",
    "phone-complaints": "which gives the telephone number to those who complain",
}


def asked_texts() -> dict[str, list[str]]:
    """Every text that the program says, with the names of the values that it fills in."""
    found: dict[str, list[str]] = read_data(Path(__file__).with_name("texts_asked.yml"))
    return found


def check_data(data: Path, now: datetime, knowledge: Path | None = None) -> list[Problem]:
    """Everything that is wrong with the data, by file and line.

    Args:
        data: the folder of data.
        now: the present moment, against which review dates are held.
        knowledge: a folder of articles to look at instead of the data's own.
    """
    return in_order(_Check(data, knowledge or data / "knowledge", now).run())


class _Check:
    """The documents of one folder of data, and what has been found in them."""

    def __init__(self, data: Path, knowledge: Path, now: datetime) -> None:
        self._data, self._knowledge, self._now = data, knowledge, now
        self._documents: dict[Path, Document] = {}
        self._problems: list[Problem] = []
        self._asked = asked_texts()

    def run(self) -> list[Problem]:
        """Look at everything; a file whose form is wrong is not looked at for what it says."""
        if not self._data.is_dir():
            return [Problem(self._data, 1, (), "there is no such folder")]
        organization = self._read("organization.yml", schemas.ORGANIZATION)
        holidays = self._read("holidays.yml", schemas.HOLIDAYS)
        promises = self._read("promises.yml", PROMISES)
        fields = [key.removeprefix("field_") for key in self._asked if key.startswith("field_")]
        dialogues = self._read("dialogues.yml", schemas.dialogues(fields))
        texts = self._read("texts.yml", schemas.TEXTS)
        articles = self._articles()
        for path in sorted(set(self._data.glob("*.yml")) - set(self._documents)):
            self._document(path, {})
        if holidays:
            self._check_holidays(holidays)
        if promises:
            self._check_promises(promises)
        if texts:
            self._check_texts(texts, organization)
        if organization:
            self._check_front_page(organization, articles)
        if dialogues:
            self._check_dialogues(dialogues, promises, organization, articles)
        self._problems += check_training(self._data, self._document)
        if self._knowledge == self._data / "knowledge":  # whose articles the messages are for
            self._problems += check_evaluation(self._data / "evaluation", articles)
        for article in ARTICLE_ROLES:
            if article not in articles:
                self._miss(self._knowledge / f"{article}.yml", f"the article {article!r}", ARTICLE_ROLES[article])
        if not any(problem.stops for problem in self._problems):
            self._check_what_is_said(holidays, promises, texts)
        return self._problems

    # The files, by their form.

    def _document(self, path: Path, schema: Mapping[str, Any]) -> Document | None:
        """The document at `path`; None if it is not of its form, which is told."""
        document = self._documents[path] = read_document(path)
        for line, what in document.faults:
            self._problems.append(Problem(path, line, (), what))
        if document.data is None and document.faults:
            return None
        wrong = list(shape_problems(document.data, schema))
        for place, what in wrong:
            self._tell(path, place, what)
        return None if wrong or document.faults else document

    def _read(self, name: str, schema: Mapping[str, Any]) -> Any:
        document = self._document(self._data / name, schema)
        return document.data if document else None

    def _articles(self) -> set[str]:
        """The ids of the articles, whose files are read; one that is faulty counts, and is told."""
        if not self._knowledge.is_dir():
            self._problems.append(Problem(self._knowledge, 1, (), "there is no such folder"))
            return set()
        paths = sorted(self._knowledge.glob("*.yml"))
        if not paths:
            self._problems.append(Problem(self._knowledge, 1, (), "holds no articles"))
        for path in paths:
            document = self._document(path, schemas.ARTICLE)
            if document and document.data["id"] != path.stem:
                self._tell(path, ("id",), f"the article {document.data['id']!r} is in a file of another name")
        for path in sorted((self._knowledge / UNANSWERED).glob("*.yml")):
            self._document(path, schemas.UNANSWERED)
        return {path.stem for path in paths}

    # What the files say.

    def _check_holidays(self, data: Any) -> None:
        path = self._data / "holidays.yml"
        for number, entry in enumerate(data["holidays"]):
            place = ("holidays", number, "rule")
            rule = Rule(Holiday(entry["id"], "", ""), entry["rule"])
            try:
                if wrong := next((year for year in range(2000, 2028) if rule.on(year).year != year), None):
                    self._tell(path, place, f"falls into another year than {wrong}")
            except (CalendarError, ValueError, OverflowError):
                self._tell(path, place, "is a day that some years, or all, do not have")
        for number, entry in enumerate(data.get("exceptions") or ()):
            for name in ("id", "name"):
                if entry["closed"] and name not in entry:
                    self._tell(path, ("exceptions", number), f"lacks {name!r}, which a closure has")
        try:
            ZoneInfo(data["timezone"])
        except (ValueError, OSError, LookupError):  # as ZoneInfo tells of names that are none
            self._tell(path, ("timezone",), f"{data['timezone']!r} is no time zone such as America/Toronto")
        opens, closes = (time.fromisoformat(data["service_hours"][name]) for name in ("opens", "closes"))
        if opens >= closes:
            self._tell(path, ("service_hours",), "closes before it opens")

    def _check_promises(self, data: Any) -> None:
        path = self._data / "promises.yml"
        seen: set[str] = set()
        for group in ("promises", "without_clock"):
            for number, entry in enumerate(data[group]):
                if entry["id"] in seen:
                    self._tell(path, (group, number, "id"), f"the promise {entry['id']!r} stands twice")
                seen.add(entry["id"])
        for number, entry in enumerate(data["promises"]):
            days = [version["since"] for version in entry["versions"]]
            for count in range(1, len(days)):
                if days[count] <= days[count - 1]:
                    place = ("promises", number, "versions", count, "since")
                    self._tell(path, place, "is not after the version before it")
        if not data["promises"]:
            self._tell(path, ("promises",), "the list is empty")
        for promise, what_for in PROMISE_ROLES.items():
            if promise not in {entry["id"] for entry in data["promises"]}:
                self._miss(path, f"the promise {promise!r}", what_for)

    def _check_texts(self, data: Any, organization: Any) -> None:
        path = self._data / "texts.yml"
        constants = set(organization["values"]) if organization else None
        for key in self._asked:
            if key not in data:
                self._tell(path, (), f"lacks the text {key!r}")
        for key, entry in data.items():
            found = {}
            for lang in LANGUAGES:
                found[lang], wrong = read_values(entry[lang])
                for what in wrong:
                    self._tell(path, (key, lang), what)
                if constants is not None and key in self._asked:
                    for name in sorted(found[lang] - constants - set(self._asked[key])):
                        self._tell(path, (key, lang), f"nothing fills in {{{name}}} here")
            if found["fr"] != found["en"]:
                names = ", ".join(f"{{{name}}}" for name in sorted(found["fr"] ^ found["en"]))
                self._tell(path, (key,), f"one language has {names}, the other has not")

    def _check_front_page(self, data: Any, articles: set[str]) -> None:
        front = data.get("front_page") or {}
        named = [(("articles", number), one) for number, one in enumerate(front.get("articles") or ())]
        starters = enumerate(front.get("starters") or ())
        named += [(("starters", number), one["article"]) for number, one in starters]
        for place, article in named:
            if article not in articles:
                what = f"there is no article {article!r}"
                self._tell(self._data / "organization.yml", ("front_page", *place), what, stops=False)

    def _check_dialogues(self, data: Any, promises: Any, organization: Any, articles: set[str]) -> None:
        path = self._data / "dialogues.yml"
        known = {
            "roles": {role["id"] for role in data["roles"]},
            "aims": {aim["id"] for aim in data["aims"]},
            "articles": articles,
        }
        for number, program in enumerate(data["programs"]):
            for name, ids in known.items():
                for count, id in enumerate(program[name]):
                    if id not in ids:
                        place: Place = ("programs", number, name, count)
                        self._tell(path, place, f"there is no {id!r} among the {name}", stops=name != "articles")
            if organization and program["id"] not in {entry["id"] for entry in organization.get("programs") or ()}:
                what = f"there is no program {program['id']!r} in organization.yml"
                self._tell(path, ("programs", number, "id"), what, stops=False)
        if data["otherwise"] not in articles:
            self._tell(path, ("otherwise",), f"there is no article {data['otherwise']!r}", stops=False)
        if not promises:
            return
        clocks, occasions = {entry["id"] for entry in promises["promises"]}, {o["id"] for o in data["occasions"]}
        for number, occasion in enumerate(data["occasions"]):
            if occasion["id"] not in clocks:
                place = ("occasions", number, "id")
                self._tell(path, place, f"there is no promise {occasion['id']!r} in promises.yml", stops=False)
        for promise in sorted(clocks - occasions):
            self._tell(path, ("occasions",), f"lacks what starts the promise {promise!r}", stops=False)

    def _check_what_is_said(self, holidays: Any, promises: Any, texts: Any) -> None:
        """Facts, sample questions, review dates: of files whose form is right."""
        today = parse_calendar(holidays).local_date(self._now)
        found = check_corpus(load_corpus(self._knowledge), parse_registry(promises), today)
        for finding in [*found, *check_texts(Texts(texts, {}))]:
            folder = self._knowledge if finding.in_knowledge else self._data
            self._tell(folder / finding.file, finding.place, finding.what, stops=False)

    def _tell(self, path: Path, place: Place, what: str, *, stops: bool = True) -> None:
        document = self._documents.get(path)
        self._problems.append(Problem(path, document.line(place) if document else 1, place, what, stops))

    def _miss(self, path: Path, what: str, what_for: str) -> None:
        self._problems.append(Problem(path, 1, (), f"lacks {what}, {what_for}", stops=False))

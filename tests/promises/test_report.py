"""The report: how clocks are counted, what share was kept, and how many days the answers took."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from bot.promises.ledger import BROKEN, KEPT, NOT_OWED, OPEN, OVERDUE, Clock
from bot.promises.report import COUNTS, by_month, figures, year_of

NOW = datetime(2026, 12, 31, 12, 0, tzinfo=timezone.utc)
SOON, PAST = NOW + timedelta(days=3), NOW - timedelta(days=3)


def clock(verdict: str, took: int | None = None, promise: str = "email-reply", day: date = date(2026, 12, 1)) -> Clock:
    """A clock of which this became."""
    found = Clock("RI-1", promise, 1, 4, day, PAST)
    if verdict == OPEN:
        return Clock("RI-1", promise, 1, 4, day, SOON)
    if verdict == OVERDUE:
        return found
    ended = {KEPT: KEPT, BROKEN: "answered", NOT_OWED: "withdrawn"}[verdict]
    broken_at = PAST if verdict == BROKEN else None
    return Clock(
        "RI-1", promise, 1, 4, day, PAST, broken_at=broken_at, ended_at=NOW, ended_as=ended, took=took, reason="ill"
    )


def test_clocks_are_counted_by_what_became_of_them() -> None:
    """What is overdue is in the denominator; what still has time, and what no answer was owed to, is not."""
    clocks = [clock(KEPT, 2), clock(KEPT, 4), clock(BROKEN, 9), clock(OVERDUE), clock(OPEN), clock(NOT_OWED, 1)]
    (row,) = figures(clocks, ["email-reply"], NOW)
    assert {name: getattr(row, name) for name in COUNTS} == {
        "opened": 5,
        "kept": 2,
        "broken": 1,
        "open": 1,
        "overdue": 1,
        "not_owed": 1,
    }
    assert row.share == 2 / 4
    # Days of answers alone: nothing was answered where none was owed.
    assert (row.took, row.median, row.p90) == ((2, 4, 9), 4, 9)
    assert sorted(str(one.reason) for one in row.broken_ones) == ["None", "ill"]


@pytest.mark.parametrize(
    "took, median, p90",
    [([], None, None), ([3], 3, 3), ([1, 2], 1.5, 2), (list(range(1, 11)), 5.5, 9), (list(range(1, 12)), 6, 10)],
)
def test_the_days_of_the_answers(took: list[int], median: float | None, p90: int | None) -> None:
    """The median lies in the middle; nine of ten answers took no longer than the 90th percentile."""
    (row,) = figures([clock(KEPT, days) for days in reversed(took)], ["email-reply"], NOW)
    assert (row.median, row.p90) == (median, p90)


def test_promises_stand_in_their_order_and_none_is_left_out() -> None:
    """Those without a clock are zeros without a share; one that the registry no longer has comes last."""
    rows = figures([clock(KEPT, 1, "gone"), clock(KEPT, 1)], ["complaint", "email-reply"], NOW)
    assert [(row.promise, row.opened, row.share) for row in rows] == [
        ("complaint", 0, None),
        ("email-reply", 1, 1.0),
        ("gone", 1, 1.0),
    ]


def test_months_are_those_of_the_first_day() -> None:
    """A clock counts in the month of its day zero, wherever it ended."""
    clocks = [clock(KEPT, 1, day=date(2026, 11, 30)), clock(BROKEN, 9, day=date(2026, 12, 1))]
    found = by_month(clocks, ["email-reply", "complaint"], NOW)
    assert {month: [(row.promise, row.kept, row.broken) for row in rows] for month, rows in found.items()} == {
        "2026-11": [("email-reply", 1, 0)],
        "2026-12": [("email-reply", 0, 1)],
    }


def test_a_row_can_be_carried_by_json() -> None:
    """Counts, rates and the broken ones with their reasons, in plain values."""
    (row,) = figures([clock(BROKEN, 9)], ["email-reply"], NOW)
    found = row.as_dict()
    assert (found["promise"], found["share_kept"], found["median_days"], found["p90_days"]) == ("email-reply", 0, 9, 9)
    assert found["broken_ones"] == [
        {
            "reference": "RI-1",
            "day_zero": "2026-12-01",
            "due": PAST.isoformat(),
            "ended": NOW.isoformat(),
            "given_on": None,
            "days": 9,
            "reason": "ill",
        }
    ]
    assert found["revised_ones"] == []


def test_the_revised_ones_are_told() -> None:
    """What was broken until an answer was registered that had been given in time is kept, and named with its day."""
    revised = replace(clock(KEPT, 4), was=BROKEN, given_on=date(2026, 12, 5))
    (row,) = figures([revised, clock(KEPT, 2)], ["email-reply"], NOW)
    assert (row.kept, row.broken) == (2, 0)
    assert row.as_dict()["revised_ones"] == [
        {
            "reference": "RI-1",
            "day_zero": "2026-12-01",
            "due": PAST.isoformat(),
            "given_on": "2026-12-05",
            "days": 4,
            "was": "broken",
        }
    ]


def test_a_year_has_its_first_and_last_day() -> None:
    """January 1 to December 31."""
    assert year_of(2026) == (date(2026, 1, 1), date(2026, 12, 31))

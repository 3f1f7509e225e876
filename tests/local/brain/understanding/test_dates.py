"""Days as people say them."""

from __future__ import annotations

from datetime import date

import pytest

from orchestrator.local.brain.understanding import dates

SATURDAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", ["2026-11-28"]),
        ("tonight at eight", ["2026-11-28"]),
        ("tomorrow", ["2026-11-29"]),
        ("the day after tomorrow", ["2026-11-30"]),
        ("on Tuesday", ["2026-12-01"]),
        ("Saturday", ["2026-12-05"]),
        ("next Tuesday", ["2026-12-01"]),
        ("Friday next week", ["2026-12-04"]),
        ("a week on Monday", ["2026-12-07"]),
        ("in two weeks", ["2026-12-12"]),
        ("ten days from now", ["2026-12-08"]),
        ("the 12th", ["2026-12-12"]),
        ("Monday the 21st", ["2026-12-21"]),
        ("the twenty-first of December", ["2026-12-21"]),
        ("on Monday the 7th of December", ["2026-12-07"]),
        ("3 May", ["2027-05-03"]),
        ("Dec. 3", ["2026-12-03"]),
        ("3/12/2026", ["2026-03-12"]),
        ("23.12.2026", ["2026-12-23"]),
        ("13/12/2026", ["2026-12-13"]),
        ("2026-12-24", ["2026-12-24"]),
        ("Christmas Eve", ["2026-12-24"]),
        ("from Friday to Sunday", ["2026-12-04", "2026-12-06"]),
        ("from the 20th to the 23rd of December", ["2026-12-20", "2026-12-23"]),
        ("the third of May 1984", ["1984-05-03"]),
        ("the 31st of February", []),
        ("the third one", []),
        ("may I ask something", []),
        ("as soon as possible", []),
    ],
)
def test_days_are_found(text: str, days: list[str]) -> None:
    """Words, weekdays and dates become days after today; of two, the second is not before the first."""
    assert [day.value.isoformat() for day in dates.find(text, SATURDAY)] == days


def test_next_is_next_week() -> None:
    """On a Monday, "Tuesday" is tomorrow and "next Tuesday" is not."""
    monday = date(2026, 11, 30)

    assert dates.find("Tuesday", monday)[0].value == date(2026, 12, 1)
    assert dates.find("next Tuesday", monday)[0].value == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("the third of May 1984", "1984-05-03"),
        ("May 3rd, 1984", "1984-05-03"),
        ("the fifth of June nineteen ninety", "1990-06-05"),
        ("the fifth of June nineteen eighty-four", "1984-06-05"),
        ("12 July '84", "1984-07-12"),
        ("twelfth of July eighty-four", "1984-07-12"),
        ("born on the first of March, two thousand and five", "2005-03-01"),
        ("the first of March twenty twelve", "2012-03-01"),
        ("03.05.1984", "1984-05-03"),
        ("the third of May", None),
        ("tomorrow week", None),
    ],
)
def test_birthdays_have_a_year(text: str, day: str | None) -> None:
    """A day in the past is not guessed: without its year there is none."""
    found = [one for one in dates.find(text, SATURDAY, past=True) if one.dated]

    assert (found[0].value.isoformat() if found else None) == day

"""Values as people say them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.language import speaking
from orchestrator.local.brain.saying import spoken
from orchestrator.local.brain.understanding.parameter import Parameter

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-28", "today"),
        ("2026-11-29", "tomorrow, Sunday 29 November"),
        ("2026-12-01", "Tuesday, 1 December"),
        ("1984-05-03", "3 May 1984"),
    ],
)
def test_days(day: str, said: str) -> None:
    """With the weekday when it is near, with the year when it is far."""
    assert spoken.day(date.fromisoformat(day), TODAY) == said


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("15:30", "half past three"),
        ("09:15", "quarter past nine"),
        ("11:45", "quarter to twelve"),
        ("12:00", "noon"),
        ("00:00", "midnight"),
        ("16:00", "four o'clock"),
        ("16:20", "4:20"),
    ],
)
def test_times(time: str, said: str) -> None:
    """As on a clock with hands."""
    assert spoken.time(time) == said


def test_results_of_machines_are_said_naturally() -> None:
    """ISO dates in a tool's result; what only looks like one is left."""
    assert spoken.natural("It is on 2026-12-14.", TODAY) == "It is on Monday, 14 December."
    assert spoken.natural("At 2026-12-14T10:30:00Z", TODAY) == "At Monday, 14 December at half past ten"
    assert spoken.natural("Part 2026-99-99", TODAY) == "Part 2026-99-99"


@pytest.mark.parametrize(
    ("name", "schema", "value", "phrase"),
    [
        ("name", {}, "Anna", "for Anna"),
        ("day", {}, "2026-12-01", "on Tuesday, 1 December"),
        ("day", {}, "2026-11-29", "tomorrow, Sunday 29 November"),
        ("arrival", {"format": "date"}, "2026-12-01", "from Tuesday, 1 December"),
        ("departure", {"format": "date"}, "2026-12-03", "to Thursday, 3 December"),
        ("birth_date", {}, "1984-05-03", ", birth date 3 May 1984"),
        ("time", {}, "15:30", "at half past three"),
        ("guests", {"type": "integer"}, 3, "for three people"),
        ("guests", {"type": "integer"}, 1, "for one person"),
        ("nights", {"type": "integer"}, 2, "for two nights"),
        ("night", {"type": "integer"}, 20, "for 20 nights"),
        ("breakfast", {"type": "boolean"}, False, "without breakfast"),
        ("room", {"enum": ["twin_bed"]}, "twin_bed", ", twin bed"),
        ("message", {}, "one two three four five six seven eight nine ten eleven twelve thirteen", ""),
        ("city", {}, "Rome", ", city Rome"),
    ],
)
def test_phrases(name: str, schema: dict[str, Any], value: Any, phrase: str) -> None:
    """A value as part of a sentence; long texts are not read back."""
    assert spoken.phrase(Parameter(name, {"type": "string", **schema}, required=True), value, TODAY) == phrase


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Tuesday, 1 December at half past three"),
        ("de", "Dienstag, den 1. Dezember, um halb vier"),
        ("fr", "mardi premier décembre à quinze heures trente"),
        ("es", "martes uno de diciembre a las tres y media de la tarde"),
        ("it", "martedì primo dicembre alle tre e mezza del pomeriggio"),
        ("zh", "十二月一日星期二下午三点半"),
    ],
)
def test_moments_of_all_languages(code: str, said: str) -> None:
    """As people say them there."""
    with speaking(code):
        assert spoken.natural("2026-12-01T15:30", TODAY) == said


@pytest.mark.parametrize(
    ("code", "times"),
    [
        ("de", ["ein Uhr", "Viertel nach neun", "Viertel vor zwölf", "16 Uhr 20"]),
        ("fr", ["une heure", "neuf heures quinze", "onze heures quarante-cinq", "seize heures 20"]),
        (
            "es",
            [
                "la una de la madrugada", "las nueve y cuarto de la mañana", "las doce menos cuarto de la mañana",
                "las cuatro y 20 de la tarde",
            ],
        ),
        (
            "it",
            [
                "all'una di notte", "alle nove e un quarto di mattina", "alle dodici meno un quarto di mattina",
                "alle quattro e 20 del pomeriggio",
            ],
        ),
        ("zh", ["凌晨一点", "上午九点一刻", "上午十一点三刻", "下午四点20分"]),
    ],
)  # fmt: skip
def test_times_of_other_languages(code: str, times: list[str]) -> None:
    """With the part of the day where it belongs to a time."""
    with speaking(code):
        assert [spoken.time(time) for time in ("01:00", "09:15", "11:45", "16:20")] == times

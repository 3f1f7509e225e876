"""Values that a caller changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from orchestrator.local.brain.language import current, speaking
from orchestrator.local.brain.learned.meaning import Likely
from orchestrator.local.brain.understanding.changes import (
    added,
    changed,
    changed_moments,
    corrected,
    fuller,
    later_counts,
    later_day,
    restated,
)
from orchestrator.local.brain.understanding.clauses import repaired
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context

CONTEXT = Context(date(2026, 11, 28))
GUESTS = Parameter("party_size", {"type": "integer", "description": "number of people"}, True)
TIME = Parameter("time", {"type": "string", "description": "time of day"}, True)
DAY = Parameter("day", {"type": "string"}, True)
NAME = Parameter("name", {"type": "string", "description": "name of the guest"}, True)
NEW_DAY = Parameter("new_day", {"type": "string", "format": "date", "description": "the new day"}, True)
PARCEL = Parameter("parcel_number", {"type": "string", "pattern": r"^[A-Z]{2}\d{6}$"}, True)
ITEMS = Parameter("items", {"type": "string", "description": "what is collected"}, True)
TOYS = Parameter("toys", {"type": "array", "items": {"type": "string"}}, True)


@pytest.mark.parametrize(
    ("text", "before", "changed"),
    [
        ("no wait, Thursday", {"day": "2026-12-01", "name": "Jane"}, {"day": "2026-12-03"}),
        ("not O'Connor, O'Connell", {"name": "Jane O'Connor"}, {"name": "Jane O'Connell"}),
        ("it's Miller, not Mueller", {"name": "Mueller", "day": "2026-12-01"}, {"name": "Miller"}),
        ("sorry, Becker", {"name": "Bekker"}, {"name": "Becker"}),
        ("actually I want to know what it costs", {"name": "Anna"}, {}),
    ],
)
def test_corrections_change_one_value(text: str, before: dict[str, Any], changed: dict[str, Any]) -> None:
    """The value that is denied, or that there is a new one for."""
    repair = repaired(text, CONTEXT.words)

    assert repair is not None
    assert corrected([NAME, DAY], repair, before, CONTEXT) == changed


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "No, at half past ten"),
        ("it", "Anzi, facciamo alle dieci e mezza"),
        ("es", "Bueno, mejor a las diez y media"),
        ("fr", "Non, plutôt à dix heures et demie"),
    ],
)
def test_a_time_is_corrected_as_a_whole(language: str, said: str) -> None:
    """Where its parts are joined by the word that also joins clauses."""
    with speaking(language):
        here = replace(CONTEXT, words=current())
        repair = repaired(said, here.words)
        assert repair is not None
        changed = corrected([TIME], repair, {"time": "10:00"}, here)

    assert changed == {"time": "10:30"}


def test_a_time_that_is_corrected_is_no_count() -> None:
    """Of a number of people the first clause counts; the hour is none."""
    for said, wanted in (("no, at eight", {"time": "20:00"}), ("no, three, my sister comes too", {"party_size": 3})):
        repair = repaired(said, CONTEXT.words)
        assert repair is not None
        evening = replace(CONTEXT, about="reserve a table for the evening")
        assert corrected([TIME, GUESTS], repair, {"time": "19:00", "party_size": 4}, evening) == wanted


def test_digits_of_a_code_are_corrected_later() -> None:
    """A code that was given before keeps its letters."""
    repair = repaired("no, 551 290", CONTEXT.words)

    assert repair is not None
    assert corrected([PARCEL], repair, {"parcel_number": "DE551209"}, CONTEXT) == {"parcel_number": "DE551290"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("then rather Tuesday", "2026-12-01T10:00"),
        ("no, at four in the afternoon", "2026-12-03T16:00"),
        ("yes please", None),
    ],
)
def test_half_of_a_moment_is_changed(text: str, moment: str | None) -> None:
    """Another day keeps the time, and another time the day."""
    when = Parameter("when", {"type": "string", "format": "date-time"}, True)
    changed = changed_moments([when], text, {"when": "2026-12-03T10:00"}, CONTEXT)

    assert changed.get("when") == moment


@pytest.mark.parametrize(
    ("wanted", "before", "changed"),
    [
        ([NEW_DAY, TIME], {"new_day": "2026-12-04"}, {"new_day": "2026-11-30"}),
        ([NEW_DAY, TIME], {}, {}),
        ([NEW_DAY, DAY], {"new_day": "2026-12-04"}, {}),
    ],
)
def test_a_later_day_replaces_the_only_one(
    wanted: list[Parameter], before: dict[str, str], changed: dict[str, str]
) -> None:
    """Of two days that a function takes it is not clear which one is changed."""
    assert later_day(wanted, "Next Monday, let's say a quarter past three", before, CONTEXT) == changed


def hearing(said: str, words: str, likelier: float, *beside: Parameter) -> Context:
    """Return a context in which some words are that likely the value of the first parameter."""
    start = said.index(words)
    one = Likely(np.array([start]), np.array([start + len(words)]), np.array([likelier], np.float32))
    none = Likely(np.zeros(0, int), np.zeros(0, int), np.zeros(0, np.float32))
    found = {parameter.name: one if at == 0 else none for at, parameter in enumerate(beside)}
    return replace(CONTEXT, beside=beside, learnt=lambda text, wanted, asked: found)


def test_what_is_said_more_is_added() -> None:
    """To words that any can be, a list among them; what was said before, or is hardly meant, is not."""
    said = "there's a wardrobe as well"

    assert added([ITEMS], said, {"items": "sofa"}, hearing(said, "wardrobe", 1.0, ITEMS, NAME), 0.0) == {
        "items": "sofa, wardrobe"
    }
    assert added([TOYS], said, {"toys": ["ball"]}, hearing(said, "wardrobe", 1.0, TOYS), 0.0) == {
        "toys": ["ball", "wardrobe"]
    }
    assert added([ITEMS], said, {"items": "old wardrobe"}, hearing(said, "wardrobe", 1.0, ITEMS), 0.0) == {}
    assert added([ITEMS], said, {"items": "sofa"}, hearing(said, "wardrobe", -3.0, ITEMS), 0.0) == {}
    assert added([ITEMS], said, {"items": "sofa"}, hearing(said, "wardrobe", -3.0, ITEMS), -4.0) != {}
    assert added([ITEMS], said, {}, hearing(said, "wardrobe", 1.0, ITEMS), 0.0) == {}


def test_what_is_said_again_is_no_change() -> None:
    """Only another value is one."""
    assert changed([TIME], "at eight", {"time": "08:00"}, CONTEXT) == {}
    assert changed([TIME], "at nine", {"time": "08:00"}, CONTEXT) == {"time": "09:00"}


def test_a_later_count_replaces_one_that_was_understood() -> None:
    """If it stands before what it counts."""
    minutes = Parameter("minutes", {"type": "integer", "description": "how many minutes"}, True)

    assert later_counts([minutes], "I'd say eight minutes", {"minutes": 30}, CONTEXT) == {"minutes": 8}
    assert later_counts([minutes], "it's eight", {"minutes": 30}, CONTEXT) == {}
    assert later_counts([minutes], "eight minutes", {}, CONTEXT) == {}


STREET = Parameter("address", {"type": "string", "description": "street and house number"}, True)
MEDICINE = Parameter("medicine", {"type": "string", "description": "name of the medicine"}, True)


def test_what_is_said_more_fully_replaces_a_part_of_it() -> None:
    """A street first, and then its number as well; another one is none."""
    said = "it's 27 Almond Court"

    assert fuller([STREET], said, {"address": "Almond Court"}, hearing(said, "27 Almond Court", 4.0, STREET)) == {
        "address": "27 Almond Court"
    }
    assert fuller([STREET], said, {"address": "Hill Road"}, hearing(said, "27 Almond Court", 4.0, STREET)) == {}


def test_what_is_said_again_by_its_name_replaces_it() -> None:
    """ "The medicine is …" is no answer to another question."""
    said, other = "the medicine is ramipril", "it's for ramipril"

    assert restated([MEDICINE], said, {"medicine": "tablets"}, hearing(said, "ramipril", 4.0, MEDICINE)) == {
        "medicine": "ramipril"
    }
    assert restated([MEDICINE], other, {"medicine": "tablets"}, hearing(other, "ramipril", 4.0, MEDICINE)) == {}


def test_a_correction_may_be_the_year_of_a_birthday() -> None:
    """It is no part of a telephone number."""
    born = Parameter("born", {"type": "string", "format": "date", "description": "date of birth"}, True)
    phone = Parameter("phone", {"type": "string", "description": "telephone number"}, True)
    repair = repaired("sorry, I mean 2019", current())
    assert repair is not None

    before = {"born": "2018-05-06", "phone": "01174960333"}
    assert corrected([born, phone], repair, before, CONTEXT) == {"born": "2019-05-06"}

"""Values that are said in the place of those that were read back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.language import current
from orchestrator.local.brain.understanding.claims.held import Answer, changed
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context
from tests.local.brain.understanding.claims.test_values import hearing

CONTEXT = Context(date(2026, 11, 28))
OWNER = Parameter("owner", {"type": "string", "description": "full name of the owner"}, True)
DAY = Parameter("day", {"type": "string", "format": "date", "description": "the new day"}, True)
TIME = Parameter("at", {"type": "string", "format": "time"}, True)
WHEN = Parameter("when", {"type": "string", "format": "date-time"}, True)
MONTHS = Parameter("months", {"type": "integer", "description": "over how many months"}, True)
INVOICE = Parameter("invoice", {"type": "string", "description": "number of the invoice"}, True)
CODE = Parameter("lesson", {"type": "string", "description": 'code of the lesson, like "LP3301"'}, True)
ADULTS = Parameter("adults", {"type": "integer", "description": "how many adults"}, True)
CHILDREN = Parameter("children", {"type": "integer", "description": "how many children"}, False)
PHONE = Parameter("phone", {"type": "string", "description": "telephone number"}, True)
STREET = Parameter("address", {"type": "string", "description": "street and house number"}, True)
CARD = Parameter("card", {"type": "string", "description": "what is written on the card"}, True)
KIND = Parameter("kind", {"type": "string", "enum": ["bath", "clipping"]}, True)
MINUTES = Parameter("minutes", {"type": "integer", "enum": [30, 60]}, True)
BY_NAME = {
    one.name: one
    for one in (OWNER, DAY, TIME, WHEN, MONTHS, INVOICE, CODE, ADULTS, CHILDREN, PHONE, STREET, CARD, KIND, MINUTES)
}


def change(
    said: str,
    held: dict[str, Any],
    found: dict[str, list[tuple[str, float]]],
    *,
    wrong: str = "",
    corrects: bool = True,
) -> dict[str, Any]:
    """Return what changes of values that are held, where some words were found to be likely ones."""
    wanted = [BY_NAME[name] for name in held]
    context = Context(CONTEXT.today, current(), beside=wanted, learnt=hearing(said, **found))
    given = {name: value for name, value in held.items() if value is not None}
    return changed(wanted, Answer(said, wrong, corrects), given, context)


@pytest.mark.parametrize(
    ("said", "held", "found", "changes"),
    [
        ("eleven's easier for me", {"at": "10:00"}, {"at": [("eleven", -2.9)]}, {"at": "11:00"}),
        ("the fifth, on the third I'm away", {"day": "2026-12-04"}, {"day": [("fifth", 1.4), ("third", 1.6)]},
         {"day": "2026-12-05"}),
        ("the fifth, she comes on the third", {"day": "2026-12-03"}, {"day": [("fifth", 0.1), ("third", 3.0)]},
         {"day": "2026-12-05"}),
        ("it was Wednesday", {"day": "2026-11-26"}, {"day": [("Wednesday", 2.0)]}, {"day": "2026-11-25"}),
        ("rather Wednesday", {"day": "2026-12-03"}, {"day": [("Wednesday", 2.0)]}, {"day": "2026-12-02"}),
        ("ten would be nicer", {"invoice": "88231", "months": 6}, {"invoice": [("ten", 3.4)], "months": [("ten", 1.5)]},
         {"months": 10}),
        ("five of us, so five", {"adults": 4, "children": 2}, {"adults": [("five", 2.8)], "children": [("five", 0.9)]},
         {"adults": 5}),
        ("only two kids", {"adults": 2, "children": 3}, {"adults": [("two", 0.5)], "children": [("two", -0.5)]},
         {"children": 2}),
        ("three three one oh", {"lesson": "LP3301"}, {"lesson": [("three three one oh", 1.8)]}, {"lesson": "LP3310"}),
        ("the phone number ends in 99", {"phone": "0441237788", "adults": 2}, {"phone": [("99", 2.2)]},
         {"phone": "0441237799"}),
        ("it's Maude with an e", {"owner": "Maud Perry"}, {"owner": [("Maude", 2.2)]}, {"owner": "Maude Perry"}),
        ("number fourteen", {"address": "12 Mill Lane"}, {"address": [("number fourteen", 0.5)]},
         {"address": "14 Mill Lane"}),
        ("the fifteenth", {"day": "2027-01-14"}, {"day": [("fifteenth", 2.0)]}, {"day": "2027-01-15"}),
        ("on Thursday", {"when": "2026-12-02T09:00"}, {"when": [("Thursday", 2.0)]}, {"when": "2026-12-03T09:00"}),
        ("at eleven on Thursday", {"when": "2026-12-02T09:00"}, {"when": [("eleven", 2.0), ("Thursday", 2.0)]},
         {"when": "2026-12-03T11:00"}),
        ("just the clipping", {"kind": "bath"}, {"kind": [("clipping", -1.0)]}, {"kind": "clipping"}),
        ("half an hour is enough", {"minutes": 60}, {"minutes": [("half an hour", 1.0)]}, {"minutes": 30}),
        ("three, please", {"children": None}, {"children": [("three", 0.5)]}, {"children": 3}),
    ],
)  # fmt: skip
def test_other_values_are_changes(
    said: str, held: dict[str, Any], found: dict[str, list[tuple[str, float]]], changes: dict[str, Any]
) -> None:
    """However they are worded; a reason that follows is none, and a part of a value stands for it."""
    assert change(said, held, found) == changes


@pytest.mark.parametrize(
    ("said", "held", "found"),
    [
        (
            "yes, Thursday at ten",
            {"day": "2026-12-03", "at": "10:00"},
            {"day": [("Thursday", 3.0)], "at": [("ten", 2.0)]},
        ),
        ("six is right", {"invoice": "88231", "months": 6}, {"invoice": [("six", -0.8)], "months": [("six", -2.2)]}),
        ("happy birthday", {"card": "Happy birthday, Maud"}, {"card": [("happy birthday", 3.0)]}),
        ("at half past ten", {"months": 6}, {"months": [("ten", 2.0)]}),
    ],
)
def test_the_same_again_changes_nothing(
    said: str, held: dict[str, Any], found: dict[str, list[tuple[str, float]]]
) -> None:
    """Nor does a part of it, nor what is the value of nothing."""
    assert change(said, held, found, corrects=False) == {}


def test_unlikely_words_change_something_only_for_who_corrects() -> None:
    """They may be anything else where nobody does."""
    held: dict[str, Any] = {"at": "10:00"}

    assert change("eleven, I think", held, {"at": [("eleven", -2.9)]}, corrects=False) == {}
    assert change("eleven, I think", held, {"at": [("eleven", -2.9)]}) == {"at": "11:00"}


def test_what_is_taken_back_is_no_new_value() -> None:
    """And what stands in its place is for the same parameter."""
    held = {"address": "12 Mill Lane", "card": "Happy birthday"}
    found = {"address": [("number fourteen", 0.0)], "card": [("number fourteen", 0.3), ("twelve", 2.0)]}

    assert change("number fourteen, not twelve", held, found, wrong="twelve") == {"address": "14 Mill Lane"}


def test_nothing_is_changed_where_nothing_was_learnt() -> None:
    """Other languages have rules for it."""
    assert changed([TIME], Answer("at eleven", "", corrects=True), {"at": "10:00"}, CONTEXT) == {}


def test_a_number_is_no_code_that_is_likelier_another_value() -> None:
    """Though it has as many digits as the code."""
    held = {"invoice": "8823", "months": 3000}
    found = {"invoice": [("three thousand five hundred", 0.9)], "months": [("three thousand five hundred", 1.8)]}

    assert change("better three thousand five hundred", held, found) == {"months": 3500}


@pytest.mark.parametrize(
    ("said", "held", "wrong", "right", "found", "changes"),
    [
        ("it's five adults, not four", {"adults": 4}, "four", "it's five adults", "five", {"adults": 5}),
        ("25 adults, not 20", {"adults": 20}, "20", "25 adults", "25", {"adults": 25}),
        ("twenty-five adults, not twenty", {"adults": 20}, "twenty", "twenty-five adults", "five", {"adults": 25}),
        ("not three, half past three", {"at": "15:00"}, "three", "half past three", "half past three", {"at": "15:30"}),
        ("the clipping instead of bath", {"kind": "bath"}, "bath", "the clipping", "clipping", {"kind": "clipping"}),
    ],
)
def test_only_what_is_taken_back_is_left_out(
    said: str, held: dict[str, Any], wrong: str, right: str, found: str, changes: dict[str, Any]
) -> None:
    """The same words may be a part of what is right."""
    wanted = [BY_NAME[name] for name in held]
    context = Context(CONTEXT.today, current(), beside=wanted, learnt=hearing(said, **{wanted[0].name: [(found, 1.0)]}))

    assert changed(wanted, Answer(said, wrong, corrects=True, right=right), held, context) == changes


@pytest.mark.parametrize(
    ("said", "found", "new"),
    [
        ("it's 80, eight zero", "80, eight zero", "80 Mill Lane"),
        ("it's 14", "14", "14 Mill Lane"),
        ("30 Hill Road", "30 Hill Road", "30 Hill Road"),
    ],
)
def test_a_number_alone_is_that_of_the_house(said: str, found: str, new: str) -> None:
    """However often it is said."""
    assert change(said, {"address": "18 Mill Lane"}, {"address": [(found, 2.0)]}) == {"address": new}


@pytest.mark.parametrize(
    ("said", "found", "born"),
    [
        ("she was born on the eighteenth of June", "the eighteenth of June", "1993-06-18"),
        ("it's the ninth", "the ninth", "1993-06-09"),
        ("she was born in 1998", "1998", "1998-06-08"),
    ],
)
def test_a_part_of_a_birthday_is_changed(said: str, found: str, born: str) -> None:
    """The rest is as it was read back."""
    birthday = Parameter("born", {"type": "string", "format": "date", "description": "date of birth"}, True)
    context = Context(CONTEXT.today, current(), beside=[birthday], learnt=hearing(said, born=[(found, 1.0)]))

    assert changed([birthday], Answer(said, "", corrects=True), {"born": "1993-06-08"}, context) == {"born": born}


def test_a_day_of_something_else_is_no_birthday() -> None:
    """A number of a day is that of the day in hand."""
    birthday = Parameter("born", {"type": "string", "format": "date", "description": "date of birth"}, True)
    said, held = "the ninth", {"born": "1968-02-09", "day": "2026-12-10"}
    context = Context(CONTEXT.today, current(), beside=[birthday, DAY], learnt=hearing(said, day=[("the ninth", 1.0)]))

    assert changed([birthday, DAY], Answer(said, "", corrects=True), held, context) == {"day": "2026-12-09"}


def test_a_day_without_its_year_is_in_the_year_of_one_that_has_passed() -> None:
    """What has happened does not happen next year."""
    assert change("it was the third of March", {"day": "2026-03-04"}, {"day": [("the third of March", 1.0)]}) == {
        "day": "2026-03-03"
    }


def test_a_number_of_something_else_is_no_code() -> None:
    """Three lunches are not room three."""
    room = Parameter("room", {"type": "integer", "description": "number of the room"}, True)
    lunches = Parameter("lunches", {"type": "integer", "description": "how many lunches"}, True)
    said, held = "three lunches, please", {"room": 7, "lunches": 2}
    learnt = hearing(said, room=[("three", 3.0)], lunches=[("three", 1.0)])
    context = Context(CONTEXT.today, current(), beside=[room, lunches], learnt=learnt)

    assert changed([room, lunches], Answer(said, "", corrects=True), held, context) == {"lunches": 3}

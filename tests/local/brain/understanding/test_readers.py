"""What is left of an answer when its wrapping is taken off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.readers import tidy
from orchestrator.local.brain.understanding.utterance import Context

CONTEXT = Context(date(2026, 11, 28))
PLACE = {"type": "string", "description": "where the place is"}
LOST = {"type": "string", "description": "what was lost"}
FLOOR = {"type": "integer", "description": "on which floor"}
BINS = {"type": "integer", "description": "how many bins"}


def test_an_answer_is_unwrapped() -> None:
    """ "Well, it's a … please" is no part of it."""
    assert tidy("Well, I'd like a cleaning, please.", language.load("en")) == "cleaning"


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (PLACE, "the car's on Dock Road next to the petrol station", "Dock Road next to the petrol station"),
        (PLACE, "I'm stuck at the side of the road", None),
        (LOST, "I think I left my umbrella in your theatre", "umbrella"),
        (FLOOR, "on the third floor", 3),
        (BINS, "which day was the blue one", None),
    ],
)
def test_values_in_a_sentence(schema: dict[str, Any], text: str, value: Any) -> None:
    """Where something is, what was lost, a place in a row; the article is no number."""
    assert slots.fill([Parameter("value", schema, True)], text, CONTEXT).get("value") == value


def test_a_number_that_is_announced_as_another_is_no_telephones() -> None:
    """By the name of the other parameter."""
    phone = Parameter("phone", {"type": "string", "description": "telephone number"}, True)
    other = Parameter("application", {"type": "string", "description": "application number, seven digits"}, True)
    here = replace(CONTEXT, beside=[phone, other])

    assert slots.fill([phone], "application number 2044186", here) == {}
    assert slots.fill([phone], "my number is 2044186", here) == {"phone": "2044186"}


def test_lengths_of_time_may_be_listed() -> None:
    """In minutes, of which an hour is sixty."""
    minutes = Parameter("minutes", {"type": "integer", "enum": [30, 60]}, True)

    assert slots.fill([minutes], "half an hour is enough", CONTEXT) == {"minutes": 30}


@pytest.mark.parametrize(("text", "value"), [("SW90117340", {}), ("on 0611 90117340", {"phone": "061190117340"})])
def test_what_stands_behind_a_letter_is_no_telephone_number(text: str, value: dict[str, str]) -> None:
    """It identifies something else."""
    phone = Parameter("phone", {"type": "string", "description": "telephone number"}, True)

    assert slots.fill([phone], text, CONTEXT) == value


@pytest.mark.parametrize(
    ("text", "value"), [("without breakfast?", False), ("with breakfast?", True), ("is there breakfast?", None)]
)
def test_a_question_may_say_with_and_without(text: str, value: bool | None) -> None:
    """It asks what would be then."""
    breakfast = Parameter("breakfast", {"type": "boolean"}, True)

    assert slots.fill([breakfast], text, CONTEXT).get("breakfast") is value


@pytest.mark.parametrize(("text", "value"), [("the brown one", "organic"), ("the one with the lid", None)])
@pytest.mark.parametrize("about", ["the blue one is paper, the brown one organic", "paper (blue), organic (brown)"])
def test_a_listed_value_is_what_its_author_describes_it_by(about: str, text: str, value: str | None) -> None:
    """By a word of its own."""
    one = Parameter("bin", {"type": "string", "enum": ["paper", "organic"], "description": about}, True)

    assert slots.fill([one], text, CONTEXT).get("bin") == value


@pytest.mark.parametrize("text", ["please have it delivered", "I'd like delivery of it", "with deliver"])
def test_a_yes_or_no_may_be_another_form_of_its_word(text: str) -> None:
    """ "Delivered" says that it is to be delivered."""
    deliver = Parameter("deliver", {"type": "boolean"}, False)

    assert slots.fill([deliver], text, CONTEXT) == ({"deliver": True} if "deliver" in text else {})


@pytest.mark.parametrize(
    ("about", "value"),
    [("the day on which it happened", "2026-11-27"), ("the day from which it is valid", "2026-12-04")],
)
def test_something_that_happened_on_a_weekday_did_so_on_the_last_one(about: str, value: str) -> None:
    """What has not happened yet comes."""
    since = Parameter("since", {"type": "string", "format": "date", "description": about}, True)

    assert slots.fill([since], "since Friday", CONTEXT) == {"since": value}


def test_what_something_is_about_stands_behind_about() -> None:
    """Whatever else is said."""
    about = Parameter("about", {"type": "string", "description": "what they want to talk about"}, True)

    assert slots.fill([about], "I'd like to talk to a person about the router", CONTEXT) == {"about": "the router"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("My name is Helen Archer and I need a filling", "I need a filling"),
        ("I'm Julia Novak, and I need a check-up", "I need a check-up"),
        ("It hurts when I drink something cold", "It hurts when I drink something cold"),
    ],
)
def test_who_says_it_is_no_part_of_what_is_said(text: str, value: str) -> None:
    """The caller's own words are what follows their name."""
    reason = Parameter("reason", {"type": "string", "description": "what it is for"}, True)

    assert slots.fill([reason], text, CONTEXT, asked="reason") == {"reason": value}

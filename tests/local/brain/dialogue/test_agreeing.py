"""What is said beside a yes or a no."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.dialogue.agreeing import asks_besides, says_so
from orchestrator.local.brain.dialogue.frames import Frame
from orchestrator.local.brain.dialogue.heard import hear
from orchestrator.local.brain.language import current
from orchestrator.local.brain.understanding.utterance import Context
from tests.local.brain.routing import Caller, text, tool

pytestmark = pytest.mark.speech

GROOM = tool(
    "book_grooming",
    "Books a dog in to be groomed.",
    ["My dog needs a bath"],
    confirm=True,
    day={"type": "string", "format": "date", "description": "the day"},
    at={"type": "string", "format": "time", "description": "the time"},
)
LOOK = tool("opening_hours", "Tells when the parlour is open.", ["When are you open?"])


def confirming() -> Caller:
    """Return a caller who was asked whether to book for Thursday at ten."""
    caller = Caller([GROOM, LOOK], "")
    said = caller.say("My dog needs a bath on Thursday at ten o'clock")
    assert isinstance(said, str)
    assert "Shall I" in said
    return caller


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("Yes, but is there a bus?", True),
        ("Yes, can you book it?", False),
        ("Yes, Thursday at ten, right?", False),
        ("Yes, please", False),
    ],
)
def test_a_yes_may_come_with_a_question(words: str, *, asks: bool) -> None:
    """Which is about something else than what is confirmed."""
    frame = Frame(GROOM)

    assert asks_besides(frame, hear(words, current()), Context(date(2026, 11, 28))) is asks


def test_naming_what_is_to_be_done_is_a_yes() -> None:
    """With nothing else."""
    frame = Frame(GROOM)

    assert says_so(frame, hear("book it", current()))
    assert not says_so(frame, hear("book a flight", current()))


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("Could we make it twelve o'clock then?", "noon"),
        ("Hm, half past ten would suit me better", "half past ten"),
        ("No, Friday, the vet only has time on Wednesday", "Friday"),
        ("Okay. But could it be on Saturday rather than Thursday?", "Saturday"),
    ],
)
def test_another_value_is_read_back(words: str, heard: str) -> None:
    """However the caller words it, and nothing is done yet."""
    said = confirming().say(words)

    assert isinstance(said, str)
    assert "Shall I" in said
    assert heard in said


@pytest.mark.parametrize("words", ["Yes, Thursday at ten", "ten o'clock is perfect", "sounds good, go ahead"])
def test_the_same_value_is_a_yes(words: str) -> None:
    """Where it is said with one."""
    called: dict[str, Any] = confirming().calls(words)[1]

    assert called["at"] == "10:00"


def test_what_is_wrong_is_asked_for() -> None:
    """When the caller does not say what is right."""
    said = confirming().say("No, the day is wrong")

    assert str(said).startswith("What should I change? Shall I")


def test_what_nobody_covers_leaves_the_question_open() -> None:
    """However often."""
    caller = confirming()
    for words in (
        "Who won the football match yesterday?",
        "Could you get me an autograph of the king?",
        "And can you tell me who won the election?",
    ):
        assert "Shall I" in str(caller.say(words))
    assert caller.calls("yes")[0] == "book_grooming"


def test_other_parameters_are_called_by_their_names() -> None:
    """Where two count people, who would both be people."""
    ferry = tool(
        "book_ferry",
        "Books a crossing.",
        ["I want to take the ferry"],
        confirm=True,
        adults={"type": "integer", "description": "how many adults"},
        children={"type": "integer", "description": "how many children travel with the guests"},
        seats=text("what kind of seats", enum=["inside", "outside"]),
    )

    said = Caller([ferry], "").say("I want to take the ferry, outside, two adults and one child")

    assert "two adults" in str(said)
    assert "one child" in str(said)

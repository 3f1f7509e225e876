"""Questions about what was said and done before."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue.heard import hear
from orchestrator.local.brain.dialogue.recall import refers_only, told_before
from tests.local.brain.routing import TODAY, Caller, desk, message, text, tool

pytestmark = pytest.mark.speech
ENGLISH = language.load("en")
SAID = (
    "It is ready on Friday at half past three. The bill comes to 430 euros. It stands on the second floor. "
    "Your mechanic is Marco."
)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("how much was that?", "The bill comes to 430 euros."),
        ("sorry, which day was it?", "It is ready on Friday at half past three."),
        ("what time did you say?", "It is ready on Friday at half past three."),
        ("which floor was it again?", "It stands on the second floor."),
        ("sorry, how much?", "The bill comes to 430 euros."),
        ("who is it?", "Your mechanic is Marco."),
        ("how much is a cleaning?", ""),
        ("which colour was it?", ""),
    ],
)
def test_what_was_said_is_told_again(asked: str, told: str) -> None:
    """The sentence that answers the question, and nothing when none does."""
    assert told_before(hear(asked, ENGLISH), [message("assistant", SAID)], TODAY) == told


def test_the_newest_sentence_counts() -> None:
    """Of two sentences that answer, the one that was said last."""
    items = [message("assistant", "It costs 5 euros."), message("assistant", "It costs 7 euros.")]

    assert told_before(hear("how much was that?", ENGLISH), items, TODAY) == "It costs 7 euros."


def test_a_question_about_nothing_but_it() -> None:
    """It names nothing that could be looked up by meaning."""
    assert refers_only(hear("wait, when is it again?", ENGLISH))
    assert not refers_only(hear("when is it, the delivery?", ENGLISH))
    assert not refers_only(hear("it is", ENGLISH))


def test_what_is_about_to_be_changed_is_looked_up_first() -> None:
    """The number that was given for one function serves another that only tells something."""
    caller = Caller(desk())
    assert caller.say("Cancel order 77042") == "Shall I cancel order 77042?"
    assert caller.say("wait, when is it again?") == ("find_order", {"order_number": "77042"})
    assert caller.returns("It arrives on Monday.") == "It arrives on Monday. Shall I cancel order 77042?"
    assert caller.say("which day was that?") == "It arrives on Monday. Shall I cancel order 77042?"


def test_what_was_asked_is_asked_again() -> None:
    """The question itself has the answer."""
    day, time = text("the day"), text("the time")
    caller = Caller([tool("book_table", "Book a table.", confirm=True, day=day, time=time)])
    question = caller.say("Book a table on Tuesday at eight")

    assert caller.say("what time was that?") == question

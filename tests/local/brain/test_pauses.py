"""Turns of the caller that a pause has split."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.dialogue.frames import Dialogue, Frame
from orchestrator.local.brain.pauses import is_other_matter, joined, unanswered
from tests.local.brain.routing import Caller, desk, message

pytestmark = pytest.mark.speech


@pytest.mark.parametrize(
    ("heard", "turns"), [("I am", ["Has my order", "48213 been shipped?"]), ("I am not sure.", [])]
)
def test_a_sentence_that_a_pause_has_split(heard: str, turns: list[str]) -> None:
    """The caller who goes on before a reply was heard has said one thing; a whole reply ends the turn before it."""
    first, second = "Has my order", "48213 been shipped?"
    items = [message("user", first), message("assistant", heard), message("user", second)]

    assert unanswered(items) == (turns or [second])


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        (["It's too much.", "Can I talk to somebody?"], "It's too much. Can I talk to somebody?"),
        (["My number is 0770 900.", "123."], "My number is 0770 900, 123."),
        (["I'd like a room.", "on Friday."], "I'd like a room, on Friday."),
        (["Well", "", "Hello?"], "Well, Hello?"),
    ],
)
def test_parts_of_a_thought_are_joined(turns: list[str], text: str) -> None:
    """Sentences stay sentences; what goes on in small letters, or with digits, goes on."""
    assert joined(turns) == text


def test_an_answer_that_was_not_heard_has_changed_nothing() -> None:
    """Who goes on before it was heard has said one thing, and not two."""
    caller = Caller()
    asked = caller.say("I want to cancel my order 48213.")
    caller.hears_only("Shall I")
    assert caller.say("Because it came too late.") == asked

    assert caller.calls("Yes, please")[0] == "cancel_order"


def test_an_answer_to_what_was_asked_before_is_no_other_matter() -> None:
    """What would be one elsewhere; and one turn is none."""
    said = ["My name is Anna Schmidt.", "It's about my knee."]

    assert not is_other_matter(said, Dialogue([Frame(desk()[0])]))
    assert is_other_matter(said, Dialogue())
    assert is_other_matter(["What are your opening hours?", "I want to buy a postcard."], Dialogue())
    assert not is_other_matter(["I want to buy a postcard."], Dialogue())


def test_another_matter_is_not_joined() -> None:
    """What was understood before it counts, although the answer was not heard."""
    caller = Caller()
    caller.say("I want to cancel my order 48213.")
    caller.hears_only("Shall I")

    assert caller.calls("And please book an engineer on Tuesday at four.")[0] == "book_engineer"


def test_two_turns_without_an_answer_between_them_are_one() -> None:
    """As a client may send them, which asks for a response only after the second."""
    caller = Caller()
    caller.say("I want to cancel my order.")
    caller.items += [message("user", "Wait."), message("user", "It's order 48213.")]

    assert "48213" in str(caller.outcome())

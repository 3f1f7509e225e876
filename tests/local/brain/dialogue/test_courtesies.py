"""Thanks, greetings and goodbyes, with a matter at hand and without."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.saying import phrases
from tests.local.brain.routing import Caller, desk, text, tool

pytestmark = pytest.mark.speech
NOTE = tool("note", "Note a wish.", wish=text("what the caller wishes"), name=text("the caller's name"))


@pytest.mark.parametrize("words", ["You're very kind", "Thank you so much", "Hello"])
def test_what_is_said_in_passing_is_no_misunderstanding(words: str) -> None:
    """However often: the open question is asked again."""
    caller = Caller(desk())
    question = caller.say("Where is my parcel?")

    assert caller.say(words) == question
    assert caller.say(words) == question


@pytest.mark.parametrize("words", ["Thanks a lot, the dog says woof. Bye", "I should hope so. Goodbye"])
def test_who_leaves_may_say_something_beside_it(words: str) -> None:
    """Also where any words could be the answer."""
    caller = Caller([NOTE])
    assert caller.say("I'd like to leave a note") == "What do you wish?" or caller.items

    assert caller.say(words) == phrases.FAREWELL


def test_a_lone_no_ends_the_call() -> None:
    """After the question whether there is anything else."""
    assert Caller(desk()).say("No, thanks") == phrases.FAREWELL

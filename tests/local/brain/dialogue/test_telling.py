"""What callers tell in their own words, and what they ask."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue.heard import Heard, hear
from orchestrator.local.brain.dialogue.telling import gives, inquires, wonders
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.understanding.parameter import Parameter

TOPIC = Parameter("about", {"type": "string", "description": "what it is about"}, True)
ITEM = Parameter("item", {"type": "string", "description": "what is wanted"}, True)


def heard(words: str, doing: Doing) -> Heard:
    """Return words of which it was learnt that they surely do one thing."""
    return hear(words, language.load("en"), dict.fromkeys(Doing, 0.0) | {doing: 1.0})


@pytest.mark.parametrize(
    ("words", "asked_for", "told"),
    [
        ("I want to know if I need a crown", TOPIC, True),
        ("I want to know if I need a crown", ITEM, False),
        ("Do you want to know if I need a crown?", TOPIC, False),
        ("When are you open?", TOPIC, False),
    ],
)
def test_what_a_caller_wants_to_know_is_told_where_it_is_asked_for(
    words: str, asked_for: Parameter, told: bool
) -> None:
    """Elsewhere, and as a question, it is asked."""
    said = heard(words, Doing.QUESTION)

    assert wonders(asked_for, said) is told
    assert gives(asked_for, said) is told
    assert inquires(asked_for, said) is not told


def test_other_words_answer_if_they_surely_do_or_say_what_they_are_about() -> None:
    """A question is none."""
    assert gives(ITEM, heard("a blue one", Doing.ANSWER))
    assert gives(TOPIC, heard("about my letter", Doing.COMPLAIN))
    assert not gives(TOPIC, heard("is it about my letter?", Doing.QUESTION))
    assert not gives(ITEM, heard("a blue one", Doing.COMPLAIN))

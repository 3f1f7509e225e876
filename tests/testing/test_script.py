"""What the scripted server says: replies in order, then the brain's, then something short."""

from __future__ import annotations

import pytest

from orchestrator.testing import FunctionCall, Prompt, Reply, Say, call, say
from orchestrator.testing.script import Brain, Script


def asked(model: str = "front") -> Prompt:
    """Return what a response answers: the caller said "Hello."."""
    return Prompt(model, {}, {}, {"type": "message", "role": "user"}, "Hello.")


def echo(prompt: Prompt) -> Reply:
    """Say what was heard."""
    return Reply([say(f"You said {prompt.words}")])


@pytest.mark.parametrize(("brain", "words"), [(echo, "You said Hello."), (None, "Okay.")])
def test_a_model_gives_its_replies_once_and_in_order(brain: Brain | None, words: str) -> None:
    """Each model has replies of its own; when they are used up the brain answers, or nobody in particular."""
    script = Script(brain)
    script.add("front", Reply([say("One.")]))
    script.add("billing", Reply([say("Elsewhere.")]))
    script.add("front", Reply([say("Two.")]))

    answers = [script.answer(asked()) for _ in range(3)]

    assert [answer.items[0] for answer in answers] == [Say("One.", 400), Say("Two.", 400), Say(words, 400)]
    assert script.answer(asked("billing")).items == [say("Elsewhere.")]


def test_a_function_call_is_made_from_values_or_from_raw_text() -> None:
    """Raw text need not be JSON: a model may write nonsense."""
    assert call("find_order", number="1") == FunctionCall("find_order", '{"number": "1"}')
    assert call("find_order", "{") == FunctionCall("find_order", "{")

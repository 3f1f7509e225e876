"""What models generated."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.observe.facts import Inferred, Said
from orchestrator.observe.story.models import OPEN, Models, tokens
from orchestrator.protocol.usage import usage
from tests.core.scene import FRONT
from tests.observe.told import show

SPOKEN = {"response": {"output": [{"id": "item_1", "content": [{"transcript": "It is 12.50."}]}]}}


def test_a_response_is_told_with_its_words_and_what_it_cost() -> None:
    """What one that was consulted writes is not said to the caller."""
    facts: list[Any] = []
    models = Models(facts.append, "caller")
    planner = SessionId("planner", SessionKind.CONSULT, 1)
    for session, response in ((FRONT, "r1"), (planner, "r2")):
        show(models, ev.ResponseStarted, ev.ResponseStarted(session, response), 1.0)
        done = ev.ResponseFinished(session, response, "completed", None, {"input_tokens": 7}, 0.25, SPOKEN)
        show(models, ev.ResponseFinished, done, 3.0)

    said, *inferred = facts
    assert (said.who, said.text, said.item_id, said.response_id) == ("front", "It is 12.50.", "item_1", "r1")
    assert [(type(one), one.session, one.start, one.end, one.tokens, one.cost) for one in inferred] == [
        (Inferred, "front", 1.0, 3.0, {"input": 7}, 0.25),
        (Inferred, "planner (consult 1)", 1.0, 3.0, {"input": 7}, 0.25),
    ]


def test_the_caller_speaks_or_types() -> None:
    """Both are said by the caller."""
    facts: list[Any] = []
    models = Models(facts.append, "caller")
    show(models, ev.TurnTranscribed, ev.TurnTranscribed(FRONT, "i1", "Hello."), 1.0)
    typed = {"id": "i2", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}
    show(models, ev.CallerTyped, ev.CallerTyped(typed), 2.0)

    assert [(type(one), one.who, one.item_id, one.typed) for one in facts] == [
        (Said, "caller", "i1", False),
        (Said, "caller", "i2", True),
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (usage(text_in=5, text_out=3, audio_in=7, audio_out=11, cached=2),
         {"input": 12, "input text": 5, "input audio": 7, "cached text": 2,
          "output": 14, "output text": 3, "output audio": 11}),
        ({"input_tokens": "many", "input_token_details": 5, "output_tokens": -1}, {}),
        (5, {}),
    ],
)  # fmt: skip
def test_tokens_are_counted_whatever_a_service_says(given: Any, told: dict[str, int]) -> None:
    """By kind; what is no count is left out."""
    assert tokens(given) == told


def test_responses_that_never_end_are_forgotten() -> None:
    """The oldest first."""
    models = Models(lambda _: None, "caller")
    for number in range(OPEN + 5):
        show(models, ev.ResponseStarted, ev.ResponseStarted(FRONT, f"r{number}"), 1.0)
    assert len(models._since) == OPEN

"""What was said."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import CallerTyped, Event, ResponseFinished, TurnTranscribed
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.observe.words import words


def finished(response: Any) -> Event:
    return ResponseFinished(
        SessionId("planner", SessionKind.CONSULT, 1), "r1", "completed", payload={"response": response}
    )


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (TurnTranscribed(SessionId("front"), "i1", "Hello."), [("caller", "i1", "Hello.")]),
        (TurnTranscribed(SessionId("front"), "i1", None), []),
        (CallerTyped({"id": "i2", "content": [{"text": "Hi."}, {"type": "input_audio"}]}), [("caller", "i2", "Hi.")]),
        (finished({"output": [{"id": "a", "content": [{"transcript": "Yes."}]}, {"content": [{"text": "No."}]}]}),
         [("planner", "a", "Yes."), ("planner", "", "No.")]),
        (finished({"output": [{"type": "function_call"}, 5, {"content": ["odd", {"text": 7}]}]}), []),
        (finished({"output": {}}), []),
        (finished(None), []),
    ],
)  # fmt: skip
def test_words_are_found_whatever_a_service_sends(event: Event, told: list[tuple[str, str, str]]) -> None:
    """Spoken and typed, of the caller and of agents, with the item in which they are."""
    assert list(words(event)) == told

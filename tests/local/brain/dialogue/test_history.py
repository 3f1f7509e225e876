"""What has happened in a session."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.dialogue.history import arguments_so_far, has_just_failed, last_call, last_said
from tests.local.brain.routing import message

pytestmark = pytest.mark.speech


def test_last_call_is_known() -> None:
    """A result is answered by the caller's first words after it, not by later ones."""
    user = {"type": "message", "role": "user"}
    call = {"type": "function_call", "call_id": "a", "name": "one", "arguments": '{"a": 1}'}
    output = {"type": "function_call_output", "call_id": "a", "output": "Which one?"}

    assert last_call([user]) == ("", {}, False)
    assert last_call([call, output, user]) == ("one", {"a": 1}, True)
    assert last_call([call, output, user, user]) == ("one", {"a": 1}, False)


def test_what_was_said_and_with_what() -> None:
    """The last words, and the arguments of all calls."""
    items = [
        {"type": "function_call", "call_id": "a", "name": "one", "arguments": '{"a": 1, "b": 2}'},
        {"type": "function_call", "call_id": "b", "name": "one", "arguments": '{"a": 3}'},
        message("assistant", "Hello."),
        message("user", "Hi."),
    ]

    assert last_said(items) == "Hello."
    assert last_said([]) == ""
    assert arguments_so_far(items) == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("result", "failed"), [("I cannot find that number.", True), ("Thank you, I have found you.", False)]
)
def test_result_of_no_use(result: str, failed: bool) -> None:
    """The caller's next words may correct what a call was made with, also after asking why."""
    call = {"type": "function_call", "call_id": "a", "name": "one", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "a", "output": result}
    user = message("user", "Oh, I meant two.")

    assert has_just_failed([call, output, user]) is failed
    assert has_just_failed([call, output, user, user]) is failed
    assert not has_just_failed([call, output, user, user, user])

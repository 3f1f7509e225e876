"""Realtime items written as chat messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.text.messages import NO_RESULT, NOTE, OPENING, choice, functions, in_words, messages


def said(role: str, words: str) -> dict[str, Any]:
    """Return a message item."""
    kind = {"assistant": "output_audio", "user": "input_audio", "system": "input_text"}[role]
    return {"type": "message", "role": role, "content": [{"type": kind, "transcript": words}]}


def called(made: str, name: str = "find_order") -> dict[str, Any]:
    """Return a function call."""
    return {"type": "function_call", "call_id": made, "name": name, "arguments": '{"a": 1}'}


def returned(made: str, output: str) -> dict[str, Any]:
    """Return a function call's output."""
    return {"type": "function_call_output", "call_id": made, "output": output}


def written(*items: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of a conversation."""
    return messages(items, "Help.")


def test_instructions_are_the_only_system_message() -> None:
    """Templates accept one system message, at the start."""
    assert written(said("user", "Hi."), said("system", "Handed to you.")) == [
        {"role": "system", "content": "Help."},
        {"role": "user", "content": f"Hi.\n{NOTE.format('Handed to you.')}"},
    ]


def test_call_and_result_stand_together() -> None:
    """A result that came after the caller went on talking still follows its call."""
    told = written(said("user", "Where is it?"), called("c1"), said("user", "Hello?"), returned("c1", "On its way."))

    assert [message["role"] for message in told] == ["system", "user", "assistant", "tool", "user"]
    assert told[2]["tool_calls"][0]["id"] == told[3]["tool_call_id"] == "c1"
    assert told[3]["content"] == "On its way."


def test_call_without_result_says_so() -> None:
    """Servers refuse a history in which a call was never answered."""
    assert written(said("user", "Hi."), called("c1"))[-1]["content"] == NO_RESULT


def test_result_without_call_is_left_out() -> None:
    """P07: a function-call id that this history does not know never reaches a server."""
    assert written(said("user", "Hi."), returned("foreign", "x"))[1:] == [{"role": "user", "content": "Hi."}]


def test_words_and_call_of_one_response_are_one_message() -> None:
    """What an agent said before it called a function stands in the call's message."""
    told = written(said("user", "Hi."), said("assistant", "One moment."), called("c1"), returned("c1", "Done."))

    assert [message["role"] for message in told] == ["system", "user", "assistant", "tool"]
    assert (told[2]["content"], len(told[2]["tool_calls"])) == ("One moment.", 1)


def test_nobody_speaks_twice_in_a_row() -> None:
    """Messages of one side are joined, for templates that want turns."""
    told = written(said("user", "Hi."), said("user", "There."), said("assistant", "A."), said("assistant", "B."))

    assert [message["content"] for message in told] == ["Help.", "Hi.\nThere.", "A.\nB."]


def test_agent_that_speaks_first_is_told_so() -> None:
    """Templates want something from the user; the agent is asked to open the call."""
    assert written() == [{"role": "system", "content": "Help."}, {"role": "user", "content": OPENING}]


def test_items_without_words_are_left_out() -> None:
    """Audio that was not understood is no message."""
    assert written(said("user", "Hi."), said("user", ""))[1:] == [{"role": "user", "content": "Hi."}]


def test_functions_have_the_form_of_chat_completions() -> None:
    """Name, description and parameters move into `function`."""
    tool = {"type": "function", "name": "one", "description": "d", "parameters": {"type": "object"}, "strict": None}

    assert functions([tool]) == [
        {"type": "function", "function": {"name": "one", "description": "d", "parameters": {"type": "object"}}}
    ]


def test_choice_of_one_function_is_nested() -> None:
    """A named function is written as chat completions want it; words stay as they are."""
    assert choice({"type": "function", "name": "one"}) == {"type": "function", "function": {"name": "one"}}
    assert choice("required") == "required"


def test_calls_can_be_written_as_text() -> None:
    """For a template that knows no functions: only what both sides say, in turn."""
    told = written(
        said("user", "Hi."), said("assistant", "One moment."), called("a"), returned("a", "Sent."), said("user", "And?")
    )

    assert in_words(told, str.upper, "{}{}".format) == [
        {"role": "system", "content": "Help."},
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": 'ONE MOMENT.\nfind_order{"a": 1}'},
        {"role": "user", "content": "[Result of find_order: Sent.]\nAnd?"},
    ]


ODD = [
    '{"day": ',
    "tomorrow",
    "[1]",
    '"x"',
    "null",
    '{"a": NaN}',
    '{"a": Infinity}',
    "{'a': 1}",
    "[" * 100_000,
    "",
    None,
    5,
]


@pytest.mark.parametrize("arguments", ODD, ids=lambda one: str(one)[:9])
def test_p64_arguments_that_are_no_object_are_not_sent_again(arguments: Any) -> None:
    """P64: a server that parses them would refuse every further request; the result says what was wrong."""
    made = called("c1") | {"arguments": arguments}
    function = written(said("user", "Hi."), made)[2]["tool_calls"][0]["function"]

    assert function == {"name": "find_order", "arguments": "{}"}


def test_p64_arguments_are_sent_as_they_were_written() -> None:
    """P64: an object is untouched, spaces included."""
    made = called("c1") | {"arguments": '{ "a":1}'}

    assert written(said("user", "Hi."), made)[2]["tool_calls"][0]["function"]["arguments"] == '{ "a":1}'


@pytest.mark.parametrize(
    ("name", "sent"),
    [("find order", "find_order"), ("functions.find", "functions_find"), ("x" * 99, "x" * 64), (None, "unknown")],
)
def test_p64_a_name_that_no_function_has_is_made_fit(name: Any, sent: str) -> None:
    """P64: a name that a model made up is refused by servers in every further request."""
    assert written(said("user", "Hi."), called("c1", name))[2]["tool_calls"][0]["function"]["name"] == sent
    json.dumps(written(called("c1", name)), allow_nan=False)

"""A response is made from the session object with its own fields over it."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.wording import EXACTLY, MARKER, SUMMARY
from orchestrator.local.plan import make_plan
from orchestrator.protocol.session import new_session
from tests.local.scene import talk, word_for_word


async def test_words_given_literally_are_said() -> None:
    """A response that the orchestrator marked needs no brain."""
    async with talk() as client:
        client.send("response.create", response=word_for_word("Welcome to Acme."))
        response = (await client.last("response.done"))["response"]
        assert response["output"][0]["content"][0]["transcript"] == "Welcome to Acme."
        assert client.brain.seen == []


@pytest.mark.parametrize(
    "options",
    [
        {"instructions": "Say exactly: Welcome to Acme."},
        {"instructions": "Welcome the caller.", "metadata": {MARKER: EXACTLY}},
    ],
)
async def test_words_are_literal_only_if_they_are_marked(options: dict[str, object]) -> None:
    """An author's instructions are the brain's, whatever they begin with; so are marked ones without words."""
    async with talk() as client:
        client.say("Hello")
        client.send("response.create", response=options)
        await client.until("response.done")
        assert client.brain.seen[0].response_instructions == options["instructions"]


async def test_the_brain_knows_what_a_response_is_for() -> None:
    """From the orchestrator's mark in the metadata."""
    async with talk() as client:
        client.say("Hello")
        client.send("response.create", response={"metadata": {MARKER: SUMMARY}})
        await client.until("response.done")
        assert client.brain.seen[0].purpose == SUMMARY


def session(**fields: Any) -> dict[str, Any]:
    """Return a session object."""
    return new_session("sess_1", "router") | {"instructions": "You are the desk."} | fields


def test_the_fields_of_a_response_go_before_those_of_the_session() -> None:
    """Where it has none of its own, the session's hold."""
    wanted = {
        "output_modalities": ["text"],
        "max_output_tokens": 7,
        "audio": {"output": {"voice": "cedar", "format": {"type": "audio/pcmu"}}},
    }
    own, plain = (make_plan(session(), fields, (), None) for fields in (wanted, {}))

    assert (own.modalities, own.spoken, own.max_output_tokens) == (["text"], False, 7)
    assert (own.voice, own.format) == ("cedar", {"type": "audio/pcmu"})
    assert (plain.modalities, plain.spoken, plain.max_output_tokens) == (["audio"], True, "inf")
    assert (plain.voice, plain.format) == ("marin", {"type": "audio/pcm", "rate": 24000})
    assert plain.purpose == ""


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ("You are the desk.\n\nBe brief.", "Be brief."),
        ("You are the desk.", ""),
        ("Be brief.", "Be brief."),
    ],
)
def test_instructions_that_repeat_the_sessions_are_told_apart(given: str, own: str) -> None:
    """The orchestrator puts those of a response under the session's."""
    plan = make_plan(session(), {"instructions": given}, (), None)

    assert (plan.instructions, plan.response_instructions) == ("You are the desk.", own)


def test_a_line_of_the_session_itself_is_said() -> None:
    """It needs no mark."""
    assert make_plan(session(), {}, (), "Are you still there?").line == "Are you still there?"

"""Lines and replies at the gateway: whose turn it is."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from orchestrator.core.events import CallerAsked, CallerLeft, CallerTyped, Ending
from orchestrator.core.state import Phase
from orchestrator.gateway.mahilo import text as module
from tests.gateway.mahilo.clients import client, say
from tests.gateway.serving import ScriptedCall
from tests.patience import PATIENCE


async def typed(call: ScriptedCall) -> str:
    """Wait for a line that the agent was given and asked about; returns it."""
    event = await call.next()
    assert isinstance(event, CallerTyped)
    assert await call.next() == CallerAsked(patient=True)
    text: str = event.item["content"][0]["text"]
    return text


async def test_the_call_is_in_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Agents write; whoever leaves hangs up."""
    async with client(monkeypatch) as (one, call):
        await one.type("Hello.")
        assert await typed(call) == "Hello."
        assert call.settings is not None
        assert call.settings.modalities == ("text",)
    assert await call.next() == CallerLeft("hang-up")


async def test_a_reply_is_what_was_said_until_it_is_the_callers_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several responses make one frame; nothing is sent for those without words."""
    async with client(monkeypatch) as (one, call):
        await one.type("Hello.")
        await typed(call)
        call.state.at_rest = False
        say(call, "One moment. ", "1")
        say(call, "", "2")
        await one.type("Are you there?")
        say(call, "Here it is.", "3")
        call.state.at_rest = True
        say(call, "Anything else?", "4")

        assert await one.lines(1) == ["One moment. Here it is. Anything else?"]
        assert await typed(call) == "Are you there?"


async def test_words_that_were_interrupted_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """An urgent message does not let the agent finish."""
    async with client(monkeypatch) as (one, call):
        call.state.at_rest = False
        say(call, "We are open from", "1", "cancelled")
        say(call, "", "2", "cancelled")
        call.state.at_rest = True
        say(call, "The police say: lock the door.", "3")

        assert await one.lines(1) == ["We are open from … The police say: lock the door."]


async def test_what_nobody_asked_for_is_a_frame_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another agent may have written to this one."""
    async with client(monkeypatch) as (one, call):
        say(call, "The police are on their way.")

        assert await one.lines(1) == ["The police are on their way."]


async def test_the_turn_is_found_to_be_over_without_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that was answered, and of which nothing more is said, tells nobody."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    async with client(monkeypatch) as (one, call):
        call.state.at_rest = False
        say(call, "Let me see.")
        await one.type("And?")
        assert call.events.empty()
        call.state.at_rest = True

        assert await typed(call) == "And?"
        assert await one.lines(1) == ["Let me see."]


async def test_a_turn_does_not_last_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has come is sent, and the next line is taken."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(module, "TURN_SECONDS", 0.0)
    async with client(monkeypatch) as (one, call):
        call.state.at_rest = False
        say(call, "I am thinking.")
        await one.type("Second.")

        assert await one.lines(1) == ["I am thinking."]
        assert await typed(call) == "Second."


async def test_the_first_line_does_not_wait_for_the_agents_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call keeps it while it opens; the second waits for the reply to it."""
    async with client(monkeypatch) as (one, call):
        call.state.at_rest, call.state.phase = False, Phase.OPENING
        await one.type("First.")
        assert await typed(call) == "First."
        await one.type("Second.")
        say(call, "One.")
        call.state.at_rest, call.state.phase = True, Phase.TALKING

        assert await typed(call) == "Second."
        assert await one.lines(1) == ["One."]


async def test_lines_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is dropped, and the client is told."""
    async with client(monkeypatch) as (one, call):
        call.state.at_rest = False
        for number in range(module.WAITING + 1):
            await one.type(str(number))

        assert await one.lines(1) == ["Error: Too many lines wait for a reply. This one was dropped."]
        call.state.at_rest = True
        say(call, "Now.")
        assert await typed(call) == "0"


async def test_a_reply_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than that is sent before its end."""
    monkeypatch.setattr(module, "MOST_WORDS", 10)
    async with client(monkeypatch) as (one, call):
        call.state.at_rest = False
        say(call, "One two three four.", "1")

        assert await one.lines(1) == ["One two three four."]


async def test_binary_frames_are_logged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They mean nothing."""
    with capture_logs() as logs:
        async with client(monkeypatch) as (one, call):
            await one.socket.send(b"\0")
            await one.socket.send(b"\0")
            await one.type("Hello.")
            await typed(call)

    assert [log["reason"] for log in logs if log["event"] == "invalid frame ignored"] == ["a binary frame"]


async def test_the_last_words_go_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent says goodbye and hangs up, or something fails after it has begun."""
    async with client(monkeypatch) as (one, call):
        call.state.at_rest = False
        say(call, "Goodbye.", "1")
        call.end(Ending.FINISHED, "the agent has hung up")
        say(call, "I am still here.", "2")

        assert await one.closed() == 1000
        assert one.frames == ["Goodbye."]
    async with client(monkeypatch) as (one, call):
        call.state.at_rest = False
        say(call, "One moment.")
        call.end(Ending.FAILED, "a fault")

        assert await one.closed() == 1011
        assert one.frames == ["One moment.", "Error: The server failed; its log says why. (a fault)"]


async def test_nobody_looks_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that leaves in its turn leaves no timer."""
    async with client(monkeypatch) as (one, call):
        await one.type("Hello.")
        await typed(call)
        call.state.at_rest = False
    await asyncio.wait_for(call.left.wait(), PATIENCE)
    assert await call.next() == CallerLeft("hang-up")

"""The brain on a chat-completions server, against a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import structlog

from orchestrator.local.brain import chat
from orchestrator.local.brain.chat import ChatBrain
from orchestrator.local.brain.port import Action, CallFunction, Request, Say
from orchestrator.local.brain.saying import phrases
from tests.chat_server import ChatServer, calls, chat_server, text
from tests.patience import PATIENCE

TOOL = {"type": "function", "name": "find_order", "description": "Find.", "parameters": {"type": "object"}}
HEARD = {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": "Hello."}]}
TODAY = date(2026, 11, 28)
REQUEST = Request("Help.", [TOOL], "auto", [HEARD], TODAY)
SECRET = "sk-secret"


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    """Run a scripted server."""
    async with chat_server() as running:
        yield running


@pytest.fixture
async def brain(server: ChatServer) -> AsyncIterator[ChatBrain]:
    """Return a brain on the server."""
    made = ChatBrain(f"{server.url}/v1", "qwen3:4b", SECRET)
    yield made
    await made.close()


async def known(server: ChatServer, brain: ChatBrain) -> None:
    """Let a brain learn that this server marks both ends of its thoughts: it then passes sentences on at once."""
    server.answers = [text("Ready.")]
    await actions(brain)


async def actions(brain: ChatBrain, request: Request = REQUEST) -> list[Action]:
    """Return all that a brain does in one turn."""
    async with asyncio.timeout(PATIENCE):
        return [action async for action in brain.respond(request, {})]


async def test_words_come_as_sentences(server: ChatServer, brain: ChatBrain) -> None:
    """Pieces of words become whole sentences."""
    server.answers = [text("Good mor", "ning. How ", "can I", " help?")]

    assert await actions(brain) == [Say("Good morning."), Say("How can I help?")]


async def test_first_sentence_does_not_wait_for_the_last(server: ChatServer, brain: ChatBrain) -> None:
    """A sentence is passed on while the model still writes the next one."""
    await known(server, brain)
    server.answers = [text("First one. Then ", "another.")]
    server.gate.clear()

    async with asyncio.timeout(PATIENCE):
        turn = brain.respond(REQUEST, {})
        first = await anext(turn)
        server.gate.set()
        rest = [action async for action in turn]

    assert (first, rest) == (Say("First one."), [Say("Then another.")])


async def test_request_is_a_chat_completion(server: ChatServer, brain: ChatBrain) -> None:
    """Model, messages, tools and key go to the standard route, streamed."""
    server.answers = [text("Hi.")]

    await actions(brain)

    head, body = server.requests[0]
    assert head.startswith("POST /v1/chat/completions ")
    assert f"authorization: bearer {SECRET}" in head.lower()
    assert body == {
        "model": "qwen3:4b",
        "messages": [{"role": "system", "content": "Help."}, {"role": "user", "content": "Hello."}],
        "stream": True,
        "tools": [{"type": "function", "function": {key: TOOL[key] for key in ("name", "description", "parameters")}}],
        "tool_choice": "auto",
    }


async def test_no_tools_are_offered_where_none_may_be_called(server: ChatServer, brain: ChatBrain) -> None:
    """`tool_choice: none` leaves the tools out, since some servers do not read it."""
    server.answers = [text("Hi.")]

    await actions(brain, Request("Help.", [TOOL], "none", [HEARD], TODAY))

    assert "tools" not in server.requests[0][1]


async def test_route_is_completed_when_only_a_host_is_given(server: ChatServer) -> None:
    """A URL without a path gets `/v1`; without a key there is no such header."""
    server.answers = [text("Hi.")]
    brain = ChatBrain(f"{server.url}/", "m", None)

    await actions(brain)
    await brain.close()

    head, _ = server.requests[0]
    assert head.startswith("POST /v1/chat/completions ")
    assert "authorization" not in head.lower()


async def test_function_call_is_put_together(server: ChatServer, brain: ChatBrain) -> None:
    """Arguments that come in pieces are one call."""
    first = {"index": 0, "id": "a", "function": {"name": "find_order", "arguments": '{"order'}}
    more = {"index": 0, "function": {"arguments": '_number": "48213"}'}}
    second = {"index": 1, "id": "b", "function": {"name": "cancel_order", "arguments": ""}}
    server.answers = [calls(first, more, second)]

    found = CallFunction("find_order", {"order_number": "48213"})
    assert await actions(brain) == [found, CallFunction("cancel_order", {})]


async def test_calls_with_one_index_are_told_apart_by_id(server: ChatServer, brain: ChatBrain) -> None:
    """Servers that number every call 0, or not at all, are understood; so are arguments sent as an object."""
    one: dict[str, Any] = {"id": "a", "function": {"name": "one", "arguments": "{}"}}
    two: dict[str, Any] = {"id": "b", "function": {"name": "two", "arguments": {"day": "monday"}}}
    server.answers = [calls(one, two)]

    assert await actions(brain) == [CallFunction("one", {}), CallFunction("two", {"day": "monday"})]


@pytest.mark.parametrize("written", ['{"day": ', "[1]", "tomorrow", '{"day": NaN}', "[" * 5_000])
async def test_broken_arguments_reach_the_tool_as_they_are(server: ChatServer, brain: ChatBrain, written: str) -> None:
    """P64: without them the tool would run on its defaults; so it refuses, and says why."""
    server.answers = [calls({"index": 0, "id": "a", "function": {"name": "one", "arguments": written}})]

    assert await actions(brain) == [CallFunction("one", {}, written)]


async def test_words_come_before_calls(server: ChatServer, brain: ChatBrain) -> None:
    """What the model says beside a call is said first."""
    call = {"index": 0, "id": "a", "function": {"name": "one", "arguments": "{}"}}
    server.answers = [[*text("One moment.")[:-1], *calls(call)]]

    assert await actions(brain) == [Say("One moment."), CallFunction("one", {})]


async def test_thoughts_are_not_spoken(server: ChatServer, brain: ChatBrain) -> None:
    """What a reasoning model thinks, in whatever pieces, is not for the caller."""
    server.answers = [text("<th", "ink>They say hello. I should", " greet.</thi", "nk>\n\nHello. ", "What is it?")]

    assert await actions(brain) == [Say("Hello."), Say("What is it?")]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, '{"error": {"message": "model qwen3:4b not found"}}'), "HTTP 404: model qwen3:4b not found"),
        ((401, f"bad key {SECRET}"), "HTTP 401: bad key …"),
        ((500, '{"error": "out of memory"}'), "HTTP 500: out of memory"),
        ((200, "{}"), "the server does not stream: no server-sent event came"),
        (['{"error": {"message": "context too long"}}', "[DONE]"], "context too long"),
        (["nonsense"], "a piece of the answer is not a JSON object"),
    ],
)
async def test_failure_is_told_and_logged(
    server: ChatServer, brain: ChatBrain, answer: list[str] | tuple[int, str], reason: str
) -> None:
    """P28: a server's error is said in plain words, its reason is logged without the key, and the next turn works."""
    server.answers = [answer, text("Here I am.")]

    with structlog.testing.capture_logs() as logs:
        assert await actions(brain) == [Say(phrases.UNREACHABLE)]
    assert [(line["event"], line["reason"]) for line in logs] == [("chat server failed", reason)]
    assert await actions(brain) == [Say("Here I am.")]


async def test_answer_that_breaks_off_is_told(server: ChatServer, brain: ChatBrain) -> None:
    """What was said stays said; the caller hears that the rest is lost, and no half call is made."""
    await known(server, brain)
    server.answers = [[*text("I can do that. Let me ")[:-1], "HANG UP"]]

    assert await actions(brain) == [Say("I can do that."), Say(phrases.BROKEN_OFF)]


async def test_server_that_is_not_there_is_told() -> None:
    """A port nobody listens on is an answer in plain words, too."""
    async with chat_server() as server:
        url = server.url
    brain = ChatBrain(url, "m", None)

    with structlog.testing.capture_logs() as logs:
        assert await actions(brain) == [Say(phrases.UNREACHABLE)]
    await brain.close()
    assert logs[0]["reason"] == "the server cannot be reached (ConnectError)"


async def test_silent_server_is_given_up(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts and says nothing is waited for in bounds."""
    monkeypatch.setattr(chat, "SILENT_SECONDS", 0.05)
    brain = ChatBrain(server.url, "m", None)
    server.answers = [text("never")[:1]]
    server.gate.clear()

    with structlog.testing.capture_logs() as logs:
        assert await actions(brain) == [Say(phrases.UNREACHABLE)]
    server.gate.set()
    await brain.close()
    assert logs[0]["reason"] == "no answer in time (ReadTimeout)"


async def test_answer_without_end_is_cut(server: ChatServer, brain: ChatBrain) -> None:
    """P36: a model that loops is stopped."""
    server.answers = [text(*["again and again " * 100] * 10)]

    with structlog.testing.capture_logs() as logs:
        assert await actions(brain) == [Say(phrases.UNREACHABLE)]
    assert "longer than" in logs[0]["reason"]


async def test_empty_answer_is_not_silence(server: ChatServer, brain: ChatBrain) -> None:
    """A model that says nothing is put into words."""
    server.answers = [text("")]

    assert await actions(brain) == [Say(phrases.EMPTY)]


async def test_turn_that_is_dropped_ends_the_request(server: ChatServer, brain: ChatBrain) -> None:
    """A barge-in closes the turn; the next one is answered."""
    await known(server, brain)
    server.answers = [text("One. Two. ", *["More words. "] * 100, "end")]
    server.gate.clear()

    async with asyncio.timeout(PATIENCE):
        turn = brain.respond(REQUEST, {})
        assert await anext(turn) == Say("One.")
        await turn.aclose()  # type: ignore[attr-defined]
        server.gate.set()
        server.answers = [text("Next.")]
        assert await actions(brain) == [Say("Next.")]

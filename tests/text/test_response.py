"""The events of one response in text: their order, their usage, their end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.protocol.conversation import Conversation, Entry
from orchestrator.providers.codec import decode
from orchestrator.providers.event_queue import EventQueue
from orchestrator.text import response as text_response
from orchestrator.text.chat import Answer, ChatClient
from orchestrator.text.response import TextResponse
from tests.chat_server import ChatServer, Reply, calls, chat_server, end, text
from tests.patience import PATIENCE
from tests.reading import into
from tests.wire import read, validate

CALL = {"index": 0, "id": "a", "function": {"name": "find", "arguments": '{"n": 1}'}}
MESSAGE = [
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
]
FUNCTION = [
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
]
BODY = {"model": "m", "messages": [{"role": "user", "content": "x" * 36}], "max_completion_tokens": 9}


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    """Run a scripted server."""
    async with chat_server() as running:
        yield running


class Heard:
    """A response that was run to its end, and the frames of it."""

    def __init__(self, *, aside: bool = False) -> None:
        self.events = EventQueue()
        conversation = Conversation(self.events.emit, Entry)
        self.response = TextResponse(BODY, self.events, conversation, {"a": "b"}, aside=aside)
        self.frames: list[str] = []
        self.kinds: list[str] = []
        self.done: dict[str, Any] = {}

    async def run(self, server: ChatServer, answer: Reply) -> Heard:
        """Run it on an answer."""
        server.answers, held = [text("Ready."), answer], not server.gate.is_set()
        server.gate.set()
        client = ChatClient(server.url, {})
        async with asyncio.timeout(PATIENCE):
            async for _ in client.ask(BODY, Answer(9)):
                pass  # from now on the client knows that words can be passed on as they come
            server.requests.clear()
            if held:
                server.gate.clear()
            await self.response.run(client)
        await client.close()
        self.events.end()
        return await self.read()

    async def read(self) -> Heard:
        """Read all that was sent, each event as strict clients want it."""
        self.frames = []
        await self.events.read(into(self.frames))
        events = [read(frame) for frame in self.frames]
        for event in events:
            validate(event)
        self.kinds = [event["type"] for event in events]
        self.done = events[-1]["response"]
        return self


async def test_events_come_in_the_order_of_the_service(server: ChatServer) -> None:
    """Words, then calls, each with its whole tail; one `response.done` at the end."""
    heard = await Heard().run(server, text("One moment.")[:-1] + calls(CALL, CALL | {"index": 1}))

    assert heard.kinds == ["response.created", *MESSAGE, *FUNCTION, *FUNCTION, "response.done"]
    assert heard.done["status"] == "completed"
    assert (heard.done["metadata"], heard.done["max_output_tokens"]) == ({"a": "b"}, 9)
    assert [item["type"] for item in heard.done["output"]] == ["message", "function_call", "function_call"]


async def test_the_core_understands_it(server: ChatServer) -> None:
    """The codec finds the start, the words, the call and the end, as in any session."""
    heard = await Heard().run(server, text("Yes.")[:-1] + calls(CALL))
    events = [decode(SessionId("planner"), frame, 48) for frame in heard.frames]

    assert [type(event) for event in events if type(event) not in (ev.ResponseProgressed, ev.ItemReported)] == [
        ev.ResponseStarted,
        ev.TranscriptProduced,
        ev.FunctionCalled,
        ev.ResponseFinished,
    ]
    call = next(event for event in events if isinstance(event, ev.FunctionCalled))
    assert (call.name, call.arguments) == ("find", '{"n": 1}')


async def test_aside_no_item_enters_the_conversation(server: ChatServer) -> None:
    """Out of band: the same events without those of the conversation."""
    heard = await Heard(aside=True).run(server, text("Yes."))

    assert heard.kinds == ["response.created", *(kind for kind in MESSAGE if "item." not in kind[:18]), "response.done"]
    assert heard.done["conversation_id"] is None


async def test_an_empty_answer_is_complete(server: ChatServer) -> None:
    """A model that says nothing has no item; a call without a name is none."""
    heard = await Heard().run(server, text("")[:-1] + calls({"index": 0, "function": {"arguments": "{}"}}))

    assert (heard.kinds, heard.done["status"]) == (["response.created", "response.done"], "completed")


async def test_arguments_that_are_missing_are_none(server: ChatServer) -> None:
    """Some servers send nothing for no arguments."""
    heard = await Heard().run(server, calls({"index": 0, "function": {"name": "find"}}))

    assert heard.done["output"][0]["arguments"] == "{}"


@pytest.mark.parametrize(("ending", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_an_answer_that_was_cut_is_incomplete(server: ChatServer, ending: str, reason: str) -> None:
    """What came is kept; half a call is not made."""
    heard = await Heard().run(server, text("I would ")[:-1] + calls(CALL)[:-1] + end(ending))

    assert (heard.done["status"], heard.done["status_details"]["reason"]) == ("incomplete", reason)
    assert [(item["type"], item["status"]) for item in heard.done["output"]] == [("message", "incomplete")]


async def test_an_answer_that_breaks_off_fails(server: ChatServer) -> None:
    """What came is kept as incomplete; what it cost is estimated."""
    heard = await Heard().run(server, [*text("I would say ")[:-1], '{"choices": []}', "HANG UP"])

    assert (heard.done["status"], heard.done["status_details"]["error"]["code"]) == ("failed", "closed")
    assert heard.done["output"][0]["content"][0]["text"] == "I would say "
    assert heard.done["usage"]["output_tokens"] == 3
    assert heard.kinds == ["response.created", *MESSAGE, "response.done"]


async def test_usage_is_that_of_the_endpoint(server: ChatServer) -> None:
    """In the shape of the Realtime service, with what was cached."""
    usage = {"prompt_tokens": 20, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 15}}
    heard = await Heard().run(server, text("Yes.")[:-1] + end("stop", **usage))

    none = {"audio_tokens": 0, "image_tokens": 0}
    assert heard.done["usage"] == {
        "total_tokens": 25,
        "input_tokens": 20,
        "output_tokens": 5,
        "input_token_details": {
            "text_tokens": 20,
            "cached_tokens": 15,
            **none,
            "cached_tokens_details": {"text_tokens": 15, **none},
        },
        "output_token_details": {"text_tokens": 5, "audio_tokens": 0},
    }


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": "many", "completion_tokens": -1, "prompt_tokens_details": 5}])
async def test_usage_that_is_missing_is_estimated(server: ChatServer, usage: dict[str, Any]) -> None:
    """Four characters a token: a limit on money holds with any server."""
    heard = await Heard().run(server, text("12345678")[:-1] + end("stop", **usage))

    assert heard.done["usage"]["output_tokens"] == 2
    assert heard.done["usage"]["input_tokens"] >= 9


@pytest.mark.parametrize("usage", ["5", "[1]", '"many"', "true"])
async def test_p48_a_usage_that_is_none_does_not_keep_a_response_open(server: ChatServer, usage: str) -> None:
    """P48: it is estimated, as one that is missing."""
    said = [*text("12345678")[:-1], end("stop")[0], f'{{"choices": [], "usage": {usage}}}', "[DONE]"]
    heard = await Heard().run(server, said)

    assert heard.done["status"] == "completed"
    assert heard.done["usage"]["output_tokens"] == 2


async def test_an_answer_has_a_last_moment(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that drips for ever is given up."""
    monkeypatch.setattr(text_response, "SECONDS", 0.05)
    server.gate.clear()
    heard = await Heard().run(server, text("never"))
    server.gate.set()

    assert (heard.done["status"], heard.done["status_details"]["error"]["code"]) == ("failed", "timeout")


async def test_a_mistake_of_ours_leaves_no_response_open() -> None:
    """Whatever breaks, `response.done` comes."""
    heard = Heard()
    await heard.response.run(None)  # type: ignore[arg-type]
    heard.events.end()
    await heard.read()

    assert (heard.done["status"], heard.done["status_details"]["error"]["code"]) == ("failed", "server_error")


async def test_it_ends_once() -> None:
    """A cancelled response that is cancelled again says nothing more."""
    heard = Heard()
    heard.response.cancel("client_cancelled")
    heard.response.cancel("client_cancelled")
    heard.events.end()
    await heard.read()

    assert heard.kinds == ["response.created", "response.done"]

"""A session that is only asked in text: what it takes, what it asks the endpoint for, how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from orchestrator.errors import RealtimeError
from orchestrator.providers.configure import configure
from orchestrator.text import session as module
from orchestrator.text.session import OPENING, TextSession
from tests.chat_server import ChatServer, calls, chat_server, text
from tests.patience import PATIENCE
from tests.wire import read, validate

KEY = "sk-very-secret-key"
TOOL = {"type": "function", "name": "find_order", "description": "Find.", "parameters": {"type": "object"}}
FIELDS = {"type": "realtime", "output_modalities": ["text"], "instructions": "Plan.", "tools": [TOOL]}
Event = dict[str, Any]


def said(words: str, role: str = "user", **more: Any) -> Event:
    """Return a message item."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": words}], **more}


class Asker:
    """The other side of a session."""

    def __init__(self, session: TextSession, server: ChatServer) -> None:
        self.session, self.server = session, server
        self.events: list[Event] = []

    def send(self, kind: str, **fields: Any) -> None:
        """Send a client event."""
        self.session.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str, *, strict: bool = True) -> Event:
        """Read up to an event, each as strict clients want it."""

        def take(frame: str) -> bool:
            event = read(frame)
            if strict:
                validate(event)
            self.events.append(event)
            return bool(event["type"] == kind)

        async with asyncio.timeout(PATIENCE):
            await self.session.read(take)
        assert self.events[-1]["type"] == kind, f"no {kind}"
        return self.events[-1]

    async def refusal(self, kind: str, **fields: Any) -> Event:
        """Send what is refused."""
        self.send(kind, event_id="mine", **fields)
        error: Event = (await self.until("error"))["error"]
        assert error["event_id"] == "mine"
        return error

    async def known(self) -> None:
        """Let the session learn that this endpoint marks both ends of its thoughts: it then passes words on at once."""
        self.server.answers.insert(0, text("Ready."))
        await self.done(conversation="none")
        self.events.clear()
        self.server.requests.clear()

    async def done(self, **response: Any) -> Event:
        """Ask, and read the answer to its end."""
        self.send("response.create", response=response)
        told: Event = (await self.until("response.done"))["response"]
        return told

    def asked(self, number: int = -1) -> Mapping[str, Any]:
        """Return what the endpoint was asked."""
        return self.server.requests[number][1]


@asynccontextmanager
async def opened(server: ChatServer, **fields: Any) -> AsyncIterator[Asker]:
    """Open a session on a server and configure it."""
    session = await TextSession.open(server.url, {"Authorization": f"Bearer {KEY}"}, "planner")
    asker = Asker(session, server)
    try:
        assert await configure(session, FIELDS | fields) is None
        yield asker
    finally:
        await session.close()


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    """Run a scripted server."""
    async with chat_server() as running:
        yield running


@pytest.fixture
async def asker(server: ChatServer) -> AsyncIterator[Asker]:
    """Return the other side of a session."""
    async with opened(server) as one:
        yield one


async def test_it_begins_as_every_session(server: ChatServer) -> None:
    """`session.created`, then `session.updated` with what was set; nothing is sent to the endpoint."""
    session = await TextSession.open(server.url, {}, "planner")
    asker = Asker(session, server)
    asker.send("session.update", session=FIELDS | {"audio": {"input": {}}})
    updated = (await asker.until("session.updated"))["session"]
    await session.close()

    assert [event["type"] for event in asker.events] == ["session.created", "session.updated"]
    assert updated["model"] == "planner"
    assert {key: updated[key] for key in FIELDS} == FIELDS
    assert updated["max_output_tokens"] == "inf"
    assert server.requests == []


async def test_a_question_is_a_chat(server: ChatServer, asker: Asker) -> None:
    """Instructions, items and tools go to the standard route, with the key; the answer is a message."""
    server.answers = [text("Pay in ", "three parts.")]
    asker.send("conversation.item.create", item=said("The caller owes 90 euros.", "system"))
    asker.send("conversation.item.create", item=said("How can they pay?", id="q1"))
    done = await asker.done()

    assert done["status"] == "completed"
    assert done["output"][0]["content"] == [{"type": "output_text", "text": "Pay in three parts."}]
    head, body = server.requests[0]
    assert f"authorization: bearer {KEY}" in head.lower()
    assert body["model"] == "planner"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"].endswith("How can they pay?")
    assert body["tools"] == [{"type": "function", "function": {key: TOOL[key] for key in TOOL if key != "type"}}]
    assert (body["tool_choice"], body["stream_options"]) == ("auto", {"include_usage": True})


async def test_a_function_is_called_and_answered(server: ChatServer, asker: Asker) -> None:
    """The call has an id of ours; its output goes back in the order that endpoints want."""
    server.answers = [calls({"index": 0, "id": "x" * 50, "function": {"name": "find_order", "arguments": '{"n": 1}'}})]
    asker.send("conversation.item.create", item=said("Where is it?"))
    call = (await asker.done())["output"][0]
    server.answers = [text("On its way.")]
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "sent"}
    asker.send("conversation.item.create", item=output)
    await asker.done()

    assert (call["name"], call["arguments"], len(call["call_id"]) <= 32) == ("find_order", '{"n": 1}', True)
    _, question, asked, result = asker.asked()["messages"]
    assert question["content"] == "Where is it?"
    assert asked["tool_calls"][0] == {
        "id": call["call_id"],
        "type": "function",
        "function": {"name": "find_order", "arguments": '{"n": 1}'},
    }
    assert result == {"role": "tool", "tool_call_id": call["call_id"], "content": "sent"}


async def test_what_was_called_elsewhere_can_be_told(server: ChatServer, asker: Asker) -> None:
    """A function call and what an assistant said are items, too; an item has its place, and can be taken out."""
    server.answers = [text("Fine.")]
    call = {"type": "function_call", "call_id": "c1", "name": "find_order", "arguments": "{}"}
    for item in (said("Hello?", id="a"), said("Wait.", id="b"), call, said("One moment.", "assistant")):
        asker.send("conversation.item.create", item=item)
    asker.send("conversation.item.create", item=said("First.", id="z"), previous_item_id="root")
    asker.send("conversation.item.delete", item_id="b")
    assert (await asker.until("conversation.item.deleted"))["item_id"] == "b"
    await asker.done()

    assert [message["role"] for message in asker.asked()["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert asker.asked()["messages"][1]["content"] == "First.\nHello?"


async def test_a_response_has_fields_of_its_own(server: ChatServer, asker: Asker) -> None:
    """They go before the session's, for this response; metadata comes back."""
    server.answers = [text("Short."), text("Long.")]
    own = {"instructions": "Be short.", "tools": [], "max_output_tokens": 50, "metadata": {"for": "front"}}
    done = await asker.done(**own, output_modalities=["text"])

    assert done["metadata"] == {"for": "front"}
    assert asker.asked()["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": OPENING},
    ]
    assert asker.asked()["max_completion_tokens"] == 50
    assert "tools" not in asker.asked()
    await asker.done(tool_choice={"type": "function", "name": "find_order"})
    assert asker.asked()["tool_choice"] == {"type": "function", "function": {"name": "find_order"}}
    assert asker.asked()["messages"][0]["content"] == "Plan."


async def test_a_reasoning_model_is_told_how_much(server: ChatServer) -> None:
    """`reasoning` and `parallel_tool_calls` are passed on."""
    server.answers = [text("Hm.")]
    async with opened(server, reasoning={"effort": "low"}, parallel_tool_calls=False) as asker:
        await asker.done()
        assert (asker.asked()["reasoning_effort"], asker.asked()["parallel_tool_calls"]) == ("low", False)


async def test_responses_beside_the_conversation_run_together(server: ChatServer, asker: Asker) -> None:
    """`conversation: none` leaves nothing behind, sees the conversation or an `input` of its own."""
    await asker.known()
    server.answers = [text("A", "."), text("B", ".")]
    server.gate.clear()
    asker.send("conversation.item.create", item=said("Hello.", id="h"))
    own = [{"type": "item_reference", "id": "h"}, said("Sum it up.")]
    asker.send("response.create", response={"conversation": "none", "metadata": {"n": "1"}})
    asker.send("response.create", response={"conversation": "none", "metadata": {"n": "2"}, "input": own})
    for _ in range(2):
        await asker.until("response.output_text.delta")
    server.gate.set()
    ends = [(await asker.until("response.done"))["response"] for _ in range(2)]

    assert {end["metadata"]["n"] for end in ends} == {"1", "2"}
    assert all(end["conversation_id"] is None for end in ends)
    assert {body["messages"][-1]["content"] for _, body in server.requests} == {"Hello.", "Hello.\nSum it up."}
    added = [event["item"]["id"] for event in asker.events if event["type"] == "conversation.item.added"]
    assert added == ["h"]


async def test_one_response_at_a_time_in_the_conversation(server: ChatServer, asker: Asker) -> None:
    """Another is refused until the first is over; so is one too many beside it."""
    server.answers = [text("A", ".")] * (2 + module.ASIDE)
    server.gate.clear()
    asker.send("response.create")
    assert (await asker.refusal("response.create"))["code"] == "conversation_already_has_active_response"
    for _ in range(module.ASIDE):
        asker.send("response.create", response={"conversation": "none"})
    error = await asker.refusal("response.create", response={"conversation": "none"})
    server.gate.set()

    assert error["code"] == "rate_limit_exceeded"
    for _ in range(1 + module.ASIDE):
        await asker.until("response.done")
    assert (await asker.done())["status"] == "completed"


async def test_a_response_can_be_cancelled(server: ChatServer, asker: Asker) -> None:
    """It ends at once, its request too; the next question is answered."""
    await asker.known()
    server.answers = [text("I would ", *["say more "] * 100)]
    server.gate.clear()
    asker.send("response.create")
    response_id = (await asker.until("response.output_text.delta"))["response_id"]
    asker.send("response.cancel", response_id=response_id)
    done = (await asker.until("response.done"))["response"]

    assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "client_cancelled")
    assert done["output"][0]["status"] == "incomplete"
    assert (await asker.refusal("response.cancel"))["code"] == "response_cancel_not_active"
    server.gate.set()
    async with asyncio.timeout(PATIENCE):
        await server.broken.wait()
    server.answers = [text("Yes.")]
    assert (await asker.done())["status"] == "completed"


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "input_audio_buffer.append", "audio": "AAAA"}, "invalid_value", "type"),
        ({"type": "conversation.item.truncate", "item_id": "a"}, "invalid_value", "type"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "session.update", "session": {"instructions": "x"}}, "missing_required_parameter", "session.type"),
        (
            {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["audio"]}},
            "invalid_value",
            "session.output_modalities",
        ),
        (
            {"type": "session.update", "session": {"type": "realtime", "tools": [5]}},
            "invalid_value",
            "session.tools[0]",
        ),
        (
            {"type": "session.update", "session": {"type": "realtime", "tools": [{"type": "mcp"}]}},
            "invalid_value",
            "session.tools[0].type",
        ),
        (
            {"type": "session.update", "session": {"type": "realtime", "max_output_tokens": True}},
            "invalid_value",
            "session.max_output_tokens",
        ),
        ({"type": "response.create", "response": 5}, "invalid_value", "response"),
        ({"type": "response.create", "response": {"metadata": {"a": 1}}}, "invalid_value", "response.metadata.a"),
        ({"type": "response.create", "response": {"input": 5}}, "invalid_value", "response.input"),
        ({"type": "response.create", "response": {"input": [5]}}, "invalid_value", "response.input[0]"),
        (
            {"type": "response.create", "response": {"input": [{"type": "item_reference", "id": "nothing"}]}},
            "invalid_value",
            "item_id",
        ),
        ({"type": "response.create", "response": {"output_modalities": ["audio"]}}, "invalid_value", None),
        ({"type": "conversation.item.create", "item": {"type": "message"}}, "missing_required_parameter", "item.role"),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]},
            },
            "unsupported_content_type",
            "item.content[0].type",
        ),
        ({"type": "conversation.item.create", "item": said("x", id="x" * 33)}, "invalid_value", "item.id"),
        (
            {"type": "conversation.item.create", "item": said("x"), "previous_item_id": "nowhere"},
            "item_create_invalid_previous_item_id",
            "previous_item_id",
        ),
        ({"type": "conversation.item.delete"}, "missing_required_parameter", "item_id"),
        ({"type": "conversation.item.delete", "item_id": "nothing"}, "item_delete_invalid_item_id", "item_id"),
        ({"type": "response.cancel", "response_id": []}, "invalid_value", "response_id"),
        ({"type": "response.cancel", "response_id": "resp_x"}, "response_cancel_not_active", None),
    ],
    ids=str,
)
async def test_what_is_wrong_is_answered_with_an_error(
    asker: Asker, event: Event, code: str, param: str | None
) -> None:
    """Never an exception; the session goes on."""
    error = await asker.refusal(**{"kind" if key == "type" else key: value for key, value in event.items()})

    assert error["code"] == code
    assert param is None or error["param"] == param
    asker.server.answers = [text("Still here.")]
    assert (await asker.done())["status"] == "completed"


@pytest.mark.parametrize("frame", ["", "[]", '{"type": 5}', "[" * 100_000, "x" * (module.EVENT + 1)], ids=range(5))
async def test_what_is_no_event_is_answered_with_an_error(asker: Asker, frame: str) -> None:
    """Garbage, depth and size are refused."""
    asker.session.send(frame)

    assert (await asker.until("error"))["error"]["type"] == "invalid_request_error"


async def test_a_failure_ends_the_response_only(server: ChatServer, asker: Asker) -> None:
    """What may go better the next time: the response fails with a code, which is logged without the key."""
    server.answers = [(500, f"no {KEY}"), text("Here I am.")]

    with structlog.testing.capture_logs() as logs:
        done = await asker.done()

    assert (done["status"], done["status_details"]["error"]["code"]) == ("failed", "server_error")
    assert done["usage"] is None
    assert [(line["event"], line["code"], line["reason"]) for line in logs] == [
        ("text endpoint failed", "server_error", "HTTP 500: no …")
    ]
    assert (await asker.done())["status"] == "completed"


async def test_what_no_other_try_can_help_ends_the_session(server: ChatServer, asker: Asker) -> None:
    """A wrong key or model: the session is lost for good, as one whose socket closes. Later events are ignored."""
    server.answers = [(401, f"bad {KEY}")]
    asker.send("response.create")
    with pytest.raises(RealtimeError) as caught:
        await asker.until("response.done")
    asker.send("response.create")

    assert (caught.value.code, caught.value.fatal) == ("invalid_api_key", True)
    assert str(caught.value) == "The endpoint failed: HTTP 401: bad …."
    assert KEY not in str(asker.events)
    assert len(server.requests) == 1


async def test_closing_ends_what_is_asked(server: ChatServer) -> None:
    """The request is cut, nothing more comes; closing twice is fine."""
    async with opened(server) as asker:
        await asker.known()
        server.answers = [text("I would ", *["say more "] * 100)]
        server.gate.clear()
        asker.send("response.create")
        await asker.until("response.output_text.delta")
        await asker.session.close()
        server.gate.set()
        async with asyncio.timeout(PATIENCE):
            await server.broken.wait()
            await asker.session.read(lambda frame: pytest.fail(frame))
        assert asker.session.max_age is None


async def test_an_endpoint_that_cannot_be_one_is_not_opened() -> None:
    """The url is looked at when the session is opened."""
    with pytest.raises(RealtimeError) as caught:
        await TextSession.open("ftp://host", {}, "m")

    assert (caught.value.code, caught.value.fatal) == ("invalid_url", True)

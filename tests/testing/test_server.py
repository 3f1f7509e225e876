"""The scripted server: the official client holds calls with it, and it is a provider for the orchestrator."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from pydantic import ValidationError
from websockets.asyncio.client import connect

from orchestrator.protocol.audio import PCM_BYTES_PER_MS
from orchestrator.testing import ScriptedRealtime, call, say
from tests.patience import PATIENCE
from tests.testing.client import HELLO, SERVER_EVENT, TRANSCRIBED, SocketClient, talking


async def turn(connection: AsyncRealtimeConnection) -> list[Any]:
    """Read one turn to the end with the official client; what it made of the events is strictly right."""
    events: list[Any] = []
    async with asyncio.timeout(PATIENCE):
        async for event in connection:
            SERVER_EVENT.validate_python(event.model_dump(exclude_unset=True))
            events.append(event)
            if event.type == "response.done":
                return events
    raise AssertionError("the connection was closed")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ping", "event_id": "e"},
        {"type": "input_audio_buffer.cleared"},
        {"type": "response.done", "event_id": "e", "response": {"status": "handoff"}},
    ],
)
def test_the_official_types_are_strict(event: dict[str, Any]) -> None:
    """What these tests rely on: an unknown type, a missing key or a wrong value is noticed."""
    with pytest.raises(ValidationError):
        SERVER_EVENT.validate_python(event)


async def test_the_official_client_holds_a_call_with_it() -> None:
    """A typed turn, a spoken turn, and a function call with its output."""
    async with ScriptedRealtime() as server:
        server.reply("front", say("Hello there."))
        server.reply("front", say("I heard you."))
        server.reply("front", call("find_order", number="1"))
        server.reply("front", say("It is on its way."))
        base = server.url.removesuffix("/realtime")
        client = AsyncOpenAI(api_key="x", websocket_base_url=base, base_url=base.replace("ws", "http"))
        async with client, client.realtime.connect(model="front") as connection:
            await connection.session.update(session={"type": "realtime", **TRANSCRIBED})  # type: ignore[arg-type]
            await connection.conversation.item.create(item=HELLO)  # type: ignore[arg-type]
            await connection.response.create(response={"output_modalities": ["text"]})
            typed = await turn(connection)
            await server.sessions[0].hear("How are you?")
            spoken = await turn(connection)
            await connection.response.create()
            asked = await turn(connection)
            done = asked[-1].response.output[0]
            output = {"type": "function_call_output", "call_id": done.call_id, "output": "sent"}
            await connection.conversation.item.create(item=output)  # type: ignore[arg-type]
            await connection.response.create()
            answered = await turn(connection)

        assert [event.text for event in typed if event.type == "response.output_text.done"] == ["Hello there."]
        heard = [event for event in spoken if event.type == "response.output_audio.delta"]
        assert sum(len(base64.b64decode(event.delta)) for event in heard) == 400 * PCM_BYTES_PER_MS
        assert "conversation.item.input_audio_transcription.completed" in [event.type for event in spoken + asked]
        assert (done.name, done.arguments) == ("find_order", '{"number": "1"}')
        assert answered[-1].response.output[0].content[0].transcript == "It is on its way."


async def test_each_session_has_a_number_and_speaks_in_its_own_format() -> None:
    """So a test can tell whom the caller hears."""
    mulaw = {"audio": {"output": {"format": {"type": "audio/pcmu"}}}}
    async with ScriptedRealtime() as server, talking(server), talking(server, **mulaw) as client:
        server.reply("front", say("Yes.", ms=150))
        await client.send("response.create")
        await client.until("response.done")
        assert await server.session("front", 1) is server.sessions[1]

    pieces = [base64.b64decode(e["delta"]) for e in client.seen if e["type"] == "response.output_audio.delta"]
    assert [(piece[:4], len(piece)) for piece in pieces] == [(b"\2\0\1\0", 800), (b"\2\0\2\0", 400)]


async def test_a_session_can_be_waited_for_before_it_is_configured() -> None:
    """`opened` takes any session, `session` only one that was configured."""
    async with ScriptedRealtime() as server:
        opened = asyncio.ensure_future(server.opened())
        configured = asyncio.ensure_future(server.session("front"))
        async with connect(f"{server.url}?model=front") as socket:
            client = SocketClient(socket)
            first = await opened
            await client.until("session.created")
            assert not configured.done()
            await client.send("session.update", session={"type": "realtime"})
            assert await configured is first


async def test_a_handshake_can_be_held() -> None:
    """Until it is admitted; a service that is slow to open."""
    async with ScriptedRealtime() as server:
        server.faults.held = True
        opening = asyncio.ensure_future(connect(f"{server.url}?model=front").__aenter__())
        await server.held()
        assert not opening.done()
        server.admit()
        socket = await asyncio.wait_for(opening, PATIENCE)
        await SocketClient(socket).until("session.created")
        await socket.close()


async def test_it_is_a_provider() -> None:
    """Sessions that speak and sessions that are only asked in text are opened on the server itself."""
    async with ScriptedRealtime() as server:
        for opening in (server.open, server.open_text):
            session = await opening("front")
            frames: list[str] = []

            def take(frame: str, frames: list[str] = frames) -> bool:
                frames.append(frame)
                return True

            await session.read(take)
            assert json.loads(frames[0])["session"]["model"] == "front"
            await session.close()

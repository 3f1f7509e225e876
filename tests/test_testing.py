"""The scripted Realtime server speaks the protocol: the official client and its types accept every event."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from orchestrator.testing import Prompt, Reply, ScriptedRealtime, call, say

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
PATIENCE = 10.0  # seconds
PIECE = base64.b64encode(bytes(4800)).decode()  # 100 ms of PCM
HELLO = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]}
TRANSCRIBED = {"audio": {"input": {"transcription": {"model": "gpt-transcribe"}}}}


class Client:
    """A plain client; every event it gets has to be one that the official types accept."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one client event."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str, where: Callable[[Any], bool] = lambda _: True) -> dict[str, Any]:
        """Read up to an event."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event = json.loads(await self.socket.recv())
                SERVER_EVENT.validate_python(event)
                self.seen.append(event)
                if event["type"] == kind and where(event):
                    return event

    async def refusal(self, kind: str, **fields: Any) -> tuple[str, str | None]:
        """Send an event that is refused; returns code and param. The error names the event."""
        await self.send(kind, event_id="mine", **fields)
        error = (await self.until("error"))["error"]
        assert error["event_id"] == "mine"
        return error["code"], error["param"]

    def kinds(self, after: str = "") -> list[str]:
        """Return the types of the events so far, from the last one of a type on."""
        kinds = [event["type"] for event in self.seen]
        return kinds[len(kinds) - 1 - kinds[::-1].index(after) :] if after else kinds


@asynccontextmanager
async def talking(server: ScriptedRealtime, **session: Any) -> AsyncIterator[Client]:
    """Connect and configure."""
    async with connect(f"{server.url}?model=front") as socket:
        client = Client(socket)
        await client.until("session.created")
        await client.send("session.update", session={"type": "realtime", **session})
        await client.until("session.updated")
        yield client


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
            await connection.session.update(session={"type": "realtime", **TRANSCRIBED})  # type: ignore[typeddict-item]
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
        assert sum(len(base64.b64decode(event.delta)) for event in heard) == 400 * 48
        assert "conversation.item.input_audio_transcription.completed" in [event.type for event in spoken + asked]
        assert (done.name, done.arguments) == ("find_order", '{"number": "1"}')
        assert answered[-1].response.output[0].content[0].transcript == "It is on its way."


async def test_a_response_has_the_order_of_the_service() -> None:
    """One item after the other, `added` before anything that refers to it, one `response.done`."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.reply("front", say("Yes.", ms=150), call("find_order", number="1"))
        await client.send("conversation.item.create", item={"id": "mine", **HELLO})
        await client.send("response.create", response={"metadata": {"a": "b"}})
        await client.until("rate_limits.updated")

        assert client.kinds(after="response.created") == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            *["response.output_audio.delta"] * 2,
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
            "rate_limits.updated",
        ]
        added = [event for event in client.seen if event["type"] == "conversation.item.added"]
        assert [event["previous_item_id"] for event in added] == [None, *(event["item"]["id"] for event in added[:-1])]
        assert client.seen[-2]["response"]["metadata"] == {"a": "b"}


@pytest.mark.parametrize("how", ["client", "turn detection"])
async def test_a_response_that_is_cut_short_is_closed_in_order(how: str) -> None:
    """Its item is incomplete and stays; audio that comes late belongs to it; what was heard can be truncated."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.reply("front", say("A long answer.", ms=600_000), late_ms=200)
        await client.send("response.create")
        await client.until("response.output_audio.delta")
        cut = client.send("response.cancel") if how == "client" else server.sessions[0].hear_start()
        cutting = asyncio.ensure_future(cut)  # what is on its way has to be read meanwhile
        done = await client.until("response.done")
        await client.until("response.output_audio.delta")

        tail = client.kinds(after="response.output_audio.done")
        assert tail[1:6] == [
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
        ]
        reason = "client_cancelled" if how == "client" else "turn_detected"
        assert done["response"]["status_details"] == {"type": "cancelled", "reason": reason}
        await cutting
        item = done["response"]["output"][0]
        assert item["status"] == "incomplete"
        await client.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=100)
        await client.until("conversation.item.truncated")


async def test_p25_only_audio_that_there_is_can_be_truncated() -> None:
    """P25: not past the end, not to nothing, not what was typed; each refusal has its code."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.reply("front", say("Yes.", ms=150))
        await client.send("conversation.item.create", item={"id": "mine", **HELLO})
        await client.send("response.create")
        item_id = (await client.until("response.done"))["response"]["output"][0]["id"]

        async def cut(item: str, ms: int) -> tuple[str, str | None]:
            return await client.refusal("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=ms)

        assert await cut(item_id, 151) == ("invalid_value", "audio_end_ms")
        assert await cut(item_id, 0) == ("invalid_value", "audio_end_ms")
        assert await cut("mine", 10) == ("unsupported_content_type", "item_id")
        assert await cut("nobody's", 10) == ("item_truncate_invalid_item_id", "item_id")
        await client.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=150)
        await client.until("conversation.item.truncated")
        await client.send("conversation.item.retrieve", item_id=item_id)
        assert (await client.until("conversation.item.retrieved"))["item"]["content"] == [{"type": "output_audio"}]


async def test_items_have_the_rules_of_the_service() -> None:
    """Ids, places, content: each fault has its code; what is right keeps its place."""
    async with ScriptedRealtime() as server, talking(server) as client:

        async def create(item: dict[str, Any], **place: str) -> tuple[str, str | None]:
            return await client.refusal("conversation.item.create", item=item, **place)

        for name, place in (("b", {}), ("a", {"previous_item_id": "root"}), ("c", {"previous_item_id": "b"})):
            await client.send("conversation.item.create", item={"id": name, **HELLO}, **place)
            await client.until("conversation.item.done")
        assert [event["previous_item_id"] for event in client.seen[-6::2]] == [None, None, "b"]

        assert await create({"id": "a", **HELLO}) == ("item_create_duplicate_item_id", "item.id")
        assert await create(HELLO, previous_item_id="z") == ("item_create_invalid_previous_item_id", "previous_item_id")
        assert await create({"id": "x" * 33, **HELLO}) == ("invalid_value", "item.id")
        assert await create({**HELLO, "role": "developer"}) == ("invalid_value", "item.role")
        assert await create({**HELLO, "role": "assistant"}) == ("invalid_value", "item.content[0].type")
        spoken = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "x"}]}
        assert await create(spoken) == ("missing_required_parameter", "item.content[0].text")
        assert await create({"type": "function_call", "name": "f"}) == ("missing_required_parameter", "item.arguments")
        output = {"type": "function_call_output", "call_id": "another session's", "output": "x"}
        assert await create(output) == ("invalid_value", "item.call_id")
        assert await create({**output, "output": {}}) == ("missing_required_parameter", "item.output")
        assert await create({"type": "odd"}) == ("invalid_value", "item.type")
        await client.send("conversation.item.delete", item_id="a")
        await client.until("conversation.item.deleted")
        for verb in ("delete", "retrieve"):
            refused = await client.refusal(f"conversation.item.{verb}", item_id="a")
            assert refused == (f"item_{verb}_invalid_item_id", "item_id")


async def test_there_is_one_response_at_a_time() -> None:
    """Beside those that are out of band and leave no item behind."""
    async with ScriptedRealtime() as server, talking(server) as client:
        assert await client.refusal("response.cancel") == ("response_cancel_not_active", None)
        server.reply("front", say("One."), say("Two."), held=True)
        server.reply("front", say("Aside."))
        await client.send("response.create")
        response_id = (await client.until("response.created"))["response"]["id"]
        assert await client.refusal("response.create") == ("conversation_already_has_active_response", None)
        assert (await client.refusal("response.cancel", response_id="another"))[0] == "response_cancel_not_active"
        await client.send("response.create", response={"conversation": "none", "output_modalities": ["text"]})
        aside = (await client.until("response.done"))["response"]
        assert (aside["conversation_id"], aside["output"][0]["content"][0]["text"]) == (None, "Aside.")
        server.sessions[0].release()
        whole = (await client.until("response.done"))["response"]

        assert (whole["id"], len(whole["output"])) == (response_id, 2)
        assert set(server.sessions[0].session.items.by_id) == {item["id"] for item in whole["output"]}
        assert await client.refusal("response.create", response={"voice": "echo"}) == (
            "unknown_parameter",
            "response.voice",
        )
        assert (await client.refusal("response.create", response={"metadata": {"a": 1}}))[1] == "response.metadata.a"


async def test_the_session_object_is_complete_and_merged_by_key() -> None:
    """What is not said stays; another kind of turn detection brings its own defaults; null switches off."""
    async with ScriptedRealtime() as server, talking(server) as client:
        first = client.seen[0]["session"]
        assert first["model"] == "front"
        assert first["audio"]["output"] == {
            "format": {"type": "audio/pcm", "rate": 24000},
            "voice": "alloy",
            "speed": 1.0,
        }

        async def told(**said: Any) -> dict[str, Any]:
            await client.send("session.update", session={"type": "realtime", **said})
            session: dict[str, Any] = (await client.until("session.updated"))["session"]
            return session

        after = await told(
            audio={"output": {"voice": "cedar"}, "input": {"turn_detection": {"type": "server_vad", "threshold": 0.7}}}
        )
        assert (after["audio"]["output"]["voice"], after["audio"]["output"]["speed"]) == ("cedar", 1.0)
        assert after["audio"]["input"]["turn_detection"]["prefix_padding_ms"] == 300
        after = await told(audio={"input": {"turn_detection": {"type": "semantic_vad"}}})
        assert set(after["audio"]["input"]["turn_detection"]) == {
            "type",
            "eagerness",
            "create_response",
            "interrupt_response",
        }
        after = await told(audio={"input": {"turn_detection": None}})
        assert after["audio"]["input"]["turn_detection"] is None
        after = await told(audio={"input": {"turn_detection": {"type": "server_vad"}}}, instructions="Hi")
        assert (after["audio"]["input"]["turn_detection"]["silence_duration_ms"], after["instructions"]) == (200, "Hi")


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({}, "missing_required_parameter", "session.type"),
        ({"type": "transcription"}, "invalid_value", "session.type"),
        ({"type": "realtime", "voice": "echo"}, "unknown_parameter", "session.voice"),
        ({"type": "realtime", "audio": {"output": {"tone": 1}}}, "unknown_parameter", "session.audio.output.tone"),
        (
            {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "eagerness": "low"}}}},
            "unknown_parameter",
            "session.audio.input.turn_detection.eagerness",
        ),
        (
            {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "odd"}}}},
            "invalid_value",
            "session.audio.input.turn_detection.type",
        ),
        (
            {"type": "realtime", "tools": [{"type": "function", "name": "f", "strict": True}]},
            "unknown_parameter",
            "session.tools[0].strict",
        ),
        ({"type": "realtime", "output_modalities": ["audio", "text"]}, "invalid_value", "session.output_modalities"),
    ],
)
async def test_p40_one_wrong_key_and_nothing_of_an_update_holds(session: Any, code: str, param: str) -> None:
    """P40: as with the service, the whole update is lost."""
    async with ScriptedRealtime() as server, talking(server) as client:
        assert await client.refusal("session.update", session={**session, "instructions": "new"}) == (code, param)
        assert server.sessions[0].fields["instructions"] == ""


async def test_the_voice_is_locked_once_there_was_audio() -> None:
    """The same voice may be said again; anything else may change."""
    async with ScriptedRealtime() as server, talking(server, audio={"output": {"voice": "marin"}}) as client:
        await client.send("response.create")
        await client.until("response.done")
        update = {"type": "realtime", "instructions": "new", "audio": {"output": {"voice": "cedar"}}}
        assert await client.refusal("session.update", session=update) == (
            "cannot_update_voice",
            "session.audio.output.voice",
        )
        update["audio"] = {"output": {"voice": "marin"}}
        await client.send("session.update", session=update)
        assert (await client.until("session.updated"))["session"]["instructions"] == "new"


async def test_turns_are_committed_by_hand_or_by_turn_detection() -> None:
    """By hand there must be 100 ms, and no response begins; transcripts come when they are asked for."""
    async with ScriptedRealtime() as server, talking(server, **TRANSCRIBED) as client:
        assert (await client.refusal("input_audio_buffer.commit"))[0] == "input_audio_buffer_commit_empty"
        await client.send("input_audio_buffer.append", audio=PIECE)
        await client.send("input_audio_buffer.clear")
        assert (await client.refusal("input_audio_buffer.commit"))[0] == "input_audio_buffer_commit_empty"
        assert await client.refusal("input_audio_buffer.append", audio="*") == ("invalid_value", "audio")
        await client.send("input_audio_buffer.append", audio=PIECE)
        server.script.words = "Where is my order?"
        await client.send("input_audio_buffer.commit")
        told = await client.until("conversation.item.input_audio_transcription.completed")
        assert (told["transcript"], client.kinds(after="input_audio_buffer.committed")) == (
            "Where is my order?",
            [
                "input_audio_buffer.committed",
                "conversation.item.added",
                "conversation.item.done",
                "conversation.item.input_audio_transcription.completed",
            ],
        )
        server.faults.transcription = "failed"
        await server.sessions[0].hear("Hello?")
        await client.until("conversation.item.input_audio_transcription.failed")
        await client.until("response.done")
        server.faults.transcription = "held"
        await server.sessions[0].hear("And now?")
        await client.until("response.done")
        server.sessions[0].transcribe()
        await client.until("conversation.item.input_audio_transcription.completed")


def tone(ms: int, level: int = 2000) -> bytes:
    """Return something loud, in 24 kHz PCM16."""
    return level.to_bytes(2, "little", signed=True) * (24 * ms)


async def appended(client: Client, *pieces: bytes) -> None:
    """Append the caller's audio, in frames of 30 ms."""
    pcm = b"".join(pieces)
    for at in range(0, len(pcm), 1440):
        audio = base64.b64encode(pcm[at : at + 1440]).decode()
        await client.send("input_audio_buffer.append", audio=audio)


def brain(prompt: Prompt) -> Reply:
    """Say what was heard, or what it was told to say."""
    return Reply([say(prompt.options.get("instructions") or f"{prompt.item.get('role')}: {prompt.words}")])


async def test_with_ears_it_listens_and_with_a_brain_it_answers() -> None:
    """A turn begins with what is loud and ends with a pause; a short noise is none; the answer comes by itself."""
    heard: list[int] = []

    def ears(pcm: bytes) -> str:
        heard.append(len(pcm) // 48)
        return "Hello?"

    async with ScriptedRealtime(brain=brain, ears=ears) as server, talking(server, **TRANSCRIBED) as client:
        await appended(
            client, tone(600, 20), tone(40), tone(600, -20), tone(400), bytes(48 * 100), tone(100), bytes(48 * 300)
        )
        done = await client.until("response.done")

        assert done["response"]["output"][0]["content"][0]["transcript"] == "user: Hello?"
        spoken = [
            (e["type"], e.get("audio_start_ms", e.get("audio_end_ms"))) for e in client.seen if "speech_" in e["type"]
        ]
        assert spoken == [("input_audio_buffer.speech_started", 1300), ("input_audio_buffer.speech_stopped", 2040)]
        assert heard == [300 + 740]
        told = next(e for e in client.seen if e["type"].endswith("transcription.completed"))
        assert told["transcript"] == "Hello?"


async def test_with_ears_it_knows_the_words_committed_by_hand() -> None:
    """Without turn detection all that was appended since the last commit or clear is heard."""
    heard: list[int] = []

    def ears(pcm: bytes) -> str:
        heard.append(len(pcm) // 48)
        return "Hello?"

    by_hand = {"audio": {"input": {"turn_detection": None}}}
    async with ScriptedRealtime(brain=brain, ears=ears) as server, talking(server, **by_hand) as client:
        await appended(client, tone(900))
        await client.send("input_audio_buffer.clear")
        await appended(client, bytes(48 * 600), tone(120))
        await client.send("input_audio_buffer.commit")
        await client.send("response.create")
        done = await client.until("response.done")
        await client.send("response.create", response={"instructions": "Say this."})
        told = await client.until("response.done")

    assert heard == [720]
    assert done["response"]["output"][0]["content"][0]["transcript"] == "user: Hello?"
    assert told["response"]["output"][0]["content"][0]["transcript"] == "Say this."


async def test_a_reply_has_a_pace() -> None:
    """Its audio comes so many times faster than it is spoken, so that it can be cut in the middle."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.reply("front", say("Long.", ms=60_000), pace=20.0)
        await client.send("response.create")
        await client.until("response.output_audio.delta")
        await client.send("response.cancel")
        assert (await client.until("response.done"))["response"]["status"] == "cancelled"
        assert client.kinds().count("response.output_audio.delta") < 10


async def test_the_audio_says_whose_it_is() -> None:
    """Session and piece stand in the first bytes; the format is the session's."""
    mulaw = {"audio": {"output": {"format": {"type": "audio/pcmu"}}}}
    async with ScriptedRealtime() as server, talking(server), talking(server, **mulaw) as client:
        server.reply("front", say("Yes.", ms=150))
        await client.send("response.create")
        await client.until("response.done")

    pieces = [base64.b64decode(e["delta"]) for e in client.seen if e["type"] == "response.output_audio.delta"]
    assert [(piece[:4], len(piece)) for piece in pieces] == [(b"\2\0\1\0", 800), (b"\2\0\2\0", 400)]


@pytest.mark.parametrize(
    ("frame", "code", "param"),
    [
        ("{", "invalid_json", None),
        ("[]", "invalid_event", None),
        (b"binary", "invalid_event", None),
        ("{}", "missing_required_parameter", "type"),
        ('{"type":"nonsense"}', "invalid_value", "type"),
        ('{"type":"conversation.item.create"}', "missing_required_parameter", "item"),
        ('{"type":"conversation.item.create","item":5}', "invalid_value", "item"),
    ],
)
async def test_a_frame_that_is_no_event_is_refused(frame: str | bytes, code: str, param: str | None) -> None:
    """The session goes on."""
    async with ScriptedRealtime() as server, talking(server) as client:
        await client.socket.send(frame)
        error = (await client.until("error"))["error"]
        assert (error["code"], error["param"]) == (code, param)
        await client.send("response.create")
        await client.until("response.done")


@pytest.mark.parametrize(
    ("query", "headers", "code", "close"),
    [
        ("", {}, "missing_model", 4000),
        ("?model=front", {"OpenAI-Beta": "realtime=v1"}, "beta_api_shape_disabled", 4000),
        ("?model=front", {"Authorization": "Bearer wrong"}, "invalid_api_key", 3000),
    ],
)
async def test_who_may_not_talk_is_told_after_the_handshake(
    query: str, headers: dict[str, str], code: str, close: int
) -> None:
    """An `error`, then a close with a code of its own."""
    async with ScriptedRealtime() as server:
        server.faults.key = "right" if "Authorization" in headers else None
        async with connect(f"{server.url}{query}", additional_headers=headers) as socket:
            assert (await Client(socket).until("error"))["error"]["code"] == code
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == close


async def test_a_handshake_can_be_held() -> None:
    """Until it is admitted; a service that is slow to open."""
    async with ScriptedRealtime() as server:
        server.faults.held = True
        opening = asyncio.ensure_future(connect(f"{server.url}?model=front").__aenter__())
        await server.held()
        assert not opening.done()
        server.admit()
        socket = await asyncio.wait_for(opening, PATIENCE)
        await Client(socket).until("session.created")
        await socket.close()


async def test_it_can_be_told_to_fail_and_to_stay_silent() -> None:
    """A response that fails, one that is never begun, events nobody knows, a drop."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.reply("front", fails="rate_limit_exceeded")
        await client.send("response.create")
        failed = (await client.until("response.done"))["response"]
        assert (failed["status"], failed["status_details"]["error"]["code"]) == ("failed", "rate_limit_exceeded")
        server.faults.ignore_creates = 1
        await client.send("response.create")
        await client.send("response.create")
        await client.until("response.done")
        assert client.kinds().count("response.created") == 2
        server.faults.unknown_events = True
        await client.send("session.update", session={"type": "realtime"})
        await client.until("session.updated")
        assert json.loads(await client.socket.recv())["type"] == "ping"
        server.faults.drop_at = "response.create"
        await client.send("response.create")
        await asyncio.wait_for(client.socket.wait_closed(), PATIENCE)


async def test_it_is_a_provider() -> None:
    """Sessions that speak and sessions that are only asked in text are opened on the server itself."""
    async with ScriptedRealtime() as server:
        for opening in (server.open, server.open_text):
            session = await opening("front")
            told: list[str] = []
            await session.read(lambda frame, told=told: told.append(frame) is None)
            assert json.loads(told[0])["session"]["model"] == "front"
            await session.close()

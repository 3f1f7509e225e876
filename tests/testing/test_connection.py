"""A connection to the scripted server: frames both ways, and the faults that lie outside the protocol."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from orchestrator.testing import ScriptedRealtime, say
from tests.patience import PATIENCE
from tests.testing.client import SocketClient, kinds, talking


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "invalid_json"),
        ("[]", "invalid_json"),
        (b"binary", "invalid_event"),
        ("{}", "missing_required_parameter"),
        ('{"type":5}', "invalid_value"),
        ('{"type":"nonsense"}', "invalid_value"),
        ('{"type":"conversation.item.create"}', "missing_required_parameter"),
        ('{"type":"input_audio_buffer.append","audio":"*"}', "invalid_value"),
    ],
)
async def test_a_frame_that_is_refused_does_not_end_the_session(frame: str | bytes, code: str) -> None:
    """By its shape, its type or its fields; the next event is answered as ever."""
    async with ScriptedRealtime() as server, talking(server) as client:
        await client.socket.send(frame)
        assert (await client.until("error"))["error"]["code"] == code
        await client.send("response.create")
        await client.until("response.done")


@pytest.mark.parametrize("how", ["client", "turn detection"])
async def test_a_response_can_be_cut_short_while_it_is_written(how: str) -> None:
    """Ten minutes of audio without a pace are more than the sockets hold, so the end is not written yet."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.reply("front", say("A long answer.", ms=600_000), late_ms=200)
        await client.send("response.create")
        await client.until("response.output_audio.delta")
        cut = client.send("response.cancel") if how == "client" else server.sessions[0].hear_start()
        cutting = asyncio.ensure_future(cut)  # what is on its way has to be read meanwhile
        done = await client.until("response.done")
        await client.until("response.output_audio.delta")
        await cutting

    assert done["response"]["status"] == "cancelled"
    assert kinds(client.seen).count("response.output_audio.delta") < 6000


async def test_a_paced_reply_goes_on_by_itself() -> None:
    """The connection keeps the clock."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.reply("front", say("Yes.", ms=300), pace=50.0)
        await client.send("response.create")
        assert (await client.until("response.done"))["response"]["status"] == "completed"


async def test_a_held_reply_goes_on_when_it_is_released() -> None:
    """And a held transcript when it is let go."""
    transcribed = {"audio": {"input": {"transcription": {"model": "gpt-transcribe"}}}}
    async with ScriptedRealtime() as server, talking(server, **transcribed) as client:
        front = await server.session("front")
        server.faults.transcription = "held"
        server.reply("front", say("One."), say("Two."), held=True)
        await front.hear("Hello?")
        await client.until("response.output_item.done")
        front.transcribe()
        told = await client.until("conversation.item.input_audio_transcription.completed")
        front.release()
        done = await client.until("response.done")

    assert told["transcript"] == "Hello?"
    assert len(done["response"]["output"]) == 2


async def test_what_the_client_sent_can_be_waited_for() -> None:
    """A test that waits wakes when the answer is written, so a drop does not take it back."""
    async with ScriptedRealtime() as server, talking(server) as client:
        front = await server.session("front")
        waiting = asyncio.ensure_future(front.wait_for("input_audio_buffer.clear", 2))
        await client.send("input_audio_buffer.clear")
        await client.send("input_audio_buffer.clear", event_id="second")
        assert (await waiting)["event_id"] == "second"
        front.drop()
        await client.until("input_audio_buffer.cleared")
        await client.until("input_audio_buffer.cleared")
        with pytest.raises(ConnectionClosed):
            await client.socket.recv()
    assert [event["type"] for event in front.received] == ["session.update", *["input_audio_buffer.clear"] * 2]
    assert (front.model, front.fields["type"]) == ("front", "realtime")


async def test_a_test_can_send_what_it_wants() -> None:
    """In order, whether or not it is an event, and end the connection with any code."""
    async with ScriptedRealtime() as server, talking(server) as client:
        front = await server.session("front")
        await front.send("odd", x=1)
        await front.send_raw(b"binary")
        await front.error("server_error")
        await front.end(1011, "broken")
        frames = [await client.socket.recv() for _ in range(3)]
        await asyncio.wait_for(client.socket.wait_closed(), PATIENCE)

    assert (json.loads(frames[0])["x"], frames[1]) == (1, b"binary")
    assert json.loads(frames[2])["error"]["code"] == "server_error"
    assert (client.socket.close_code, client.socket.close_reason) == (1011, "broken")


async def test_a_connection_can_be_deaf_for_a_while() -> None:
    """It reads nothing, then everything that came meanwhile."""
    async with ScriptedRealtime() as server, talking(server) as client:
        front = await server.session("front")
        await front.ping()
        front.deafen()
        await client.send("input_audio_buffer.clear")
        async with talking(server):
            assert front.of("input_audio_buffer.clear") == []
        front.listen()
        await client.until("input_audio_buffer.cleared")


async def test_the_websocket_protocol_can_be_broken() -> None:
    """A client has to bear that too."""
    async with ScriptedRealtime() as server, talking(server) as client:
        (await server.session("front")).write(b"\x83\x00")  # an opcode that does not exist
        with pytest.raises(ConnectionClosed):
            await client.socket.recv()


async def test_nothing_waits_for_a_connection_that_is_lost() -> None:
    """What a test sends then is lost with it."""
    async with ScriptedRealtime() as server, talking(server) as client:
        front = await server.session("front")
        await client.socket.close()
        await front.gone()
        async with asyncio.timeout(PATIENCE):
            await front.hear("Hello?")


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
            assert (await SocketClient(socket).until("error"))["error"]["code"] == code
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == close


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer right"}, {"api-key": "right"}])
async def test_the_right_key_is_let_in(headers: dict[str, str]) -> None:
    """In the header of either service."""
    async with ScriptedRealtime() as server:
        server.faults.key = "right"
        async with connect(f"{server.url}?model=front", additional_headers=headers) as socket:
            await SocketClient(socket).until("session.created")


async def test_a_session_expires() -> None:
    """An `error`, then a close, as the service does it."""
    async with ScriptedRealtime() as server:
        server.faults.lasts = 0.0
        async with connect(f"{server.url}?model=front") as socket:
            assert (await SocketClient(socket).until("error"))["error"]["code"] == "session_expired"
            await asyncio.wait_for(socket.wait_closed(), PATIENCE)
            assert socket.close_code == 1001


async def test_an_update_can_be_refused_or_left_unanswered() -> None:
    """Neither changes the session."""
    async with ScriptedRealtime() as server, talking(server) as client:
        update = {"type": "realtime", "instructions": "new"}
        server.faults.refuse_update = "unknown_parameter"
        await client.send("session.update", session=update, event_id="mine")
        error = (await client.until("error"))["error"]
        server.faults.refuse_update, server.faults.never_updated = None, True
        await client.send("session.update", session=update)
        await client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        front = await server.session("front")

    assert (error["code"], error["event_id"]) == ("unknown_parameter", "mine")
    assert kinds(client.seen).count("session.updated") == 1
    assert front.fields["instructions"] == ""


async def test_a_response_can_be_left_unanswered() -> None:
    """So many times."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.faults.ignore_creates = 1
        await client.send("response.create")
        await client.send("response.create")
        await client.until("response.done")
        await client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")

    assert kinds(client.seen).count("response.created") == 1


async def test_events_that_do_not_exist_follow_an_update() -> None:
    """A client has to bear them."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.faults.unknown_events = True
        await client.send("session.update", session={"type": "realtime"})
        await client.until("session.updated")
        assert json.loads(await client.socket.recv())["type"] == "ping"
        assert json.loads(await client.socket.recv())["type"] == "response.unheard_of"


async def test_the_connection_can_be_dropped_at_an_event() -> None:
    """Without a close frame, and without an answer to the event."""
    async with ScriptedRealtime() as server, talking(server) as client:
        server.faults.drop_at = "response.create"
        await client.send("response.create")
        await asyncio.wait_for(client.socket.wait_closed(), PATIENCE)
        assert client.socket.close_code == 1006


async def test_a_silent_server_never_opens_the_session() -> None:
    """It listens all the same."""
    async with ScriptedRealtime() as server:
        server.faults.silent = True
        async with connect(f"{server.url}?model=front") as socket:
            client = SocketClient(socket)
            await client.send("input_audio_buffer.clear")
            await client.until("input_audio_buffer.cleared")
            assert kinds(client.seen) == ["input_audio_buffer.cleared"]


async def test_a_stalled_server_reads_no_more_once_it_is_configured() -> None:
    """What comes from another client, and later, is read all the same."""
    async with ScriptedRealtime() as server:
        server.faults.stalled = True
        async with talking(server) as stalled:
            server.faults.stalled = False
            await stalled.send("response.create")
            async with talking(server) as client:
                await client.send("response.create")
                await client.until("response.done")
            assert [len(one.of("response.create")) for one in server.sessions] == [0, 1]
            server.sessions[0].drop()

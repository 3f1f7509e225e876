"""One agent's session over a real socket: opening, configuring, losing, closing."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import traceback
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response

from orchestrator.errors import RealtimeError
from orchestrator.protocol import share
from orchestrator.providers.configure import configure
from orchestrator.realtime import connection
from orchestrator.realtime.connection import Connection
from orchestrator.realtime.services import WebSocketProvider
from orchestrator.server.tls import certified
from orchestrator.settings import Settings
from orchestrator.testing import ScriptedRealtime
from tests.patience import PATIENCE

KEY = "sk-very-secret-key"


@asynccontextmanager
async def opened(service: ScriptedRealtime) -> AsyncIterator[Connection]:
    session = await WebSocketProvider(service.url, {"Authorization": f"Bearer {KEY}"}).open("front")
    try:
        yield session
    finally:
        await session.close()


async def fault(session: Connection) -> RealtimeError:
    """Read until the session is lost."""
    with pytest.raises(RealtimeError) as caught:
        await session.read(lambda frame: False)
    assert KEY not in str(caught.value)
    return caught.value


async def test_p39_a_session_is_configured_before_anything_else() -> None:
    """P39: `session.update` is the first event, and it is confirmed."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime", "instructions": "Hi"})
        session.send('{"type":"response.create"}')
        scripted = await service.session("front")
        await scripted.wait_for("response.create")

        assert [event["type"] for event in scripted.received] == ["session.update", "response.create"]
        assert "openai-beta" not in scripted.headers


@pytest.mark.parametrize(
    ("status", "code", "fatal"),
    [
        (401, "invalid_api_key", True),
        (403, "invalid_api_key", True),
        (404, "model_not_found", True),
        (503, "refused", False),
    ],
)
async def test_a_refused_handshake_says_why(status: int, code: str, fatal: bool) -> None:
    """Key and model are final, the rest may pass."""
    async with ScriptedRealtime() as service:
        service.faults.status = status
        with pytest.raises(RealtimeError, match=str(status)) as caught:
            async with opened(service):
                pass

        assert (caught.value.code, caught.value.fatal) == (code, fatal)
        assert KEY not in str(caught.value)


async def test_nobody_is_there() -> None:
    """A dead port is not final."""
    with pytest.raises(RealtimeError) as caught:
        await WebSocketProvider("ws://127.0.0.1:9/v1/realtime", {}).open("front")
    assert (caught.value.code, caught.value.fatal) == ("unreachable", False)


@pytest.mark.parametrize("url", ["ftp://somewhere", "ws://host:99999/", "ws://a..b/", "ws://[::1/", ""])
async def test_a_url_that_is_none(url: str) -> None:
    """A mistake of the team file is final."""
    with pytest.raises(RealtimeError) as caught:
        await WebSocketProvider(url, {}).open("front")
    assert (caught.value.code, caught.value.fatal) == ("invalid_url", True)


async def test_a_redirect_is_not_followed() -> None:
    """It would take the key to another host."""
    async with ScriptedRealtime() as elsewhere:

        def redirect(connection: ServerConnection, _: Request) -> Response:
            response = connection.respond(302, "moved")
            response.headers["Location"] = elsewhere.url
            return response

        async with serve(ServerConnection.wait_closed, "127.0.0.1", 0, process_request=redirect) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            with pytest.raises(RealtimeError, match="302"):
                await WebSocketProvider(f"ws://127.0.0.1:{port}/", {"api-key": KEY}).open("front")
        assert elsewhere.sessions == []


async def test_a_service_that_never_answers_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening is bounded."""
    monkeypatch.setattr(connection, "OPEN_SECONDS", 0.05)
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RealtimeError) as caught:
            await WebSocketProvider(f"ws://127.0.0.1:{port}/", {}).open("front")
        for writer in writers:
            writer.close()
            await writer.wait_closed()
    assert caught.value.code == "timeout"


async def test_a_wrong_key_is_noticed_after_the_handshake() -> None:
    """The service says so by an event, then closes with 3000: final."""
    async with ScriptedRealtime() as service:
        service.faults.key = "another-key"
        async with opened(service) as session:
            with pytest.raises(RealtimeError) as caught:
                await configure(session, {})
    assert (caught.value.code, caught.value.fatal) == ("invalid_api_key", True)
    assert KEY not in str(caught.value)


async def test_p14_configuring_takes_one_round_trip() -> None:
    """P14: the update does not wait for `session.created`."""
    async with ScriptedRealtime() as service:
        service.faults.silent = True
        async with opened(service) as session:
            await configure(session, {"type": "realtime"})
            assert (await service.session("front")).session.configured


async def test_a_refused_configuration_is_final() -> None:
    """P40: half a configuration would be no better."""
    async with ScriptedRealtime() as service:
        service.faults.refuse_update = "unknown_parameter"
        async with opened(service) as session:
            with pytest.raises(RealtimeError, match="Unknown parameter") as caught:
                await configure(session, {})
    assert (caught.value.code, caught.value.fatal) == ("unknown_parameter", True)


@pytest.mark.parametrize("header", [{"Authorization": f"Bearer {KEY}"}, {"api-key": KEY}], ids=["bearer", "api-key"])
async def test_a_key_is_nowhere_to_be_read(header: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    """Not in an error although the service repeats it, not in a repr, not in a log at its most talkative."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("websockets.server").setLevel(logging.INFO)  # the other side of the line is not ours
    async with ScriptedRealtime() as service:
        service.faults.silent = True
        provider = WebSocketProvider(service.url, header)
        session = await provider.open("front")
        await (await service.opened()).error("invalid_api_key", f"Incorrect API key provided: {KEY}.")
        with pytest.raises(RealtimeError, match="Incorrect API key") as caught:
            await configure(session, {})
        await session.close()

    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told + repr(caught.value) + repr(provider) + repr(session) + caplog.text


@pytest.mark.parametrize("error", ["odd", {"code": 5}, {"code": {"a": 1}, "type": []}, None])
async def test_p48_an_error_while_it_is_configured_is_one_whatever_it_holds(error: object) -> None:
    """P48: it is an error of ours with a code."""
    async with ScriptedRealtime() as service:
        service.faults.silent = True
        async with opened(service) as session:
            await (await service.opened()).send("error", error=error)
            with pytest.raises(RealtimeError) as caught:
                await configure(session, {})
    assert (caught.value.code, caught.value.fatal) == ("unknown_error", True)


@pytest.mark.parametrize("frame", ["nonsense", "[]", b"\xff binary", "", '{"type":7}'])
async def test_p48_nonsense_while_it_is_configured_is_left_out(frame: str | bytes) -> None:
    """P48: the confirmation that follows counts."""
    async with ScriptedRealtime() as service:
        service.faults.silent = True
        async with opened(service) as session:
            await (await service.opened()).send_raw(frame)
            await configure(session, {"type": "realtime"})


async def test_a_service_that_does_not_open_the_session() -> None:
    """Configuring is bounded."""
    async with ScriptedRealtime() as service:
        service.faults.silent = service.faults.never_updated = True
        async with opened(service) as session:
            with pytest.raises(RealtimeError) as caught:
                await configure(session, {}, seconds=0.05)
    assert (caught.value.code, caught.value.fatal) == ("timeout", False)


async def test_p47_a_service_that_does_not_confirm_is_used_all_the_same() -> None:
    """P47: thin compatible servers open a session and never say `session.updated`."""
    async with ScriptedRealtime() as service:
        service.faults.never_updated = True
        async with opened(service) as session:
            lasts = await configure(session, {}, unconfirmed=0.0)

    assert lasts is not None
    assert lasts > 0


@pytest.mark.parametrize(
    ("error", "close", "code", "fatal"),
    [
        (None, 1011, "closed", False),
        ("session_expired", 1001, "session_expired", False),
        ("insufficient_quota", 4000, "insufficient_quota", True),
        (None, 3000, "invalid_api_key", True),
    ],
)
async def test_a_close_carries_the_code_of_the_error_before(
    error: str | None, close: int, code: str, fatal: bool
) -> None:
    """The close itself says little."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        scripted = await service.session("front")
        if error:
            await scripted.error(error)
        await scripted.end(close)
        lost = await fault(session)
    assert (lost.code, lost.fatal) == (code, fatal)


async def test_an_error_of_long_ago_is_not_the_reason_of_a_drop() -> None:
    """The session went on after it; the next one may be had."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        scripted = await service.session("front")
        await scripted.error("model_not_found")
        await scripted.send_raw('{"type":"rate_limits.updated","event_id":"e","rate_limits":[]}')
        scripted.drop()
        lost = await fault(session)
    assert (lost.code, lost.fatal, str(lost)) == ("closed", False, "The connection to the service was lost.")


async def test_a_drop_is_not_final() -> None:
    """The connection is gone without a word."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        (await service.session("front")).drop()
        lost = await fault(session)
    assert (lost.code, lost.fatal) == ("closed", False)


@pytest.mark.parametrize(
    "pieces",
    [
        [Frame(Opcode.BINARY, b'{"type":"ping"}')],
        [Frame(Opcode.BINARY, b'{"type":', fin=False), Frame(Opcode.CONT, b'"ping"}')],
        [Frame(Opcode.TEXT, b"\xff\xfe"), Frame(Opcode.BINARY, b"\xff"), Frame(Opcode.BINARY, b'{"type":"ping"}')],
    ],
    ids=["whole", "in pieces", "behind what is no text"],
)
async def test_p48_a_binary_frame_is_read_like_another(pieces: list[Frame]) -> None:
    """P48: some services send JSON that way; what is neither text nor JSON is for the reader to leave out."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        (await service.session("front")).write(b"".join(piece.serialize(mask=False) for piece in pieces))
        async with asyncio.timeout(PATIENCE):
            await session.read(lambda frame: frame == '{"type":"ping"}')


BROKEN = {
    "too large": b"\x81\x7f" + (20_000_000).to_bytes(8, "big"),
    "masked": Frame(Opcode.TEXT, b"{}").serialize(mask=True),
    "no such opcode": b"\x83\x00",
    "a long ping": b"\x89\x7e\x00\x80" + bytes(128),
    "close 1005": Frame(Opcode.CLOSE, b"\x03\xed").serialize(mask=False),
    "half a code": Frame(Opcode.CLOSE, b"\x03").serialize(mask=False),
    "a reason that is not UTF-8": Frame(Opcode.CLOSE, b"\x03\xe8\xff").serialize(mask=False),
    "two goodbyes": Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=False) * 2,
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
async def test_what_breaks_the_protocol_ends_the_session_and_nothing_else(raw: bytes) -> None:
    """Reading says that the session is lost; closing it is as quiet as ever."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        (await service.session("front")).write(raw)
        async with asyncio.timeout(PATIENCE):
            assert (await fault(session)).code == "closed"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 1", b"nonsense\r\n\r\n"], ids=["nothing", "half", "nonsense"])
async def test_a_service_that_closes_in_the_handshake(answer: bytes) -> None:
    """As one does that starts again, or a proxy with nobody behind it: told at once, and another try may help."""

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RealtimeError) as caught:
            await WebSocketProvider(f"ws://127.0.0.1:{port}/", {}).open("front")
    assert (caught.value.code, caught.value.fatal) == ("unreachable", False)


async def test_p36_answers_to_pings_are_bounded_like_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """P36: a service that pings and does not read is given up; one that reads is answered."""
    monkeypatch.setattr(connection, "WAITING", 100_000)
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        scripted = await service.session("front")
        writing, sending = scripted._socket.transport, session._transport
        assert sending is not None
        for end, size in ((writing, socket.SO_RCVBUF), (sending.underlying_transport, socket.SO_SNDBUF)):
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, size, 1)  # or the kernel takes megabytes
        async with asyncio.timeout(PATIENCE):
            await scripted.ping()
            scripted.deafen()
            lost = asyncio.ensure_future(fault(session))
            while not lost.done():
                if not writing.get_write_buffer_size():
                    scripted.write(Frame(Opcode.PING, bytes(125)).serialize(mask=False) * 1000)
                await asyncio.sleep(0)
            assert lost.result().code == "stalled"


async def test_an_error_without_a_code_changes_nothing() -> None:
    """A frame may only look like an error."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        scripted = await service.session("front")
        await scripted.send_raw('{"type":"error","error":null}')
        await scripted.send_raw('{"type":"odd","x":"error"}')
        await scripted.end(1011)
        assert (await fault(session)).code == "closed"


async def test_a_service_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits to be written is bounded; sending never blocks."""
    monkeypatch.setattr(connection, "WAITING", 5_000_000)
    async with ScriptedRealtime() as service:
        service.faults.stalled = True
        async with opened(service) as session:
            await configure(session, {"type": "realtime"})
            for _ in range(200):
                session.send(json.dumps({"type": "input_audio_buffer.append", "audio": "A" * 100_000}))
            assert (await fault(session)).code == "stalled"


async def test_what_waits_to_be_written_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """P36: a few frames of the greatest size are as much as thousands of small ones."""
    monkeypatch.setattr(connection, "WAITING", 1000)
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        session.send(" " * 1001)
        assert (await fault(session)).code == "stalled"
        session.send("to an ended session: ignored")


async def test_p34_a_service_that_stopped_reading_is_closed_in_time() -> None:
    """P34: not even the close frame can be written."""
    async with ScriptedRealtime() as service:
        service.faults.stalled = True
        async with opened(service) as session:
            await configure(session, {"type": "realtime"})
            for _ in range(300):
                session.send("A" * 100_000)
            await asyncio.sleep(0)  # the writer has met the full socket
            async with asyncio.timeout(PATIENCE):
                await session.close()


async def test_p33_opening_that_is_cancelled_leaves_no_connection() -> None:
    """P33: at whatever moment of it the caller hangs up; the service sees each connection end."""
    async with ScriptedRealtime() as service:
        for turns in range(40):
            opening = asyncio.ensure_future(WebSocketProvider(service.url, {}).open("front"))
            for _ in range(turns):
                await asyncio.sleep(0)
            opening.cancel()
            await asyncio.wait([opening])
            if not opening.cancelled():
                await opening.result().close()
        async with asyncio.timeout(PATIENCE):
            for session in service.sessions:
                await session.gone()


async def test_p33_closing_that_is_cancelled_closes_all_the_same() -> None:
    """P33: the service sees the connection end."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        scripted = await service.session("front")
        scripted.deafen()
        closing = asyncio.ensure_future(session.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        scripted.listen()
        async with asyncio.timeout(PATIENCE):
            await scripted.gone()


async def test_p34_closing_is_bounded() -> None:
    """P34: the close frame is never answered; a second close is harmless."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        (await service.session("front")).deafen()
        async with asyncio.timeout(PATIENCE):
            await session.close()
            await session.close()


# --- how long it lasts ---


async def test_what_is_left_is_told_when_it_is_configured() -> None:
    """From `session.created`, which comes before the answer to the update."""
    async with ScriptedRealtime() as service, opened(service) as session:
        left = await configure(session, {"type": "realtime"})

    assert left is not None
    assert abs(left - 3600.0) < 60


async def test_a_service_that_does_not_say_has_its_providers_age() -> None:
    """Whatever stands in the place of the session object."""

    async def handler(socket: ServerConnection) -> None:
        await socket.recv()
        for session in ("{}", "5", "null"):
            await socket.send(f'{{"type":"session.created","session":{session}}}')
        await socket.send('{"type":"session.updated"}')
        await socket.wait_closed()

    async with serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        session = await Connection.open(f"ws://127.0.0.1:{port}/", {}, max_age=7.0)
        assert await configure(session, {}) == 7.0
        await session.close()


async def test_a_certificate_that_is_not_trusted() -> None:
    """It is told as what it is: the URL is right, and another try, or another model, may help."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with certified(Settings(tls="self-signed")) as settings:
        assert settings.tls_cert is not None
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RealtimeError, match=r"TLS .* certificate") as raised:
            await WebSocketProvider(f"wss://127.0.0.1:{port}/v1/realtime", {}).open("m")
    assert (raised.value.code, raised.value.fatal) == ("unreachable", False)


async def test_p53_a_service_that_floods_is_read_within_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: in order, pings too; other tasks run meanwhile, and what it said before it closed is heard to the end."""
    monkeypatch.setattr(share, "SHARE", 3)
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        remote = await service.opened()
        heard: list[str] = []
        ticks: list[int] = []

        def take(frame: str) -> bool:
            heard.append(json.loads(frame)["type"])
            asyncio.get_running_loop().call_soon(ticks.append, len(heard))
            return False

        reading = asyncio.ensure_future(session.read(take))
        kinds = [f"x{number}" if number % 2 else f"response.output_audio{number}" for number in range(20)]
        text = [Frame(Opcode.TEXT, json.dumps({"type": kind}).encode()).serialize(mask=False) for kind in kinds]
        remote.write(b"".join(text[:10]) + Frame(Opcode.PING, b"").serialize(mask=False) + b"".join(text[10:]))
        await remote.error("rate_limit_exceeded")
        await remote.end(1000)
        with pytest.raises(RealtimeError) as lost:
            await asyncio.wait_for(reading, PATIENCE)

        assert heard == [*kinds, "error"]
        assert len(set(ticks)) > 5
        assert lost.value.code == "rate_limit_exceeded"
        assert session._frames == deque()

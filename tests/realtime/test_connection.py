"""One agent's session over a real socket: opening, configuring, losing, closing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.realtime import connection
from orchestrator.realtime.connection import Connection, configure
from orchestrator.realtime.providers import WebSocketProvider
from orchestrator.testing import ScriptedRealtime

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
        async for _ in session:
            pass
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


async def test_a_url_that_is_none() -> None:
    """A mistake of the team file is final."""
    with pytest.raises(RealtimeError) as caught:
        await WebSocketProvider("ftp://somewhere", {}).open("front")
    assert (caught.value.code, caught.value.fatal) == ("invalid_url", True)


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


async def test_a_refused_configuration_is_final() -> None:
    """P40: half a configuration would be no better."""
    async with ScriptedRealtime() as service:
        service.faults.refuse_update = "unknown_parameter"
        async with opened(service) as session:
            with pytest.raises(RealtimeError, match="Unknown parameter") as caught:
                await configure(session, {})
    assert (caught.value.code, caught.value.fatal) == ("unknown_parameter", True)


@pytest.mark.parametrize("what", ["silent", "never_updated"])
async def test_a_service_that_does_not_confirm(what: str) -> None:
    """Configuring is bounded."""
    async with ScriptedRealtime() as service:
        setattr(service.faults, what, True)
        async with opened(service) as session:
            with pytest.raises(RealtimeError) as caught:
                await configure(session, {}, seconds=0.05)
    assert (caught.value.code, caught.value.fatal) == ("timeout", False)


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


async def test_a_drop_is_not_final() -> None:
    """The connection is gone without a word."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        (await service.session("front")).drop()
        lost = await fault(session)
    assert (lost.code, lost.fatal) == ("closed", False)


async def test_binary_frames_end_the_session() -> None:
    """The protocol has none."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        await (await service.session("front")).send_raw(b"binary")
        assert (await fault(session)).code == "bad_frame"


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
    """The queue of frames to write is bounded; sending never blocks."""
    monkeypatch.setattr(connection, "QUEUE", 50)
    async with ScriptedRealtime() as service:
        service.faults.stalled = True
        async with opened(service) as session:
            await configure(session, {"type": "realtime"})
            for _ in range(200):
                session.send(json.dumps({"type": "input_audio_buffer.append", "audio": "A" * 100_000}))
            assert (await fault(session)).code == "stalled"


async def test_p34_closing_is_bounded() -> None:
    """P34: the close frame is never answered; a second close is harmless."""
    async with ScriptedRealtime() as service, opened(service) as session:
        await configure(session, {"type": "realtime"})
        (await service.session("front")).deafen()
        async with asyncio.timeout(5):
            await session.close()
            await session.close()

"""The line that comes back: against servers that lose it, or let it go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve

from orchestrator.errors import OrchestratorError
from orchestrator.terminal import line as module
from orchestrator.terminal.connection import open_connection
from orchestrator.terminal.line import BEFORE, KEPT, Line
from tests.patience import PATIENCE

CREATED = {"type": "session.created", "session": {}}
STARTED = {"type": "input_audio_buffer.speech_started", "item_id": "i1"}


def audio(number: int) -> str:
    """Return a frame of audio, as the terminal writes it."""
    return json.dumps({"type": "input_audio_buffer.append", "audio": str(number)})


def resumable(token: str, seconds: float = 120) -> dict[str, object]:
    """Return the event that gives a caller a token."""
    return {"type": "team.call.resumable", "token": token, "index": 1, "seconds": seconds}


class Server:
    """A server that is told what to do with each connection."""

    def __init__(self) -> None:
        # Those that came, and the tokens that they brought.
        self.connections: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self.tokens: list[str] = []
        # Its address.
        self.url = ""
        # Set when they may end.
        self._over = asyncio.Event()

    async def hold(self, connection: ServerConnection) -> None:
        """Hold a connection until the test is over."""
        assert connection.request is not None
        self.tokens += parse_qs(urlsplit(connection.request.path).query).get("resume", [])
        self.connections.put_nowait(connection)
        await self._over.wait()

    async def next(self, *events: Mapping[str, object]) -> ServerConnection:
        """Return the next connection, after sending it some events."""
        connection = await asyncio.wait_for(self.connections.get(), PATIENCE)
        for event in events:
            await connection.send(json.dumps(event))
        return connection

    def end(self) -> None:
        """Let all connections end."""
        self._over.set()


@asynccontextmanager
async def server() -> AsyncIterator[Server]:
    """Run a server."""
    made = Server()
    async with serve(made.hold, "127.0.0.1", 0) as running:
        (listener,) = running.sockets
        made.url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        yield made
        made.end()


class Talk:
    """A line, and all that came over it."""

    def __init__(self, line: Line, told: list[str]) -> None:
        self.line, self.told = line, told
        self.frames: list[dict[str, object]] = []
        self.reading = asyncio.ensure_future(self._read())
        self._news = asyncio.Event()

    async def _read(self) -> None:
        async for frame in self.line:
            self.frames.append(json.loads(frame))
            self._news.set()

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something has come."""
        async with asyncio.timeout(PATIENCE):
            while not reached():
                self._news.clear()
                await self._news.wait()

    async def has(self, kind: str, times: int = 1) -> None:
        """Wait until an event has come."""
        await self.until(lambda: [frame["type"] for frame in self.frames].count(kind) >= times)


@asynccontextmanager
async def talk(to: Server) -> AsyncIterator[Talk]:
    """Call a server."""
    told: list[str] = []
    async with Line(to.url, None, await open_connection(to.url, None), told.append) as line:
        talking = Talk(line, told)
        yield talking
        talking.reading.cancel()


async def heard(connection: ServerConnection, count: int) -> list[str]:
    """Return the next frames that a server gets."""
    return [str(await asyncio.wait_for(connection.recv(), PATIENCE)) for _ in range(count)]


async def test_a_lost_call_goes_on() -> None:
    """With the token that was given, and what was said meanwhile is said then, in order."""
    async with server() as there, talk(there) as talking:
        first = await there.next(CREATED, resumable("t1"))
        await talking.has("team.call.resumable")
        first.transport.abort()
        second = await there.next()
        await talking.line.send('{"type": "response.create"}')
        await talking.line.send(audio(1))
        for event in (CREATED, {"type": "team.call.resumed", "from": "a", "lost_ms": 400}, resumable("t2")):
            await second.send(json.dumps(event))
        assert await heard(second, 2) == [audio(1), '{"type": "response.create"}']
        assert there.tokens == ["t1"]
        assert talking.told == ["the call goes on, after 0.4 s"]

        await second.close(1012)  # of its own will, this time
        await there.next()
        assert there.tokens == ["t1", "t2"]


async def test_it_asks_again_when_no_node_can_take_the_call() -> None:
    """With the same token, which stays good."""
    async with server() as there, talk(there) as talking:
        first = await there.next(CREATED, resumable("t1"))
        await talking.has("team.call.resumable")
        first.transport.abort()
        await (await there.next()).close(1013)
        await there.next({"type": "team.call.resumed", "lost_ms": 0})
        await talking.has("team.call.resumed")
        assert there.tokens == ["t1", "t1"]


async def resumed(there: Server, talking: Talk, frames: int, **more: object) -> ServerConnection:
    """Lose a call after so many frames of audio; return the connection on which it goes on."""
    first = await there.next(CREATED, resumable("t1"), STARTED)
    await talking.has(str(STARTED["type"]))
    for number in range(frames):
        await talking.line.send(audio(number))
    await heard(first, frames)
    first.transport.abort()
    return await there.next(CREATED, {"type": "team.call.resumed", "lost_ms": 0, **more})


async def test_a_turn_that_was_lost_is_said_again() -> None:
    """From where the server heard it begin: the agent's session that was hearing it is gone too."""
    async with server() as there, talk(there) as talking:
        second = await resumed(there, talking, 3)
        assert await heard(second, 3) == [audio(0), audio(1), audio(2)]


async def test_a_turn_that_had_ended_is_not_said_twice() -> None:
    """The server knows it, and only its word of that was lost."""
    async with server() as there, talk(there) as talking:
        second = await resumed(there, talking, 3, last_turn="i1")
        await talking.line.send(audio(9))
        assert await heard(second, 1) == [audio(9)]


async def test_a_turn_that_was_told_of_leaves_nothing_to_say() -> None:
    """`committed`: what comes after it is another turn."""
    async with server() as there, talk(there) as talking:
        first = await there.next(CREATED, resumable("t1"), STARTED)
        await talking.has(str(STARTED["type"]))
        await talking.line.send(audio(1))
        await heard(first, 1)
        await first.send(json.dumps({"type": "input_audio_buffer.committed", "item_id": "i1"}))
        await talking.has("input_audio_buffer.committed")
        await talking.line.send(audio(2))
        await heard(first, 1)
        first.transport.abort()
        second = await there.next(CREATED, {"type": "team.call.resumed", "lost_ms": 0, "last_turn": "i1"})
        assert await heard(second, 1) == [audio(2)]


@pytest.mark.parametrize(("speaking", "kept"), [(False, BEFORE), (True, BEFORE + 10)])
async def test_a_second_of_silence_is_kept(speaking: bool, kept: int) -> None:
    """In which somebody may have begun to speak; of a turn that is heard, all."""
    async with server() as there, talk(there) as talking:
        first = await there.next(CREATED, resumable("t1"), *([STARTED] if speaking else []))
        await talking.has(str(STARTED["type"]) if speaking else "team.call.resumable")
        for number in range(BEFORE + 10):
            await talking.line.send(audio(number))
        first.transport.abort()
        second = await there.next({"type": "team.call.resumed", "lost_ms": 0})
        assert await heard(second, kept) == [audio(number) for number in range(BEFORE + 10)][-kept:]


async def test_what_waits_is_bounded() -> None:
    """Half a minute of audio; the oldest goes."""
    async with server() as there, talk(there) as talking:
        first = await there.next(CREATED, resumable("t1"))
        await talking.has("team.call.resumable")
        first.transport.abort()
        second = await there.next()
        for number in range(KEPT + 10):
            await talking.line.send(audio(number))
        await second.send(json.dumps({"type": "team.call.resumed", "lost_ms": 0}))
        said = await heard(second, KEPT)
        assert (said[0], said[-1]) == (audio(10), audio(KEPT + 9))


@pytest.mark.parametrize("code", [1000, 1001, 4404])
async def test_a_call_that_is_over_is_over(code: int) -> None:
    """A hang-up, a server that stops, and one that does not know the call: nobody connects again."""
    async with server() as there, talk(there) as talking:
        first = await there.next(CREATED, resumable("t1"))
        await talking.has("team.call.resumable")
        await first.close(code)
        await asyncio.wait_for(talking.reading, PATIENCE)
        assert talking.line.close_code == code
        assert there.connections.empty()


async def test_without_a_token_a_lost_call_is_lost() -> None:
    """As with a server that is one of a kind."""
    async with server() as there, talk(there) as talking:
        (await there.next(CREATED)).transport.abort()
        await asyncio.wait_for(talking.reading, PATIENCE)
        assert talking.line.close_code == 1006


async def test_it_tries_until_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is gone for good is given up, with the reason."""
    monkeypatch.setattr(module, "PAUSE", 0.001)
    async with server() as there:
        line = Line(there.url, None, await open_connection(there.url, None), lambda _: None)
        talking = Talk(line, [])
        first = await there.next(CREATED, resumable("t1", 0.05))
        await talking.has("team.call.resumable")
        there.end()
        first.transport.abort()
        monkeypatch.setattr(line, "_url", "ws://127.0.0.1:1")
        with pytest.raises(OrchestratorError, match="Cannot connect"):
            await asyncio.wait_for(talking.reading, PATIENCE)

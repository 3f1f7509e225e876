"""A caller over a real WebSocket, in simulated time, with a server that does what a test says."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from orchestrator.trials.simulated_time import SimulatedLoop
from orchestrator.trials.voice.caller import PATIENCE, Expects, VoiceCaller

SPEECH = (np.sin(np.arange(12_000) / 20) * 8_000).astype(np.int16)  # half a second
NOISE = np.full(600, 1_000, np.int16)
AUDIO = {"type": "response.output_audio.delta", "response_id": "resp_1", "item_id": "item_1", "delta": "A" * 128_000}


class Server:
    """What a caller has sent; it answers with what it is told to."""

    def __init__(self) -> None:
        # Events from the caller, with the time of the loop.
        self.got: list[tuple[float, dict[str, Any]]] = []
        # The connection.
        self._socket: ServerConnection | None = None

    async def take(self, socket: ServerConnection) -> None:
        """Serve the caller."""
        self._socket = socket
        async for frame in socket:
            self.got.append((asyncio.get_running_loop().time(), json.loads(frame)))

    async def tell(self, *events: dict[str, Any] | str) -> None:
        """Send events; of a name alone nothing else matters. Then let the caller take them."""
        assert self._socket is not None
        for event in events:
            await self._socket.send(json.dumps({"type": event} if isinstance(event, str) else event))
        await asyncio.sleep(0.1)

    def kinds(self) -> list[str]:
        """Return what the caller has done, but for their voice."""
        return [event["type"] for _, event in self.got if event["type"] != "input_audio_buffer.append"]

    def heard(self) -> np.ndarray[Any, np.dtype[np.int16]]:
        """Return the caller's sound."""
        frames = [event["audio"] for _, event in self.got if event["type"] == "input_audio_buffer.append"]
        return np.concatenate([np.frombuffer(base64.b64decode(frame), "<i2") for frame in frames])


def expected(caller: VoiceCaller) -> Expects:
    """Return what the caller waits for now."""
    return caller.expects


def call(do: Callable[[VoiceCaller, Server], Awaitable[None]]) -> Server:
    """Hold a call, and return what the server has seen of it."""

    async def held() -> Server:
        server = Server()
        async with serve(server.take, "127.0.0.1", 0) as listening:
            url = f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}"
            async with connect(url) as socket, asyncio.TaskGroup() as group:
                caller = VoiceCaller(socket, "a seed")
                group.create_task(caller.read())
                group.create_task(caller.send_audio())
                await caller.ask()
                await caller.wait(0.1)
                await do(caller, server)
                await caller.hang_up()
        return server

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(held())


def test_a_caller_speaks_at_the_pace_of_speech() -> None:
    """A frame each 20 ms, silence included; the noise behind them lasts until they are answered."""

    async def do(caller: VoiceCaller, server: Server) -> None:
        await server.tell("response.created")
        await caller.say(SPEECH, NOISE)
        assert expected(caller) == Expects.END_OF_TURN
        await server.tell("input_audio_buffer.speech_stopped")
        assert expected(caller) == Expects.ANSWER
        await server.tell("response.created")
        assert expected(caller) == Expects.NOTHING
        await caller.wait(0.5)

    server = call(do)
    times = [at for at, event in server.got if event["type"] == "input_audio_buffer.append"]
    sound = server.heard().astype(float)
    begins = int(np.argmax(np.abs(sound) > 500))
    spoken, after = sound[begins : begins + 11_000], sound[-9_000:]

    assert times[-1] - times[0] == (len(times) - 1) * 0.02 or abs(times[-1] - times[0] - (len(times) - 1) * 0.02) < 0.05
    assert np.corrcoef(spoken, SPEECH[: len(spoken)])[0, 1] > 0.9
    assert np.mean(spoken) > 700
    assert np.abs(after).max() < 100
    assert np.abs(after).max() > 0
    assert server.kinds()[:2] == ["session.update", "response.create"]


def test_who_interrupts_says_how_much_they_heard() -> None:
    """By speaking, or by typing, which cancels the answer too."""

    async def do(caller: VoiceCaller, server: Server) -> None:
        await server.tell("response.created", AUDIO)
        await caller.wait(0.4)
        await server.tell("input_audio_buffer.speech_started")
        assert not caller.unheard
        await server.tell({**AUDIO, "item_id": "item_2"})
        await caller.type("Stop.")

    server = call(do)
    cuts = [event for _, event in server.got if event["type"] == "conversation.item.truncate"]

    assert [cut["item_id"] for cut in cuts] == ["item_1", "item_2"]
    assert 400 <= cuts[0]["audio_end_ms"] <= 620
    assert server.kinds()[-3:] == ["response.cancel", "conversation.item.create", "response.create"]


def test_nobody_waits_for_ever() -> None:
    """Neither for a turn whose end is not heard, nor for an answer; and not at all when the call is over."""

    async def do(caller: VoiceCaller, server: Server) -> None:
        assert expected(caller) == Expects.ANSWER
        await caller.wait(PATIENCE + 0.1)
        assert expected(caller) == Expects.NOTHING
        await server.tell("input_audio_buffer.speech_started")
        assert expected(caller) == Expects.END_OF_TURN
        await caller.hang_up()
        await caller.over.wait()
        assert expected(caller) == Expects.NOTHING
        await caller.say(SPEECH, NOISE)

    assert call(do).kinds() == ["session.update", "response.create"]

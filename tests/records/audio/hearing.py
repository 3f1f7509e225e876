"""Tones, and what is heard in a recording of them."""

from __future__ import annotations

import asyncio
import base64
import math
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import Any, cast

from websockets.exceptions import ConnectionClosed

from orchestrator.protocol.frames import server_frame
from orchestrator.records.audio.files import spool_of
from orchestrator.records.audio.queue import Queue
from orchestrator.records.audio.rendering import Sides
from orchestrator.records.audio.sound import RATE, samples, text_of
from orchestrator.records.audio.spool import Spool, mark
from orchestrator.records.audio.stereo import HEADER, Stereo, interleaved, length, stereo
from tests.calls import CallerClient, Desk
from tests.patience import PATIENCE

STEP = RATE // 100  # samples of 10 ms, in which a recording is looked at
LOUD = 500  # mean level of what counts as sound
PAUSE = 6  # steps of silence within one stretch of sound
CALLER_HERTZ, TEAM_HERTZ = 440.0, 1000.0
FRAME_MS = 20


def tone(hertz: float, ms: float, rate: int = RATE) -> bytes:
    """Return a tone as PCM16."""
    count = round(rate * ms / 1000)
    return array("h", [int(9000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(count)]).tobytes()


@dataclass(frozen=True)
class Heard:
    """A stretch of sound, in seconds of the call."""

    start: float
    end: float
    hertz: float


def seconds(heard: list[Heard]) -> float:
    """Return how much is heard."""
    return sum(one.end - one.start for one in heard)


def longest_pause(heard: list[Heard]) -> float:
    """Return the seconds of the longest silence between two stretches."""
    return max(after.start - before.end for before, after in pairwise(heard))


def channels(sound: Stereo | None) -> tuple[array[int], array[int]]:
    """Return left and right of a recording that is not compressed."""
    assert sound is not None
    assert sound.media_type == "audio/wav"
    both = array("h", b"".join(sound.pieces())[HEADER:])
    return both[0::2], both[1::2]


def stretches(samples: array[int]) -> list[Heard]:
    """Return the stretches of sound in one channel."""
    steps = [samples[at : at + STEP] for at in range(0, len(samples) - STEP + 1, STEP)]
    found: list[list[int]] = []  # the steps of each that are loud
    for at, step in enumerate(steps):
        if sum(map(abs, step)) > LOUD * STEP:
            if not found or at - found[-1][-1] > PAUSE + 1:
                found.append([])
            found[-1].append(at)
    sounds = [array("h", chain.from_iterable(steps[at] for at in loud)) for loud in found]
    return [Heard(loud[0] / 100, (loud[-1] + 1) / 100, pitch(sound)) for loud, sound in zip(found, sounds, strict=True)]


def is_tone(heard: list[Heard], hertz: float, rel: float = 0.03) -> bool:
    """Return whether all that is heard is a tone. What comes late on a busy machine has gaps."""
    return bool(heard) and all(abs(one.hertz - hertz) < rel * hertz for one in heard)


def pitch(samples: array[int]) -> float:
    """Return the frequency of a tone, by its zero crossings."""
    crossings = sum(one < 0 <= other for one, other in pairwise(samples))
    return crossings * RATE / len(samples)


def clock_of(at: Desk, call: str) -> Callable[[], float]:
    """Return a clock that says how long a call has lasted."""
    open_call = at.calls.find(call)
    assert open_call is not None
    loop = asyncio.get_running_loop()
    began = open_call.place.party.begin(loop.time())
    return lambda: loop.time() - began


class Wire:
    """What a recording was told, and when: the test itself may be late."""

    def __init__(self, at: Desk, call: str) -> None:
        open_call = at.calls.find(call)
        assert open_call is not None
        assert open_call.caller.recording is not None
        self._told: list[tuple[str, tuple[Any, ...]]] = []
        self._recording = open_call.caller.recording
        self._queue, self._recording._queue = self._recording._queue, cast("Queue", self)
        self.call, self.find = self._queue.call, self._queue.find

    def put(self, at: float, frame: str) -> bool:
        """Take a frame."""
        name = "heard" if '"input_audio_buffer.append"' in frame else "sent"
        self._told.append((name, (at - self._recording._began, frame)))
        return self._queue.put(at, frame)

    def note(self, at: float, name: str, *args: object) -> None:
        """Take a mark."""
        self._told.append((name, (at - self._recording._began, *args)))
        self._queue.note(at, name, *args)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._queue.ended

    @ended.setter
    def ended(self, ended: bool) -> None:
        self._queue.ended = ended

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """Return when something was told, and what."""
        return [args for told, args in self._told if told == name]

    def spoken(self) -> tuple[float, float]:
        """Return the earliest and the latest moment of the caller's first sound that is not silence.

        It was said before it came, after what came before it, and early enough for what came behind it. On a busy
        machine, where frames are late and then come in a burst, these are not the same.
        """
        kind = self.of("format")[0][2] if self.of("format") else "audio/pcm"
        heard = [(at, samples(base64.b64decode(text_of(frame)), kind)) for at, frame in self.of("heard")]
        first = next(number for number, (_, pcm) in enumerate(heard) if max(array("h", pcm)) > 1000)
        before = heard[0][0] + sum(_lasts(pcm) for _, pcm in heard[:first])
        behind = accumulate(_lasts(pcm) for _, pcm in heard[first:])
        came = [at for at, _ in heard[first:]]
        return min(before, *(at - lasts for at, lasts in zip(came, behind, strict=True))), max(before, came[0])


def _lasts(pcm: bytes) -> float:
    return len(pcm) / 2 / RATE


class Microphone:
    """Sends what a caller says, and silence otherwise, at the pace of speech."""

    def __init__(self, send: Callable[[bytes], object], clock: Callable[[], float]) -> None:
        self.saying = b""
        self.started: list[float] = []  # when the caller began to say something, each time, however late it was sent
        self._send, self._clock = send, clock
        self._said = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def say(self, pcm: bytes) -> None:
        """Say something, and wait until it is said."""
        self._said.clear()
        self.saying = pcm
        await asyncio.wait_for(self._said.wait(), PATIENCE)

    async def _run(self) -> None:
        size, loop = 2 * RATE * FRAME_MS // 1000, asyncio.get_running_loop()
        due, speaking = loop.time(), False
        while True:
            due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - loop.time()))
            piece, self.saying = self.saying[:size], self.saying[size:]
            if piece and not speaking:
                self.started.append(self._clock() - loop.time() + due - FRAME_MS / 1000)
            speaking = bool(self.saying)
            result = self._send(piece.ljust(size, b"\0"))
            if asyncio.iscoroutine(result):
                await result
            if not speaking:
                self._said.set()


def microphone(client: CallerClient, clock: Callable[[], float]) -> Microphone:
    """Return a microphone for a client on a WebSocket."""

    async def send(pcm: bytes) -> None:
        with suppress(ConnectionClosed):
            await client.send("input_audio_buffer.append", audio=base64.b64encode(pcm).decode())

    return Microphone(send, clock)


def recorded(folder: Path, call: str, seat: str = "caller") -> tuple[list[Heard], list[Heard]]:
    """Return what is heard left and right in a recording that is not compressed."""
    left, right = channels(stereo(folder, call, seat))
    return stretches(left), stretches(right)


def listened(sides: Sides) -> tuple[list[Heard], list[Heard]]:
    """Return what is heard left and right of both sides."""
    both = array("h", b"".join(interleaved(sides, 0, length(sides))))
    return stretches(both[0::2]), stretches(both[1::2])


def append(pcm: bytes) -> str:
    """Return a frame of the caller's."""
    return f'{{"type":"input_audio_buffer.append","audio":"{base64.b64encode(pcm).decode()}"}}'


def delta(item_id: str, pcm: bytes) -> str:
    """Return a frame of the team's."""
    place = {"response_id": "r", "item_id": item_id, "output_index": 0, "content_index": 0}
    return server_frame("response.output_audio.delta", **place, delta=base64.b64encode(pcm).decode())


def spool(base: Path, caller: bytes, team: bytes) -> None:
    """Write what was told of a seat on which both sides spoke at once, from the start of the call."""
    base.parent.mkdir(parents=True, exist_ok=True)
    heard, sent = (len(pcm) / 2 / RATE for pcm in (caller, team))
    written = Spool(spool_of(base), 7.0)
    frames = [(7.0, delta("a", team))] if team else []
    frames += [(7.0 + heard, append(caller))] if caller else []
    written.write([*frames, (7.0 + max(heard, sent), mark("ended"))])
    written.close()

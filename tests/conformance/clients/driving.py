"""What the Python drivers share: the job, a microphone and loudspeakers in real time, the steps, the report.

Standard library only: it runs in the environment of each client. A driver subclasses `Caller` and calls `main`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

RATE = 24_000
FRAME_MS = 20
BYTES_PER_MS = 48
PATIENCE = 25.0  # seconds that a step may take
HOURS = "What are your opening hours?"
DUE = "When is my bill due?"
BILL = "I have a question about my bill."
COMPANY = "Tell me about the company."
ORDER = "Where is my order 48213?"
WEATHER = "What is the weather in {}?"


@dataclass(frozen=True)
class Job:
    """What the suite asks for."""

    url: str
    key: str
    model: str
    scenario: str
    speech: dict[str, str]
    out: str

    @property
    def socket(self) -> str:
        """The address of the Realtime socket."""
        return f"{self.url.replace('http', 'ws', 1)}/v1/realtime?model={self.model}"


@dataclass
class Reply:
    """One reply that the library surfaced."""

    text: str = ""
    pcm: bytearray = field(default_factory=bytearray)
    done: bool = False

    @property
    def audio_ms(self) -> int:
        """How much of it came."""
        return len(self.pcm) // BYTES_PER_MS


class Microphone:
    """20 ms frames at the pace of real time: what is to be said, else silence."""

    def __init__(self) -> None:
        # What is still to be said.
        self._pcm = b""

    def say(self, path: str) -> None:
        """Say a recording."""
        self._pcm += read_wav(path)

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield frames for ever."""
        clock = asyncio.get_running_loop().time
        due, size = clock(), FRAME_MS * BYTES_PER_MS
        while True:
            frame, self._pcm = self._pcm[:size], self._pcm[size:]
            yield frame.ljust(size, b"\0")
            due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - clock()))


class Speakers:
    """Loudspeakers that take time to play, and know how much of what was heard."""

    def __init__(self) -> None:
        # Name of what is played → when it began or will begin, and how long it is in seconds; oldest first.
        self._queue: dict[str, list[float]] = {}

    def play(self, name: str, pcm: bytes) -> None:
        """Play audio after what is playing."""
        now = asyncio.get_running_loop().time()
        if name not in self._queue:
            self._queue[name] = [max(now, self._end()), 0.0]
        self._queue[name][1] += len(pcm) / BYTES_PER_MS / 1000

    def stop(self) -> dict[str, int]:
        """Stop at once; returns what was not played to its end, and how many milliseconds of it were heard."""
        now = asyncio.get_running_loop().time()
        cut = {
            name: max(0, round((now - start) * 1000))
            for name, (start, length) in self._queue.items()
            if now < start + length
        }
        self._queue.clear()
        return cut

    def heard(self) -> tuple[str, int] | None:
        """Return what is playing now, and how many milliseconds of it were heard."""
        now = asyncio.get_running_loop().time()
        for name, (start, length) in self._queue.items():
            if start <= now < start + length:
                return name, round((now - start) * 1000)
        return None

    async def silence(self) -> None:
        """Wait until all is played."""
        await asyncio.sleep(max(0.0, self._end() - asyncio.get_running_loop().time()))

    def _end(self) -> float:
        return max((start + length for start, length in self._queue.values()), default=0.0)


class Caller:
    """One call through a client library. Subclasses connect, send and listen in the library's own way.

    A subclass is an async context manager; it calls `changed` whenever something came.
    """

    def __init__(self, job: Job, *, tools: bool = False, detection: bool = True) -> None:
        # What to call.
        self.job = job
        # Whether it offers `get_weather`, and whether turn detection is on.
        self.tools, self.detection = tools, detection
        # What the library surfaced.
        self.replies: list[Reply] = []
        self.called: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self.interrupted = False
        # The sound card.
        self.microphone, self.speakers = Microphone(), Speakers()
        # Told when something has changed.
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Caller:
        raise NotImplementedError

    async def __aexit__(self, *_: object) -> None:
        raise NotImplementedError

    async def type(self, text: str) -> None:
        """Type something and ask for the answer."""
        raise NotImplementedError

    async def push_to_talk(self, pcm: bytes) -> None:
        """Say something, with turn detection off, and ask for the answer."""
        raise NotImplementedError

    async def provoke(self) -> None:
        """Provoke an error that does not end the call."""
        raise NotImplementedError

    def weather(self, city: str) -> str:
        """Answer the caller's own tool."""
        self.called.append({"name": "get_weather", "arguments": {"city": city}})
        return f"It is sunny in {city}."

    def say(self, name: str) -> None:
        """Say one of the sentences into the microphone."""
        self.microphone.say(self.job.speech[name])

    def changed(self) -> None:
        """Let those look who wait."""
        self._changed.set()

    async def until(self, true: Callable[[], Any], what: str) -> None:
        """Wait until something is true; raises TimeoutError that says what never came."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"{what} never came") from None

    async def replied(self, count: int = 1) -> None:
        """Wait until so many replies are complete, and played."""
        await self.until(lambda: sum(reply.done for reply in self.replies) >= count, f"reply {count}")
        await self.speakers.silence()

    async def hears(self, ms: int) -> None:
        """Wait until so much of the last reply has come."""
        await self.until(lambda: self.replies and self.replies[-1].audio_ms >= ms, f"{ms} ms of a reply")


async def play(job: Job, make: Callable[..., Caller], callers: list[Caller]) -> None:
    """Play a scenario; the callers it makes are added to the list."""
    async with AsyncExitStack() as stack:

        async def call(**how: bool) -> Caller:
            caller = await stack.enter_async_context(make(job, **how))
            callers.append(caller)
            return caller

        match job.scenario:
            case "text":
                await ask(await call(), HOURS)
            case "audio_vad":
                caller = await call()
                caller.say("hours")
                await caller.replied()
            case "push_to_talk":
                caller = await call(detection=False)
                await caller.push_to_talk(read_wav(job.speech["hours"]))
                await caller.replied()
            case "barge_in":
                caller = await call()
                await caller.type(COMPANY)
                await caller.hears(1000)
                caller.say("hours")
                await caller.until(lambda: caller.replies[1:] and caller.replies[-1].done, "a reply after the barge-in")
            case "handoff":
                caller = await call()
                caller.say("bill")
                await caller.replied()
                caller.say("due")
                await caller.replied(2)
            case "team_tool":
                await ask(await call(), ORDER)
            case "client_tool":
                await ask(await call(tools=True), WEATHER.format("Paris"), BILL, WEATHER.format("Rome"))
            case "two_clients":
                one, two = await call(), await call()
                await asyncio.gather(ask(one, HOURS), ask(two, DUE))
            case "error":
                caller = await call()
                await caller.provoke()
                await ask(caller, HOURS)
            case "hangup":
                async with make(job) as first:
                    await first.type(COMPANY)
                    await first.hears(1000)
                await ask(await call(), HOURS)


async def ask(caller: Caller, *questions: str) -> None:
    """Type questions, each after the answer to the one before."""
    for number, question in enumerate(questions, 1):
        await caller.type(question)
        await caller.replied(number)


def report(job: Job, version: str, callers: list[Caller], failure: str) -> dict[str, Any]:
    """Return the report of a scenario."""
    told: dict[str, Any] = {"version": version}
    for number, caller in enumerate(callers or [Caller(job)]):
        name = f"replies_{number + 1}" if number else "replies"
        told[name] = shown(job, name, caller.replies)
    told["tools"] = [called for caller in callers for called in caller.called]
    told["errors"] = [error for caller in callers for error in caller.errors] + ([failure] if failure else [])
    told["interrupted"] = any(caller.interrupted for caller in callers)
    return told


def shown(job: Job, name: str, replies: list[Reply]) -> list[dict[str, Any]]:
    """Return replies as the report shows them; their audio is written to files."""
    rows: list[dict[str, Any]] = []
    for index, reply in enumerate(replies):
        rows.append({"text": reply.text, "audio_ms": reply.audio_ms})
        if reply.pcm:
            rows[-1]["wav"] = f"{job.out}/{name}.{index}.wav"
            write_wav(rows[-1]["wav"], bytes(reply.pcm))
    return rows


def main(make: Callable[..., Caller], version: str) -> None:
    """Do the job given on the command line and print the report."""
    job = Job(**json.loads(sys.argv[1]))
    callers: list[Caller] = []

    async def run() -> str:
        try:
            await play(job, make, callers)
        except TimeoutError as error:
            return f"driver: {error}"
        return ""

    failure = asyncio.run(run())
    print(json.dumps(report(job, version, callers, failure)), flush=True)


def read_wav(path: str) -> bytes:
    """Return the audio of one of the suite's files: 24 kHz mono PCM16."""
    with wave.open(path) as file:
        return file.readframes(file.getnframes())


def write_wav(path: str, pcm: bytes) -> None:
    """Write 24 kHz mono PCM16."""
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm[: len(pcm) // 2 * 2])

"""A local session with small stand-ins for the models: loudness for speech, a tone for a voice, a script."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.core.wording import EXACTLY, exactly, marked
from orchestrator.local.brain.port import Action, CallFunction, Request, Say
from orchestrator.local.parts import Parts
from orchestrator.local.session import LocalSession
from orchestrator.local.speech.hypotheses import Choose
from orchestrator.protocol import audio as wire
from orchestrator.providers.port import Session
from tests.patience import PATIENCE
from tests.reading import into

MS_PER_CHARACTER = 50
Brief = Callable[[Request], Sequence[Action]]


class Script:
    """A brain that follows a function, and keeps what it was shown."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.seen: list[Request] = []
        # The languages it was to prepare for.
        self.prepared: list[str] = []
        # What it remembers of the session.
        self.memory: dict[str, Any] = {}
        # Set to let it go on; cleared to hold every response before its first action.
        self.gate = asyncio.Event()
        self.gate.set()

    def prepare(self, instructions: str, tools: Sequence[Mapping[str, Any]], language: str) -> None:
        self.prepared.append(language)

    async def respond(self, request: Request, memory: dict[str, Any]) -> AsyncIterator[Action]:
        self.seen.append(request)
        memory["responses"] = memory.get("responses", 0) + 1
        self.memory = memory
        await self.gate.wait()
        for action in self.brief(request):
            yield action


class Tone:
    """A speaker whose sound is as long as the sentence has characters, times 50 ms."""

    voices = frozenset({"marin", "cedar"})

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, float]] = []
        # The languages it was to prepare for.
        self.languages: list[str | None] = []

    def prepare(self, language: str | None) -> None:
        self.languages.append(language)

    def sayable(self, text: str, language: str | None) -> str:
        return text if text.isascii() or language == "zh" else "Only English."

    async def speak(
        self, sentence: str, voice: str, speed: float, language: str | None
    ) -> AsyncGenerator[NDArray[np.int16], None]:
        self.asked.append((sentence, voice, speed))
        count = len(sentence) * MS_PER_CHARACTER * 24
        yield (np.sin(np.arange(count) / 10) * 8000).astype(np.int16)


class Reads:
    """A transcriber that tells how much it heard, or what it is told to tell."""

    def __init__(self) -> None:
        self.text = ""
        self.error: Exception | None = None
        self.lengths: list[int] = []
        # The languages it was to prepare for, and to hear.
        self.prepared: list[str | None] = []
        self.languages: list[str | None] = []

    def prepare(self, language: str | None) -> None:
        self.prepared.append(language)

    async def transcribe(self, samples: NDArray[np.int16], language: str | None, choose: Choose | None = None) -> str:
        self.lengths.append(len(samples))
        self.languages.append(language)
        if self.error is not None:
            raise self.error
        return self.text or f"{len(samples) // 16} ms"


def loudness(step: NDArray[np.int16]) -> float:
    """Take anything loud for speech."""
    return 1.0 if np.abs(step).max() > 1000 else 0.0


def speech(ms: int) -> str:
    """Return a base64 append of loud PCM at 24 kHz."""
    samples = (np.sin(np.arange(ms * 24) / 12) * 12000).astype("<i2")
    return base64.b64encode(samples.tobytes()).decode()


def silence(ms: int) -> str:
    """Return a base64 append of nothing."""
    return base64.b64encode(wire.silence("audio/pcm", ms)).decode()


class Talk:
    """One session and its client."""

    def __init__(self, session: Session) -> None:
        self.session = session
        # The stand-ins of a session that `talk` opened.
        self.brain, self.ears, self.mouth = Script(echo), Reads(), Tone()
        self.log: list[dict[str, Any]] = []

    def send(self, kind: str, **fields: Any) -> None:
        self.session.send(json.dumps({"type": kind, **fields}))

    def say(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})

    def hear(self, *audio: str) -> None:
        for one in audio:
            self.send("input_audio_buffer.append", audio=one)

    async def event(self) -> dict[str, Any]:
        frames: list[str] = []
        await self.session.read(into(frames, most=1))
        assert frames, "the session has ended"
        event: dict[str, Any] = json.loads(frames[0])
        self.log.append(event)
        return event

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Read up to an event of this type, and return all that came with it, the event last."""
        events: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while not events or events[-1]["type"] != kind:
                events.append(await self.event())
        return events

    async def last(self, kind: str) -> dict[str, Any]:
        return (await self.until(kind))[-1]

    async def update(self, **session: Any) -> dict[str, Any]:
        self.send("session.update", session={"type": "realtime", **session})
        return dict((await self.last("session.updated"))["session"])

    async def refused(self) -> dict[str, Any]:
        return dict((await self.last("error"))["error"])


def word_for_word(words: str) -> dict[str, Any]:
    """Return the options of a response that the orchestrator wants said word for word."""
    return marked({"instructions": exactly(words)}, EXACTLY)


def kinds(events: Sequence[dict[str, Any]]) -> list[str]:
    """Return the types of events, repeated deltas once."""
    found: list[str] = []
    for event in events:
        if not event["type"].endswith(".delta") or event["type"] not in found:
            found.append(event["type"])
    return found


def echo(request: Request) -> Sequence[Action]:
    """Repeat what the last item says."""
    item = request.items[-1]
    if item["type"] == "function_call_output":
        return [Say(item["output"])]
    return [Say(" ".join(part.get("text") or part.get("transcript") or "" for part in item["content"]))]


def calls(name: str, **arguments: Any) -> Brief:
    """Return a brief that calls a function, and says the output once it is there."""

    def brief(request: Request) -> Sequence[Action]:
        last = request.items[-1]
        return echo(request) if last["type"] == "function_call_output" else [CallFunction(name, arguments)]

    return brief


@asynccontextmanager
async def talk(
    brief: Brief = echo, *, language: str | None = None, today: Callable[[], date] = date.today
) -> AsyncIterator[Talk]:
    """Open a session of a team with this language, and read its `session.created`."""
    brain, ears, mouth = Script(brief), Reads(), Tone()
    parts = Parts(brain, ears, mouth, probability=lambda: loudness, today=today)
    session = LocalSession("router", parts, language=language)
    try:
        client = Talk(session)
        client.brain, client.ears, client.mouth = brain, ears, mouth
        await client.until("session.created")
        yield client
    finally:
        await session.close()

"""Measure spoken turns on the embedded provider: `taskset -c 0 python tests/benchmarks/local_calls.py`.

Callers speak sentences to the sample team's reception at the pace of speech, one alone and then eight at once. Measured
is the time from the end of a caller's speech to the first audio of the answer, of which the silence that ends a turn is
most, and the part of it that is computing: from `speech_stopped` to the first audio.
"""

from __future__ import annotations

import asyncio
import base64
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from orchestrator.core.events import CallerSettings
from orchestrator.local import LocalProvider
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.voices import VOICES
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.providers.configure import configure
from orchestrator.providers.port import Session
from orchestrator.providers.session_object import session_object
from orchestrator.team import load_team
from orchestrator.terminal.wav import read_wav

ROOT = Path(__file__).parent.parent.parent
SENTENCES = (
    "What are your opening hours?",
    "Where can I find your shop?",
    "Hello, good morning.",
    "Are you open at the weekend?",
    "Can you tell me a joke?",
    "Thank you very much.",
)
FRAME = PCM_RATE // 50 * 2  # bytes: 20 ms
PAUSE = 1.5  # seconds of silence after each sentence, at least
STAGGER = 0.9  # seconds between the callers' first words
LOUD = 600  # of 32767


class Caller:
    """One caller in one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.spoke = self.stopped = 0.0
        self.heard = asyncio.Event()
        self.waits: list[float] = []
        self.computing: list[float] = []

    def hear(self, frame: str) -> bool:
        """Note when the first audio of each answer comes."""
        clock = asyncio.get_running_loop().time
        kind = json.loads(frame)["type"] if len(frame) < 2000 else "response.output_audio.delta"
        if kind == "input_audio_buffer.speech_stopped":
            self.stopped = clock()
        elif kind == "response.output_audio.delta" and self.spoke and self.stopped > self.spoke:
            self.waits.append(clock() - self.spoke)
            self.computing.append(clock() - self.stopped)
            self.spoke = 0.0
        elif kind == "response.done":
            self.heard.set()
        return False

    async def talk(self, sentences: list[bytes], delay: float) -> None:
        """Say the sentences at the pace of speech, each after the answer to the one before."""
        await self._send(bytes(int(delay * PCM_RATE) * 2))
        for pcm in sentences:
            self.heard.clear()
            end = _speech_end(pcm)
            await self._send(pcm[:end])
            self.spoke = asyncio.get_running_loop().time()
            await self._send(pcm[end:] + bytes(int(PAUSE * PCM_RATE) * 2))
            await asyncio.wait_for(self.heard.wait(), 30)

    async def _send(self, pcm: bytes) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        for at in range(0, len(pcm), FRAME):
            audio = base64.b64encode(pcm[at : at + FRAME]).decode()
            self.session.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
            due += 0.02
            await asyncio.sleep(max(0.0, due - clock()))


def _speech_end(pcm: bytes) -> int:
    """Return the byte at which the speech of a recording ends."""
    samples = memoryview(pcm).cast("h")
    last = next((at for at in range(len(samples) - 1, -1, -1) if abs(samples[at]) > LOUD), len(samples) - 1)
    return 2 * (last + 1)


async def measure(provider: LocalProvider, fields: dict[str, Any], sentences: list[bytes], count: int) -> str:
    """Hold so many calls at once; return a row of the table."""
    callers = []
    for _ in range(count):
        session = await provider.open("embedded")
        await configure(session, fields)
        callers.append(Caller(session))
    listening = [asyncio.ensure_future(caller.session.read(caller.hear)) for caller in callers]
    await asyncio.gather(*(caller.talk(sentences, 1 + STAGGER * at) for at, caller in enumerate(callers)))
    for task, caller in zip(listening, callers, strict=True):
        task.cancel()
        await caller.session.close()
    waits = [1000 * wait for caller in callers for wait in caller.waits]
    computing = [1000 * wait for caller in callers for wait in caller.computing]
    p95 = statistics.quantiles(waits, n=20)[18]
    return (
        f"{count} at once: {len(waits)} turns, end of speech to first audio {statistics.median(waits):.0f} ms median, "
        f"{p95:.0f} p95, {max(waits):.0f} max; computing {statistics.median(computing):.0f} ms median"
    )


async def main() -> None:
    """Print a row for one caller and one for eight; recordings named as arguments are said instead."""
    team = load_team(ROOT / "agents.yaml")
    values = {name: variable.default for name, variable in team.variables.items()}
    fields = session_object(team.agents[team.start], team, [], CallerSettings(), values)
    provider = LocalProvider()
    provider.load()
    speaker = hibari_speaker()
    said = [read_wav(path) for path in sys.argv[1:]]
    said = said or [speaker.synthesize(text, VOICES["ash"], 1.0).tobytes() for text in SENTENCES]
    for count in (1, 8):
        print(await measure(provider, fields, said, count), flush=True)


if __name__ == "__main__":
    asyncio.run(main())

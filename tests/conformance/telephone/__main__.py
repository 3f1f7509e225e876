"""`python -m tests.conformance.telephone`: let streamdouble call a team on `local`, served as a user starts it.

It plays scenarios, on a good line and on a bad one, and judges the protocol itself. What it cannot judge is checked
here: an "okay" and a cough clear nothing. A JUnit file, a trace and a summary of each call are kept below
`.conformance/telephone/`. The exit code is 1 if a call went wrong.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

import soxr

from orchestrator.protocol.audio import PCM_RATE
from tests.conformance.install import ENVIRONMENTS, Client, install
from tests.conformance.servers import serving
from tests.evaluation import voices
from tests.interactions import sounds
from tests.interactions.calls import TEAM

HERE = Path(__file__).parent
FOLDER = ENVIRONMENTS / "telephone"
BAD_LINE = ("--packet-loss", "0.05", "--jitter", "20", "--chaos-seed", "7")
SECONDS = 120.0  # that a call gets
SAID = {
    "hours": "When are you open?",
    "history": "Tell me about the history of the museum.",
    "ticket": "Sorry, how much is a ticket?",
    "okay": "Okay.",
}
RATE = 8_000


@dataclass(frozen=True)
class Simulator(Client):
    """streamdouble: it has no driver, because it is one."""

    @property
    def folder(self) -> Path:
        """Where its requirements are."""
        return HERE


@dataclass(frozen=True)
class Call:
    """A scenario on a line."""

    scenario: str
    line: tuple[str, ...]
    clears: int  # how often the telephone should be told to stop playing

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.scenario}{', bad line' if self.line else ''}"


CALLS = [
    Call(scenario, line, clears)
    for scenario, clears in (("question", 1), ("listening", 2))  # each turn of the caller clears
    for line in ((), BAD_LINE)
]


def make_sounds() -> None:
    """Write what the caller says and plays, beside the scenarios."""
    utterances = {name: voices.say(words, "man") for name, words in SAID.items()}
    for name, samples in {**utterances, "cough": sounds.cough(4)}.items():
        with wave.open(str(FOLDER / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(soxr.resample(samples, PCM_RATE, RATE).astype("<i2").tobytes())
    for path in HERE.glob("*.yaml"):
        shutil.copy(path, FOLDER)


async def hold(simulator: Simulator, url: str, call: Call) -> str:
    """Hold a call; returns what was wrong, or nothing."""
    place = FOLDER / call.name.replace(", ", "-").replace(" ", "-")
    process = await asyncio.create_subprocess_exec(
        *(str(simulator.home / "bin" / "streamdouble"), "scenario", str(FOLDER / f"{call.scenario}.yaml")),
        *(url, "--json", "--junit", f"{place}.xml", "--trace", f"{place}.jsonl", *call.line),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        return f"not over after {SECONDS:g} s"
    place.with_suffix(".txt").write_bytes(told)
    if process.returncode:
        return f"streamdouble's exit code is {process.returncode}; see {place}.txt"
    frames = [json.loads(line) for line in place.with_suffix(".jsonl").read_text("utf-8").splitlines()]
    clears = sum(frame["dir"] == "in" and frame["event"] == "clear" for frame in frames)
    return "" if clears == call.clears else f"cleared {clears} times instead of {call.clears}; see {place}.jsonl"


async def main() -> int:
    """Hold all calls, one after another; returns the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    simulator = Simulator("streamdouble")
    await install(simulator)
    make_sounds()
    wrong = 0
    async with serving("local", TEAM, FOLDER, {}) as server:
        for call in CALLS:
            fault = await hold(simulator, f"{server.url.replace('http', 'ws')}/twilio/stream", call)
            wrong += bool(fault)
            print(f"{'✗' if fault else '✓'} {call.name}{': ' if fault else ''}{fault}", flush=True)
        if left := await server.leftover():
            print(f"✗ {left}")
            wrong += 1
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""`python -m tests.fleet.service`: the scripted Realtime service of the rig, in a process of its own.

A caller's line is a square wave whose heights, up and down, say its number; every third line asks for something that
must not be done twice. Phones have no such heights: theirs are louder than all. It prints its address, and runs until
its standard input ends.
"""

from __future__ import annotations

import array
import asyncio
import gc
import re
import sys

from orchestrator.testing import Prompt, Reply, ScriptedRealtime, call, say

LOWEST, PHONE, CHARGED = 4000, 30_000, 3
DIGITS, APART = 20_000, 100  # numbers that the height upwards can say; samples between two heights downwards
RATE, LINE_MS, ANSWER_MS = 24, 400, 800  # samples a millisecond


def line(number: int) -> bytes:
    """Return what a caller says: 24 kHz PCM16."""
    up, down = LOWEST + number % DIGITS, LOWEST + number // DIGITS * APART
    wave = array.array("h", [up] * 60 + [-down] * 60)
    return (wave * (LINE_MS * RATE // 120)).tobytes()


def words(number: int) -> str:
    """Return the same as words."""
    return f"Please charge line {number}." if number % CHARGED == 0 else f"This is line {number}."


def hear(audio: bytes) -> str:
    """Transcribe a caller's turn."""
    samples = array.array("h", audio)
    up, down = max(samples), -min(samples)
    if up >= PHONE:
        return "This is a phone."
    return words(up - LOWEST + round((down - LOWEST) / APART) * DIGITS)


def answer(prompt: Prompt) -> Reply:
    """Answer the last item of a conversation."""
    parts = prompt.item.get("content") or ()
    spoken = any(part.get("type") == "input_audio" for part in parts)
    found = re.search(r"line (\d+)", prompt.words)
    if spoken and found and "charge" in prompt.words:
        return Reply((call("charge", line=int(found[1])),))
    about = f"line {found[1]}" if found else "that"
    return Reply((say(f"I have heard {about}.", ANSWER_MS),), pace=1.0)


async def main() -> None:
    """Serve."""
    gc.disable()  # it keeps what every session has heard: looking for cycles there would make all callers wait
    async with ScriptedRealtime(brain=answer, ears=hear) as service:
        print(service.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())

"""`orchestrator talk`: hold one call with a server, by recordings, typed lines, or microphone and speakers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from orchestrator.errors import OrchestratorError
from orchestrator.terminal.caller import Caller, Hangup
from orchestrator.terminal.connection import open_connection
from orchestrator.terminal.devices import Devices
from orchestrator.terminal.line import Line
from orchestrator.terminal.wav import read_wav, write_wav
from orchestrator.threads import Threads


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller says in one turn: typed text, or recorded speech as 24 kHz PCM16."""

    text: str = ""
    speech: bytes = b""


def read_turns(options: list[tuple[str, str]]) -> list[Turn]:
    """Return the turns of a call from the options `--wav` and `--text` and their values; raises `OrchestratorError`.

    Recordings are read before the call, because a call has no time for resampling.
    """
    return [Turn(speech=read_wav(value)) if option == "--wav" else Turn(text=value) for option, value in options]


async def converse(url: str, key: str | None, turns: list[Turn], *, devices: bool, out: Path | None) -> None:
    """Hold a call with a server to its end and print a summary; raises `OrchestratorError`.

    What was heard is written to the file `out`, also when the call fails.
    """
    async with Line(url, key, await open_connection(url, key), partial(print, file=sys.stderr)) as line:
        sound = Devices() if devices else None
        caller = Caller(line, print, partial(print, file=sys.stderr), sound)
        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(caller.receive(), name="receive")]
                if devices or any(turn.speech for turn in turns):
                    tasks.append(group.create_task(caller.send_audio(), name="send audio"))
                if sound is not None:
                    sound.start(caller.queue_frame)
                await (_talk_until_interrupted(caller) if devices else _take_turns(caller, turns))
                for task in tasks:
                    task.cancel()
        except* Hangup:
            print("the server ended the call")
        except* OrchestratorError as errors:
            failure = errors.exceptions[0]
        finally:
            print(caller.summary())
            if out is not None:
                write_wav(out, caller.playback.recording())
                print(f"wrote {out}")
        if failure is not None:
            raise failure


async def _take_turns(caller: Caller, turns: list[Turn]) -> None:
    """Take the turns one after another; if there are none, take typed lines as turns."""
    await caller.greet()
    for turn in turns:
        if turn.text:
            print(f"you ▸ {turn.text}")
            await caller.type(turn.text)
        else:
            await caller.speak(turn.speech)
    if not turns:
        async for line in _typed_lines():
            if not sys.stdin.isatty():  # a terminal shows what is typed
                print(f"you ▸ {line}")
            await caller.type(line)


async def _typed_lines() -> AsyncIterator[str]:
    """Yield typed lines until the input ends; waiting for one does not keep the program from stopping."""
    threads = Threads(1)
    while line := await threads.run(sys.stdin.readline, "typed"):
        if line.strip():
            yield line.strip()


async def _talk_until_interrupted(caller: Caller) -> None:
    await caller.greet()
    await asyncio.Event().wait()

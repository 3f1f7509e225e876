"""Drives mahilo's command line as it comes from PyPI: `mahilo connect`. Only its sound card is replaced."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
import driving

DEVICES = Path(__file__).parent / "devices"
PROMPT = "(or 'quit' to exit): "
HURT = "My father has chest pain."
LEAST_MS = 1000  # of a spoken reply
SILENCE = 1.5  # seconds without audio after which a reply is over
LOOK = 0.1


class Program:
    """One `mahilo connect`, and what it has printed."""

    def __init__(self, agent: str, process: asyncio.subprocess.Process) -> None:
        # The agent that it is connected to, as it names it before each reply.
        self._agent = agent
        # The program, and what it has printed.
        self._process = process
        self._printed = ""
        # Told when it has printed something.
        self._news = asyncio.Event()
        self.reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := await self._process.stdout.read(4096):
            self._printed += chunk.decode(errors="replace")
            self._news.set()

    async def until(self, true: Callable[[], Any], what: str) -> None:
        """Wait until something is true of what it has printed."""
        try:
            async with asyncio.timeout(driving.PATIENCE):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"{what} never came; printed: {self._printed[-200:]!r}") from None

    async def prompts(self) -> None:
        """Wait until it wants a line, which it does when it is connected."""
        await self.until(lambda: PROMPT in self._printed, "the prompt")

    async def type(self, line: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    def replies(self) -> list[str]:
        """Return what the agent has said."""
        return re.findall(rf"{self._agent}: ([^\n]*)\n", self._printed)

    async def replied(self, count: int = 1) -> None:
        """Wait until the agent has said so much."""
        await self.until(lambda: len(self.replies()) >= count, f"reply {count} of {self._agent}")


@asynccontextmanager
async def connected(job: driving.Job, agent: str, *options: str, **environ: str) -> AsyncIterator[Program]:
    """Start the program, and stop it."""
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("mahilo")), "connect", "--url", job.url, "--agent-name", agent, *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(DEVICES), "PYTHONUNBUFFERED": "1", "COLUMNS": "1000", **environ},
    )
    program = Program(agent, process)
    try:
        yield program
    finally:
        if options:
            process.kill()  # interrupted, it waits for ten seconds
        else:
            await program.type("quit")
        await process.wait()
        await program.reading


async def play(job: driving.Job, told: dict[str, Any]) -> None:
    """Play a scenario, and note the replies."""
    match job.scenario:
        case "mahilo_text":
            async with connected(job, "front") as program:
                await program.prompts()
                await program.type(driving.HOURS)
                await program.replied()
                told["replies"] = [{"text": text} for text in program.replies()]
        case "mahilo_voice":
            played = Path(job.out) / "played.pcm"
            environ = {"MAHILO_WAV": job.speech["hours"], "MAHILO_OUT": str(played)}
            async with connected(job, "front", "--voice", **environ):
                pcm = await asyncio.to_thread(heard, played)
            driving.write_wav(f"{job.out}/replies.0.wav", pcm)
            ms = len(pcm) // driving.BYTES_PER_MS
            told["replies"] = [{"text": "", "audio_ms": ms, "wav": f"{job.out}/replies.0.wav"}]
        case "mahilo_message":
            async with connected(job, "front") as caller, connected(job, "medic") as medic:
                await caller.prompts()
                await medic.prompts()
                await caller.type(HURT)
                await caller.replied()
                await medic.replied()
                told["replies"] = [{"text": text} for text in caller.replies()]
                told["replies_2"] = [{"text": text} for text in medic.replies()]


def heard(path: Path) -> bytes:
    """Wait until something was played, and then nothing for a while."""
    size, since = 0, 0.0
    end = time.monotonic() + driving.PATIENCE
    while size < LEAST_MS * driving.BYTES_PER_MS or time.monotonic() - since < SILENCE:
        time.sleep(LOOK)
        if path.exists() and path.stat().st_size > size:
            size, since = path.stat().st_size, time.monotonic()
        if time.monotonic() > end:
            raise TimeoutError(f"{size // driving.BYTES_PER_MS} ms were played, and no more came")
    return path.read_bytes()


def main() -> None:
    """Do the job given on the command line and print the report."""
    job = driving.Job(**json.loads(sys.argv[1]))
    told: dict[str, Any] = {"version": version("mahilo"), "replies": [], "tools": [], "errors": []}
    try:
        asyncio.run(play(job, told))
    except TimeoutError as error:
        told["errors"].append(f"driver: {error}")
    print(json.dumps(told), flush=True)


main()

"""`orchestrator serve` as a user starts it, on the embedded provider or on the scripted service."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from orchestrator.testing import ScriptedRealtime
from tests.conformance.install import TEAM
from tests.conformance.service import brain
from tests.conformance.speech import Ears

KEY = "conformance-key"  # callers need one, and browser pages from elsewhere may call
PATIENCE = 60.0  # seconds to start; the speech models are loaded then
CALLS_END = 10.0  # seconds that the last calls get to be over
LOOK = 0.1  # seconds between two looks at the server


class Server:
    """A team that is served, and what its server says."""

    def __init__(self, setting: str, team: Path, service: ScriptedRealtime | None) -> None:
        # The setting, the team's file, and what is behind it in the setting `scripted`.
        self.setting, self.team, self.service = setting, team, service
        # Where it listens; known when it has started.
        self.url = ""
        # What it has logged.
        self.log: list[str] = []
        # Set when it has started, or ended.
        self.started = asyncio.Event()

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Read what it logs."""
        while line := (await stream.readline()).decode(errors="replace"):
            self.log.append(line)
            if found := re.search(r"ws://(127\.0\.0\.1:\d+)", line):
                self.url = f"http://{found[1]}"
                self.started.set()
        self.started.set()

    def calls(self) -> int:
        """Return how many calls are open."""
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
        return int(told["calls"])

    async def leftover(self) -> str:
        """Wait until no call is open; returns what is left over, or nothing."""
        try:
            async with asyncio.timeout(CALLS_END):
                while count := await asyncio.to_thread(self.calls):  # noqa: ASYNC110  # another process, nothing tells
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            return f"{count} calls are still open on the server"
        try:
            async with asyncio.timeout(CALLS_END):
                for session in self.service.sessions if self.service else ():
                    await session.gone()
        except TimeoutError:
            return "sessions of agents are still open"
        opened, ended = (sum(f"call {word}" in line for line in self.log) for word in ("opened", "ended"))
        return "" if opened == ended else f"the server's log tells of {opened} calls opened and {ended} ended"


@asynccontextmanager
async def serving(setting: str, team: Path, folder: Path, speech: dict[str, Path]) -> AsyncIterator[Server]:
    """Serve a team in a setting, `local` or `scripted`; the log goes to a folder."""
    if setting == "local":
        async with _orchestrator(Server(setting, team, None), folder, {}) as server:
            yield server
        return
    async with ScriptedRealtime(brain=brain, ears=Ears(speech)) as service:
        environ = {"CONFORMANCE_PROVIDER": "service", "CONFORMANCE_SERVICE": service.url}
        async with _orchestrator(Server(setting, team, service), folder, environ) as server:
            yield server


@asynccontextmanager
async def _orchestrator(server: Server, folder: Path, environ: dict[str, str]) -> AsyncIterator[Server]:
    ours = ("OPENAI_", "ORCHESTRATOR_", "CONFORMANCE_")
    environ |= {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    keys = {"ORCHESTRATOR_API_KEYS": KEY} if server.team == TEAM else {}  # the other protocols know none
    environ |= {**keys, "PYTHONUNBUFFERED": "1"}
    command = (sys.executable, "-m", "orchestrator.cli", "serve", str(server.team), "--port", "0")
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=environ
    )
    assert process.stdout is not None
    reading = asyncio.ensure_future(server.read(process.stdout))
    try:
        async with asyncio.timeout(PATIENCE):
            await server.started.wait()
        if not server.url:
            raise SystemExit(f"orchestrator serve ended:\n{''.join(server.log)}")
        yield server
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.gather(process.wait(), reading)
        log = folder / f"serve-{server.setting}-{server.team.parent.name}.log"
        log.write_text("".join(server.log), encoding="utf-8")

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.testing import ScriptedRealtime
from tests.conformance.service import brain
from tests.conformance.speech import Ears

TEAM = Path(__file__).parent / "team" / "team.yaml"
KEY = "conformance-key"  # callers need one, and browser pages from elsewhere may call
PATIENCE = 60.0  # seconds to start; the speech models are loaded then
CALLS_END = 10.0  # seconds that the last calls get to be over
LOOK = 0.1  # seconds between two looks at the server


@dataclass(frozen=True)
class Server:
    """A team that is served."""

    setting: str
    url: str
    log: Path
    service: ScriptedRealtime | None  # behind it in the setting `scripted`

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
        log = self.log.read_text(encoding="utf-8")
        begun, ended = (len(re.findall(rf"\bcall {word}\b", log)) for word in ("opened", "ended"))
        return "" if begun == ended else f"the server's log tells of {begun} calls opened and {ended} ended"


@asynccontextmanager
async def serving(setting: str, folder: Path, speech: dict[str, Path]) -> AsyncIterator[Server]:
    """Serve the team in a setting, `local` or `scripted`; the log goes to a folder."""
    if setting == "local":
        async with _orchestrator(setting, folder, {}, None) as server:
            yield server
        return
    async with ScriptedRealtime(brain=brain, ears=Ears(speech)) as service:
        environ = {"CONFORMANCE_PROVIDER": "service", "CONFORMANCE_SERVICE": service.url}
        async with _orchestrator(setting, folder, environ, service) as server:
            yield server


@asynccontextmanager
async def _orchestrator(
    setting: str, folder: Path, environ: dict[str, str], service: ScriptedRealtime | None
) -> AsyncIterator[Server]:
    ours = ("OPENAI_", "ORCHESTRATOR_", "CONFORMANCE_")
    environ |= {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environ["ORCHESTRATOR_API_KEYS"] = KEY
    command = (sys.executable, "-m", "orchestrator.cli", "serve", str(TEAM), "--port", "0")
    path = folder / f"serve-{setting}.log"
    with path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=environ)
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(r"ws://(127\.0\.0\.1:\d+)", path.read_text(encoding="utf-8"))):
                if process.returncode is not None:
                    raise SystemExit(f"orchestrator serve ended: {path.read_text(encoding='utf-8')}")
                await asyncio.sleep(LOOK)
        yield Server(setting, f"http://{found[1]}", path, service)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()

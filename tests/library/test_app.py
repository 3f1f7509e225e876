"""The application of the library: of teams in Python and of files, below a path of somebody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect

from orchestrator import Team, create_app, serve_team
from orchestrator.errors import TeamError
from orchestrator.server.serve import Server
from orchestrator.settings import Settings
from orchestrator.testing import ScriptedRealtime, say
from tests.calls import CallerClient
from tests.library.serving import serving

QUIET = Settings(records="none", port=0, drain=0.0)


def team(service: ScriptedRealtime, name: str = "desk", **keys: Any) -> Team:
    """Return a team on a scripted service, with further keys."""
    agents = {"front": {"model": "service/front", "instructions": "Help."}}
    return Team(name, agents=agents, providers={"service": {"url": service.url}}, **keys)


async def test_a_team_is_called_below_a_path() -> None:
    """Another server carries it, and another application has it."""
    async with ScriptedRealtime() as service:
        voice = create_app(team(service), settings=QUIET)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            async with voice.router.lifespan_context(voice):
                yield

        app = FastAPI(lifespan=lifespan)
        app.mount("/voice", voice)
        service.reply("front", say("Hello there."))
        async with serving(app) as url, connect(f"{url}/voice/v1/realtime?model=desk") as socket:
            caller = CallerClient(socket)
            await caller.type("Hi.")
            told = await caller.until("response.output_audio_transcript.done")
    assert told["transcript"] == "Hello there."


async def test_files_and_teams_are_served_together(tmp_path: Path) -> None:
    """And what is wrong between them is told."""
    path = tmp_path / "agents.yaml"
    path.write_text("team: other\nagents: {front: {instructions: Help.}}\n", "utf-8")
    async with ScriptedRealtime() as service:
        app = create_app(path, team(service), settings=QUIET)
        assert sorted(served.name for served in app.state.calls.teams) == ["desk", "other"]
        with pytest.raises(TeamError, match="other"):
            create_app(path, team(service, "other"), settings=QUIET)


async def test_a_team_is_served_until_the_process_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the command, with the same lines."""
    lines: list[str] = []

    async def stopped(server: Server, sockets: object) -> None:
        assert sockets

    monkeypatch.setattr(Server, "serve", stopped)
    async with ScriptedRealtime() as service:
        await serve_team(team(service), settings=QUIET, tell=lines.append)
    assert any(line.startswith("endpoint  ws://127.0.0.1:") for line in lines)

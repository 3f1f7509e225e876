"""The FastAPI application: the Realtime endpoint, what monitors and clients ask for over HTTP, and the page."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from orchestrator.gateway.background import Background
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.phone.twilio import add_twilio
from orchestrator.gateway.realtime import realtime
from orchestrator.gateway.rest import add_rest, with_key
from orchestrator.gateway.webrtc.endpoint import add_webrtc
from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Provider
from orchestrator.server.cors import CrossOrigin
from orchestrator.settings import Settings
from orchestrator.team import Team, draw_svg
from orchestrator.tools import Tool

PAGE = Path(__file__).parent.parent / "gateway" / "console"
# The page runs its own files only, talks to its own server only, and cannot be framed.
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def create_app(
    *,
    team: Team,
    tools: Mapping[str, tuple[Tool, ...]],
    providers: Mapping[str, Provider],
    models: Mapping[str, Sequence[Choice]],
    settings: Settings,
) -> FastAPI:
    """Make the application that serves one team; `models` says which provider and model each agent has."""
    calls = Calls(team=team, tools=tools, providers=providers, models=models, settings=settings)
    background = Background()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        calls.lag.watch()
        async with background:
            yield
            await drain(app)
        calls.lag.stop()

    # No generated documentation pages: they load scripts from another host.
    app = FastAPI(title=team.name, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.calls = calls
    app.state.background = background
    app.state.began = int(time.time())
    for path in ("/v1/realtime", "/realtime"):
        app.add_api_websocket_route(path, realtime)
    app.add_api_route("/", _page, response_model=None)
    app.add_api_route("/healthz", _healthz, response_model=None)
    app.add_api_route("/readyz", _readyz, response_model=None)
    app.add_api_route("/v1/models", _models, response_model=None, dependencies=[Depends(with_key)])
    app.add_api_route("/v1/team", _team, response_model=None, dependencies=[Depends(with_key)])
    app.mount("/console", Page(directory=PAGE))
    add_rest(app)
    add_webrtc(app)
    add_twilio(app)
    app.add_middleware(CrossOrigin, api_keys=settings.api_keys)
    return app


async def drain(app: FastAPI) -> None:
    """Take no more calls and end those that are open within `settings.drain` seconds; safe to call twice.

    To be awaited before the server closes its sockets, because a server that stops cuts them at once.
    """
    calls: Calls = app.state.calls
    await calls.drain("the server is shutting down")


class Page(StaticFiles):
    """The files of the page, none of them without its headers."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file with them."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(PAGE_HEADERS)
        return response


async def _page() -> Response:
    return FileResponse(PAGE / "index.html", headers=PAGE_HEADERS)


async def _healthz() -> dict[str, Any]:
    """Say that the process lives."""
    return {"ok": True}


async def _readyz(request: Request) -> Response:
    """Say whether a new call would be taken."""
    calls: Calls = request.app.state.calls
    ready = calls.busy() is None
    figures = {"calls": len(calls), "max_calls": calls.settings.max_calls, "lag": round(calls.lag.seconds, 3)}
    body = {"ready": ready, "draining": calls.draining, **figures}
    return JSONResponse(body, 200 if ready else 503)


async def _models(request: Request) -> dict[str, Any]:
    """List the team as the one model."""
    state = request.app.state
    model = {"id": state.calls.team.name, "object": "model", "created": state.began, "owned_by": "orchestrator"}
    return {"object": "list", "data": [model]}


async def _team(request: Request) -> dict[str, Any]:
    """Describe the team: its agents, whom they hand callers to and whom they ask, and a drawing of them."""
    team: Team = request.app.state.calls.team
    agents = [
        {"name": name, "description": agent.description, "kind": agent.kind, "voice": agent.voice}
        for name, agent in team.agents.items()
    ]
    handoffs = [(name, way) for name in team.agents for way in team.edges(name)]
    consults = [(name, way) for name, agent in team.agents.items() for way in agent.consult]
    told = {
        "edges": [{"from": name, "to": way.to, "when": way.when} for name, way in handoffs],
        "consults": [{"from": name, "to": way.to, "when": way.when} for name, way in consults],
    }
    return {"name": team.name, "start": team.start, "agents": agents, **told, "svg": draw_svg(team)}

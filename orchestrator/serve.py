"""Putting a team behind the gateway: load, wire, listen."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from orchestrator.errors import OrchestratorError, Problem, TeamError
from orchestrator.gateway.app import create_app, drain
from orchestrator.realtime.port import Provider
from orchestrator.realtime.providers import Choice, Unusable, choose_model, websocket_providers
from orchestrator.settings import Settings, check_exposure
from orchestrator.team import Team, load_team
from orchestrator.tools import load_tools

BACKLOG = 512  # connections that wait to be accepted


@dataclass(frozen=True, slots=True)
class House:
    """A team, ready to take calls."""

    team: Team
    models: Mapping[str, Choice]  # agent → the model it runs on, and why
    app: FastAPI


def build(path: str | Path, settings: Settings, environ: Mapping[str, str] = os.environ) -> House:
    """Load a team and wire it to its tools and providers; raises `TeamError` with all that is missing."""
    team = load_team(path, environ=environ)
    tools = load_tools(team)
    models = {name: choose_model(agent, wanted=settings.model, environ=environ) for name, agent in team.agents.items()}
    providers = websocket_providers(team, environ)
    if any(choice.provider == "local" for choice in models.values()):
        providers["local"] = _local(team)
    _check_models(team, models, providers)
    app = create_app(team=team, tools=tools, providers=providers, models=models, settings=settings)
    return House(team, models, app)


def _local(team: Team) -> Provider:
    """Return the embedded provider; its models are loaded now, so that the first caller does not wait for them."""
    from orchestrator.local import LocalProvider  # only teams that use it pay for it

    provider = LocalProvider(team.providers.get("local"))
    provider.load()
    return provider


def _check_models(team: Team, models: Mapping[str, Choice], providers: Mapping[str, Provider]) -> None:
    """Refuse to serve agents that could not speak: unknown provider, missing key."""
    problems = []
    for agent, choice in models.items():
        provider = providers.get(choice.provider)
        where = team.place("agents", agent, "model")
        if provider is None:
            what = f"there is no provider {choice.provider!r} ({choice.why})"
            problems.append(Problem(where, what, f"Known: {', '.join(sorted(providers))}."))
        elif isinstance(provider, Unusable):
            problems.append(Problem(where, f"cannot run on {choice.provider} ({choice.why})", provider.message))
    if problems:
        raise TeamError(problems)


def listen(settings: Settings) -> socket.socket:
    """Return a socket that listens; raises `OrchestratorError` saying what is wrong with the address."""
    try:
        check_exposure(settings)
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        # With the protocol named: asyncio sets TCP_NODELAY on its connections only then, and without it audio and
        # events wait up to 40 ms for the other side's acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
        return listener
    except ValueError as error:
        raise OrchestratorError(str(error)) from None
    except OSError as error:
        remedy = "Choose another with --host and --port."
        what = error.strerror or type(error).__name__
        raise OrchestratorError(f"Cannot listen on {settings.host} port {settings.port}: {what}. {remedy}") from None


def server(house: House, settings: Settings) -> uvicorn.Server:
    """Return the server of a house, not yet started."""
    config = uvicorn.Config(
        house.app,
        ws_max_size=settings.max_frame,
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    return DrainingServer(config, house.app)


class DrainingServer(uvicorn.Server):
    """uvicorn that ends the calls in order before it closes their sockets."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        # The application whose calls are drained.
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain the calls, then shut down."""
        await drain(self._app)
        await super().shutdown(sockets)


@asynccontextmanager
async def running(house: House, settings: Settings) -> AsyncIterator[str]:
    """Serve a house in this event loop while the block lasts; yields its base URL, `ws://127.0.0.1:PORT`."""
    with listen(settings) as listener:
        serving = server(house, settings)
        async with asyncio.TaskGroup() as group:
            group.create_task(serving.serve([listener]), name="serve")  # the socket listens already
            try:
                yield f"ws://{settings.host}:{listener.getsockname()[1]}"
            finally:
                serving.should_exit = True


def welcome(house: House, settings: Settings, port: int) -> list[str]:
    """Say where to connect, who runs on what and why, and how to talk to the team."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"ws://{host}:{port}/v1/realtime"
    width = max(map(len, house.models))
    lines = [f"team {house.team.name}: read {', '.join(os.path.relpath(file) for file in house.team.files)}"]
    lines += [
        f"  {name:{width}}  {choice.provider}/{choice.model}  ({choice.why})" for name, choice in house.models.items()
    ]
    lines += [
        f"page      http://{host}:{port}/",
        f"endpoint  {url}?model={house.team.name}",
        f'talk      orchestrator talk --url {url} --text "hello"',
    ]
    if not settings.api_keys:
        lines.append("No API key is set (ORCHESTRATOR_API_KEYS): only this machine can call.")
    return lines

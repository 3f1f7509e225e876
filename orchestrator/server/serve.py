"""Puts a team behind the gateway: load it, connect it to its providers, listen."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from orchestrator.errors import OrchestratorError, Problem, TeamError
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.log import flush, hide, secrets_in
from orchestrator.providers.choosing import Choice, choose_for
from orchestrator.providers.languages import unspoken
from orchestrator.providers.port import Provider
from orchestrator.providers.prices import unpriced
from orchestrator.realtime.services import Unusable, websocket_providers
from orchestrator.records.format.header import team_hash
from orchestrator.server import garbage_collection
from orchestrator.server.app import create_app
from orchestrator.server.arrival import ONE_REQUEST, Arrival
from orchestrator.server.tls import TEMPORARY
from orchestrator.server.upgrade import Upgrade
from orchestrator.settings import Settings, check_exposure, weak_keys
from orchestrator.team import Team, in_order, likely_model, read_team
from orchestrator.team.hooks.checks import check_kept
from orchestrator.tools import Tool, read_functions, tool_files

BACKLOG = 512  # connections that wait to be accepted
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # wildcard address → an address that can be called
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Deployment:
    """Teams, ready to take calls."""

    teams: Teams
    app: FastAPI


def build(path: str | Path, settings: Settings, environ: Mapping[str, str] = os.environ) -> Deployment:
    """Load a team, and make the application that serves it; raises `TeamError`."""
    teams = Teams([load(path, settings, environ)])
    return Deployment(teams, create_app(teams=teams, settings=settings))


def load(path: str | Path, settings: Settings, environ: Mapping[str, str] = os.environ) -> Version:
    """Load a team with its tools and providers; raises `TeamError` with everything that is wrong or missing."""
    # Before numpy is imported, by a tool perhaps: by default its threads spin on every core, and on two cores the first
    # answer took nine seconds instead of two. A sentence is too small to be worth several threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    team, found = read_team(path, environ=environ)
    if team is None:
        raise TeamError(found)
    keys = (key for role in team.people.values() for key in role.secret_keys)
    hide([*secrets_in([team.providers, team.after_call]), *keys])
    tools, hooks, faults = read_functions(team)
    models = choose_for(team, wanted=settings.model, environ=environ)
    providers = websocket_providers(team, environ)
    told = team.gaps | {problem.where for problem in found if problem.fatal}
    doubts = [problem for problem in _check_models(team, models, providers) if problem.where not in told]
    if errors := [
        problem for problem in in_order([*found, *faults, *doubts, *_check_workers(team, settings)]) if problem.fatal
    ]:
        raise TeamError(errors)
    if any(choice.provider == "local" for choices in models.values() for choice in choices):
        providers["local"] = _local(team, tools)
    warnings = [*doubts, *unpriced(team, models), *unspoken(team, models), *check_kept(team, settings.records)]
    files = (*team.files, *tool_files(team))
    return Version(
        team=team,
        tools=tools,
        hooks=hooks,
        providers=providers,
        models=models,
        files=files,
        hash=team_hash(files),
        warnings=tuple(warnings),
        memory=settings.call_memory,
    )


def _check_workers(team: Team, settings: Settings) -> list[Problem]:
    """Report persons in several processes: whoever works at the desk would see the calls of one only."""
    if settings.workers == 1 or not team.people:
        return []
    what = f"the desk would see the calls of only one of {settings.workers} processes"
    return [Problem(team.place("people"), what, "Serve a team with `people` by one process: `--workers 1`.")]


def _local(team: Team, tools: Mapping[str, Sequence[Tool]]) -> Provider:
    """Return the embedded provider; only teams that use it import it."""
    from orchestrator.local import LocalProvider

    definitions = {agent: [tool.definition() for tool in own] for agent, own in tools.items()}
    return LocalProvider(team.providers.get("local"), team.language, tools=definitions)


def _check_models(
    team: Team, models: Mapping[str, Sequence[Choice]], providers: Mapping[str, Provider]
) -> Iterator[Problem]:
    """Yield what keeps agents from speaking: an unknown provider in `--model`, a missing key.

    Providers that the team file names were looked for when it was read. A fallback without its key is only skipped,
    because one team file may serve several places: this is a warning.
    """
    for agent, choices in models.items():
        for number, choice in enumerate(choices):
            provider = providers.get(choice.provider)
            where = team.place("agents", agent, "fallback" if number else "model")
            if provider is None and choice.provider != "local" and team.agents[agent].model is None and not number:
                what = f"there is no provider {choice.provider!r} ({choice.why})"
                meant = likely_model(choice.provider)
                remedy = f"Write `{meant}`." if meant else f"Known: {', '.join(sorted({*providers, 'local'}))}."
                yield Problem(where, what, remedy)
            elif isinstance(provider, Unusable):
                what = f"cannot run on {choice.provider} ({choice.why})"
                yield Problem(where, what, provider.message, fatal=not number)


async def load_models(deployment: Deployment) -> None:
    """Load the embedded models if an agent uses them, so that the first caller does not wait.

    Raises `RealtimeError` if they cannot be loaded, for example without the extra `local`.
    """
    for served in deployment.teams:
        provider = served.current.providers.get("local")
        if provider is not None:
            session = await provider.open("embedded")
            await session.close()


def listen(settings: Settings) -> socket.socket:
    """Return a listening socket; raises `OrchestratorError` saying what is wrong with the address."""
    check_exposure(settings)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is explicit because asyncio sets TCP_NODELAY only then; without it, audio and events wait up to 40 ms
    # for the peer's acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        what = error.strerror or type(error).__name__
        remedy = "Choose another address with --host and --port."
        raise OrchestratorError(f"Cannot listen on {settings.host} port {settings.port}: {what}. {remedy}") from None
    return listener


def take_descriptors() -> None:
    """Raise the limit on file descriptors: a call needs one for its caller and one for each session."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS reports "unlimited" but refuses it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def new_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest event loop of this platform."""
    try:
        import uvloop
    except ImportError:  # not available on Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def serve(path: str | Path, settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve a team until the process is told to stop; `tell` prints lines for the person who started it."""
    with listen(settings) as listener:
        with garbage_collection.loading():
            deployment = build(path, settings)
            await load_models(deployment)
        for line in welcome(deployment, settings, listener.getsockname()[1]):
            tell(line)
        await Server(deployment.app, settings).serve([listener])


@asynccontextmanager
async def running(deployment: Deployment, settings: Settings) -> AsyncIterator[str]:
    """Serve a deployment in this event loop while the block lasts; yields its base URL, `ws://127.0.0.1:PORT`."""
    settings = settings.model_copy(update={"tls_cert": None, "tls_key": None})
    with listen(settings) as listener:
        server = InProcessServer(deployment.app, settings)
        # No TaskGroup: it would cancel the server if the block fails, and the calls would not end in order.
        serving = asyncio.get_running_loop().create_task(server.serve([listener]), name="serve")
        try:
            yield f"ws://{settings.host}:{listener.getsockname()[1]}"  # the socket is listening already
        finally:
            server.should_exit = True
            await serving


class Server(uvicorn.Server):
    """uvicorn, but calls end in order before their sockets are closed, and a second signal ends them at once."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        config = uvicorn.Config(
            app,
            http=Arrival,
            headers=[ONE_REQUEST],
            ws=Upgrade,
            ws_max_size=settings.max_frame,
            ws_per_message_deflate=False,
            ws_ping_interval=20.0,
            ws_ping_timeout=20.0,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        super().__init__(config)
        # The calls that are drained.
        self._calls: Calls = app.state.calls

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while the server runs; the one that stopped it ends the process at once when it is over."""
        with super().capture_signals():
            yield
            flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second signal, whichever it is, ends at once."""
        self.force_exit = self.should_exit
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain the calls, then shut down."""
        log.info("server stopping", calls=len(self._calls))
        async with asyncio.TaskGroup() as group:
            draining = group.create_task(self._calls.drain(), name="drain")
            while not draining.done():
                if self.force_exit:
                    draining.cancel()
                await asyncio.wait({draining}, timeout=0.1)
        await super().shutdown(sockets)


class InProcessServer(Server):
    """A server inside another program's event loop, which handles the signals itself."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Install no signal handlers."""
        return nullcontext()


def welcome(deployment: Deployment, settings: Settings, port: int) -> list[str]:
    """Return what is printed at the start: where to connect, each agent's model and why, how to talk to the team."""
    name = EVERYWHERE.get(settings.host, settings.host)
    host = f"[{name}]" if ":" in name else name
    s = "s" if settings.tls_cert else ""
    url = f"ws{s}://{host}:{port}/v1/realtime"
    key = " --key KEY" if settings.api_keys else ""
    lines = [
        *(line for served in deployment.teams for line in _loaded(served.current)),
        *(f"warning: {warning}" for warning in weak_keys(settings)),
        f"page      http{s}://{host}:{port}/",
        f"endpoint  {url}?model={next(iter(deployment.teams)).name}",
        f'talk      orchestrator talk --url {url}{key} --text "hello"',
    ]
    if settings.tls_cert is not None and settings.tls_cert.parent.name.startswith(TEMPORARY):
        lines.append(
            f"To trust its certificate, start clients with NODE_EXTRA_CA_CERTS or SSL_CERT_FILE={settings.tls_cert}"
        )
    if not settings.api_keys:
        lines.append("No API keys are set (ORCHESTRATOR_API_KEYS), so only this machine can connect.")
    return lines


def _loaded(version: Version) -> Iterator[str]:
    """Yield what is said of a team at the start."""
    width = max(map(len, version.models))
    yield f"team {version.name}: loaded {', '.join(os.path.relpath(file) for file in version.files)}"
    yield from (f"warning: {warning}" for warning in version.warnings)
    for agent, choices in version.models.items():
        yield f"  {agent:{width}}  {_written(choices)}"


def _written(choices: Sequence[Choice]) -> str:
    """Describe an agent's models: `openai/gpt-realtime-2.1  (OPENAI_API_KEY is set), then local/embedded`."""
    first, *others = choices
    return ", then ".join([f"{first.name}  ({first.why})", *(choice.name for choice in others)])

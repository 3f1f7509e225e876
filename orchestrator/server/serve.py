"""Puts a team behind the gateway: load it, connect it to its providers, listen."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from orchestrator.errors import OrchestratorError, Problem, TeamError
from orchestrator.fleet.node import RedisFleet
from orchestrator.fleet.starting import fleet_for
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.teams.clashes import check_bound, clashes
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.log import flush
from orchestrator.providers.choosing import Choice
from orchestrator.server import garbage_collection
from orchestrator.server.app import create_app
from orchestrator.server.arrival import ONE_REQUEST, Arrival
from orchestrator.server.edits.edits import Edits
from orchestrator.server.edits.hang_up import on_hang_up
from orchestrator.server.loading import load, load_models
from orchestrator.server.team_files import find, told_apart
from orchestrator.server.tls import TEMPORARY
from orchestrator.server.upgrade import Upgrade
from orchestrator.settings import Settings, check_exposure, weak_keys
from orchestrator.tools.sources import Sources

BACKLOG = 512  # connections that wait to be accepted
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # wildcard address → an address that can be called
NO_SOURCES: Mapping[Path, Sources] = {}
Paths = str | Path | Sequence[str | Path]  # team files, and folders of them
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Deployment:
    """Teams, ready to take calls."""

    teams: Teams
    app: FastAPI


def build(
    paths: Paths,
    settings: Settings,
    environ: Mapping[str, str] = os.environ,
    fleet: RedisFleet | None = None,
    written: Mapping[Path, Sources] = NO_SOURCES,
) -> Deployment:
    """Load teams, and make the application that serves them, as a node of a fleet perhaps; raises `TeamError`.

    `written` is read in the place of team files that do not exist: such teams are not read again.
    """
    named = find(paths)
    loaded = _loaded(named.files, settings, environ, written)
    teams = Teams(version for version, _ in loaded.values())
    check_bound(settings.keys, teams)
    app = create_app(teams=teams, settings=settings, fleet=fleet)
    edits = Edits(teams, lambda file, read: load(file, settings, environ, read), load_models, folders=named.folders)
    for path, (version, sources) in loaded.items():
        if path not in written:
            edits.began(path, version, sources)
    app.state.edits = edits
    if fleet is not None:
        calls: Calls = app.state.calls
        for name in fleet.figures():
            calls.watching.metrics.ask(name, partial(_figure, fleet, name))
    return Deployment(teams, app)


def _figure(fleet: RedisFleet, name: str) -> dict[tuple[str, ...], float]:
    return {(): fleet.figures()[name]}


def _loaded(
    files: Sequence[Path], settings: Settings, environ: Mapping[str, str], written: Mapping[Path, Sources]
) -> dict[Path, tuple[Version, Sources]]:
    """Load each team file; raises `TeamError` with what is wrong in all of them, or between them."""
    found: dict[Path, tuple[Version, Sources]] = {}
    problems: list[Problem] = []
    for path in files:
        sources, wrong = written.get(path) or Sources(), list[Problem]()
        try:
            version = load(path, settings, environ, sources)
        except TeamError as error:
            wrong += error.problems
        else:
            wrong += clashes(version, (other for other, _ in found.values()))
            found[path] = version, sources
        problems += told_apart(wrong, path) if len(files) > 1 else wrong
    if problems:
        raise TeamError(problems)
    return found


async def load_all(deployment: Deployment) -> None:
    """Load the embedded models of all teams that use them."""
    for served in deployment.teams:
        await load_models(served.current)


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


async def serve(
    paths: Paths, settings: Settings, tell: Callable[[str], None], written: Mapping[Path, Sources] = NO_SOURCES
) -> None:
    """Serve teams until the process is told to stop; `tell` prints lines for the person who started it."""
    with listen(settings) as listener:
        fleet = fleet_for(settings, listener.getsockname()[1])
        with garbage_collection.loading():
            deployment = build(paths, settings, fleet=fleet, written=written)
            await load_all(deployment)
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
        # What reads the files of the teams again; None: they were made in code.
        self._edits: Edits | None = app.state.edits

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while the server runs; the one that stopped it ends the process at once when it is over."""
        with super().capture_signals(), on_hang_up(self._reload, self._stop):
            yield
            flush()

    def _reload(self) -> None:
        if self._edits is not None:
            self._edits.everything()

    def _stop(self) -> None:
        self.should_exit = True

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
        *(line for served in deployment.teams for line in _said(served.current)),
        *(f"warning: {warning}" for warning in weak_keys(settings)),
        f"page      http{s}://{host}:{port}/",
        f"endpoint  {url}?model={(deployment.teams.default or next(iter(deployment.teams))).name}",
        f'talk      orchestrator talk --url {url}{key} --text "hello"',
    ]
    if settings.tls_cert is not None and settings.tls_cert.parent.name.startswith(TEMPORARY):
        lines.append(
            f"To trust its certificate, start clients with NODE_EXTRA_CA_CERTS or SSL_CERT_FILE={settings.tls_cert}"
        )
    if not settings.api_keys:
        lines.append("No API keys are set (ORCHESTRATOR_API_KEYS), so only this machine can connect.")
    return lines


def _said(version: Version) -> Iterator[str]:
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

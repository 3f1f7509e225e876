"""The FastAPI application: the Realtime endpoint, the REST API, health checks and the console."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response

from orchestrator.gateway.admission import Admission
from orchestrator.gateway.background import Background
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.console.pages import add_console
from orchestrator.gateway.desk.socket import desk
from orchestrator.gateway.mahilo.endpoint import add_mahilo
from orchestrator.gateway.monitoring.metrics import add_metrics
from orchestrator.gateway.phone.twilio import add_twilio
from orchestrator.gateway.records.rest import add_records
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.rest import add_rest, http_error, with_key
from orchestrator.gateway.resuming.cluster import Member, add_cluster, member
from orchestrator.gateway.teams.teams import Served, Teams
from orchestrator.gateway.webrtc.endpoint import add_webrtc
from orchestrator.gateway.websocket import realtime
from orchestrator.outside.pools import pooling
from orchestrator.records import Records, records_for
from orchestrator.records.purging import finishing, purging
from orchestrator.server.addresses import Addresses, nowhere
from orchestrator.server.cors import CrossOrigin
from orchestrator.server.edits.edits import Edits
from orchestrator.server.edits.rest import add_teams
from orchestrator.server.forwarding.forwarding import Forwarding
from orchestrator.server.handing_on import HandingOn
from orchestrator.server.tool_servers import ToolServers
from orchestrator.server.watchdog import watching
from orchestrator.settings import Settings
from orchestrator.team import draw_svg

if TYPE_CHECKING:
    from orchestrator.runner.people import People


def create_app(
    *,
    teams: Teams,
    settings: Settings,
    people: People | None = None,
    fleet: Member | None = None,
) -> FastAPI:
    """Make the application that serves teams; `people`: the desk of a test; `fleet`: the other nodes."""
    calls = Calls(teams=teams, settings=settings, people=people)
    calls.fleet = fleet
    admission = Admission(calls)
    background = Background()
    records = records_for(settings)
    calls.record(records)
    lifespan = _lifespan(calls, admission, background, records, fleet)
    # No generated documentation pages: they load scripts from another host.
    app = FastAPI(
        title="orchestrator", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.calls = calls
    app.state.admission = admission
    app.state.background = background
    app.state.records = records
    app.state.edits = None
    app.state.began = int(time.time())
    app.router.default = nowhere
    app.add_api_websocket_route("/v1/realtime", _socket)
    _add_descriptions(app)
    adding = (add_console, add_rest, add_webrtc, add_twilio, add_mahilo, add_metrics, add_records, add_cluster)
    for add in (*adding, add_teams):
        add(app)
    if fleet is not None and settings.secret is not None:
        secret = settings.secret.get_secret_value()
        app.add_middleware(Forwarding, fleet=fleet, calls=calls, records=records, secret=secret)
    app.add_middleware(CrossOrigin, api_keys=settings.api_keys)
    app.add_middleware(Addresses, root_path=settings.root_path)
    return app


def _lifespan(
    calls: Calls, admission: Admission, background: Background, records: Records | None, fleet: Member | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return what runs beside the application, from its start to its end."""

    handing_on = HandingOn(records)
    calls.teams.tell(handing_on.prepare)
    calls.teams.turn(handing_on.turn)
    servers = ToolServers(calls.teams)
    calls.watching.metrics.ask("mcp_server_up", servers.figures)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        edits: Edits | None = app.state.edits
        admission.lag.watch(calls.watching.metrics["loop_lag_seconds"].observe)
        with watching():
            async with pooling(), background, servers.running(), handing_on.running(), member(fleet, calls, admission):
                if records is not None:
                    background.start(purging(records.archive), "purging")
                    background.start(finishing(records.archive.database.folder), "recordings")
                if edits is not None:
                    background.start(edits.run(calls.emptied, watch=calls.settings.watch), "edits")
                yield
                await calls.drain()
                await calls.close()
                if records is not None:
                    await records.stop()  # the last call has ended; the fleet learns so when it is written
        admission.lag.stop()

    return lifespan


async def _socket(websocket: WebSocket) -> None:
    """Serve a caller, a program beside one, or somebody who works at the desk."""
    await (desk if "desk" in websocket.query_params else realtime)(websocket)


def _add_descriptions(app: FastAPI) -> None:
    """Add the routes for monitors, and those that say what is served."""
    app.add_api_route("/healthz", _healthz, methods=["GET", "HEAD"], response_model=None)
    app.add_api_route("/readyz", _readyz, methods=["GET", "HEAD"], response_model=None)
    for path, answer in (("/v1/models", _models), ("/v1/models/{model:path}", _model), ("/v1/team", _team)):
        app.add_api_route(path, answer, response_model=None, dependencies=[Depends(with_key)])


async def _healthz() -> dict[str, Any]:
    """Answer that the process is alive."""
    return {"ok": True}


async def _readyz(request: Request) -> Response:
    """Answer whether a new call would be accepted; with `?resume`, whether a caller who comes back to one would be."""
    calls: Calls = request.app.state.calls
    admission: Admission = request.app.state.admission
    refusal = admission.room_to_come_back() if "resume" in request.query_params else admission.room()
    ready = refusal is None
    figures = {"calls": len(calls), "max_calls": calls.settings.max_calls, "lag": round(admission.lag.seconds, 3)}
    body = {"ready": ready, "draining": calls.draining, **figures}
    return JSONResponse(body, 200 if ready else 503)


async def _models(request: Request) -> dict[str, Any]:
    """List the teams that a key may use as models, the default one first."""
    teams: Teams = request.app.state.calls.teams
    admission: Admission = request.app.state.admission
    seen = sorted(teams.visible(admission.may(request)), key=lambda served: served is not teams.default)
    return {"object": "list", "data": [_described(request, served) for served in seen]}


async def _model(request: Request, model: str) -> dict[str, Any]:
    """Describe a team as a model: by its name, or by one that nobody has, for which it answers."""
    admission: Admission = request.app.state.admission
    served = admission.team(model, admission.may(request))
    if isinstance(served, Refusal):
        raise http_error(served)
    return _described(request, served)


def _described(request: Request, served: Served) -> dict[str, Any]:
    return {"id": served.name, "object": "model", "created": request.app.state.began, "owned_by": "orchestrator"}


async def _team(request: Request) -> dict[str, Any]:
    """Describe the team: its agents, their handoffs and consults, and a drawing of them."""
    admission: Admission = request.app.state.admission
    served = admission.team(request.query_params.get("model"), admission.may(request))
    if isinstance(served, Refusal):
        raise http_error(served)
    team = served.current.team
    agents = [
        {"name": name, "description": agent.description, "kind": agent.kind, "voice": agent.voice}
        for name, agent in team.agents.items()
    ]
    handoffs = [(name, way) for name in team.agents for way in team.edges(name)]
    consults = [(name, way) for name, agent in team.agents.items() for way in agent.consult]
    ways = {
        "edges": [{"from": name, "to": way.to, "when": way.when} for name, way in handoffs],
        "consults": [{"from": name, "to": way.to, "when": way.when} for name, way in consults],
    }
    return {"name": team.name, "start": team.start, "agents": agents, **ways, "svg": draw_svg(team)}

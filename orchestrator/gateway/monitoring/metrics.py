"""`/metrics`, for Prometheus and whoever else speaks its text forms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from orchestrator.gateway.admission import Admission
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.monitoring.watching import Watching
from orchestrator.gateway.rest import with_key
from orchestrator.observe.samples import Families, added, labelled, of_teams, read, shown

Gather = Callable[[], Awaitable[list[Families | None]]]  # what other processes have; None for one that is too late


def add_metrics(app: FastAPI) -> None:
    """Add the route to the application."""
    app.state.gather = _alone
    app.add_api_route("/metrics", metrics, response_model=None, dependencies=[Depends(with_key)])


async def metrics(request: Request) -> Response:
    """Return the metrics of all processes, added up, in the form that is asked for."""
    calls: Calls = request.app.state.calls
    admission: Admission = request.app.state.admission
    gather: Gather = request.app.state.gather
    others = await gather()
    mine, may = calls.watching, admission.may(request)
    mine.metrics["workers_unanswered_total"].inc(others.count(None))
    families = [await collected(mine), *(other for other in others if other is not None)]
    accept = request.headers.get("accept", "")

    def told() -> tuple[bytes, str]:
        total = added(families)
        return shown(total if may is None else of_teams(total, may), accept)

    text, kind = await asyncio.to_thread(told)
    return Response(text, media_type=kind)


async def collected(watching: Watching) -> Families:
    """Return the figures of this process, each team's with its name, and if there is one team all with it.

    In a thread, because thousands of figures would keep callers waiting.
    """
    teams = dict(watching.teams)
    asked = {name: read(metrics.asked) for name, metrics in teams.items()}
    process = read(watching.metrics.asked)
    only = {"team": next(iter(teams))} if len(teams) == 1 else {}

    def gathered() -> Families:
        own = [labelled(read(metrics.registry), team=name) for name, metrics in teams.items()]
        own += [labelled(figures, team=name) for name, figures in asked.items()]
        return added([*own, *(labelled(one, **only) for one in (read(watching.metrics.registry), process))])

    return await asyncio.to_thread(gathered)


async def _alone() -> list[Families | None]:
    return []

"""`/metrics`, for Prometheus and whoever else speaks its text forms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from orchestrator.gateway.calls import Calls
from orchestrator.gateway.rest import with_key
from orchestrator.observe.metrics import Metrics
from orchestrator.observe.samples import Families, added, read, shown

Gather = Callable[[], Awaitable[list[Families | None]]]  # what other processes have; None for one that is too late


def add_metrics(app: FastAPI) -> None:
    """Add the route to the application."""
    app.state.gather = _alone
    app.add_api_route("/metrics", metrics, response_model=None, dependencies=[Depends(with_key)])


async def metrics(request: Request) -> Response:
    """Return the metrics of all processes, added up, in the form that is asked for."""
    calls: Calls = request.app.state.calls
    gather: Gather = request.app.state.gather
    others = await gather()
    mine = calls.watching.metrics
    mine["workers_unanswered_total"].inc(others.count(None))
    families = [await collected(mine), *(other for other in others if other is not None)]
    only = calls.teams.default
    accept, labels = request.headers.get("accept", ""), {"team": only.name} if only is not None else {}
    text, kind = await asyncio.to_thread(lambda: shown(added(families), accept, labels))
    return Response(text, media_type=kind)


async def collected(metrics: Metrics) -> Families:
    """Return the figures of this process; in a thread, because thousands of them would keep callers waiting."""
    asked = read(metrics.asked)
    return await asyncio.to_thread(lambda: added([read(metrics.registry), asked]))


async def _alone() -> list[Families | None]:
    return []

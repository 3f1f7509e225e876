"""`/metrics`, for Prometheus and whoever else speaks its text forms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from orchestrator.gateway.calls import Calls
from orchestrator.gateway.rest import with_key
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
    families = [read(mine.registry), *(other for other in others if other is not None)]
    labels = {"team": calls.team.name}
    # In a thread: text of thousands of lines would keep callers waiting.
    text, kind = await asyncio.to_thread(lambda: shown(added(families), request.headers.get("accept", ""), labels))
    return Response(text, media_type=kind)


async def _alone() -> list[Families | None]:
    return []

"""The fleet as the application has it: what this node tells of itself, and what it does for others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from fastapi import FastAPI, Request

from orchestrator.fleet.port import Address, Fleet, Load, Node
from orchestrator.gateway.admission import Admission
from orchestrator.gateway.background import Background
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.rest import with_key
from orchestrator.gateway.resuming.checkpoint import prepare
from orchestrator.gateway.resuming.orphans import end_orphans


class Member(Fleet, Protocol):
    """A fleet of which this process can be a node."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Be a node while the block lasts."""


@asynccontextmanager
async def member(fleet: Member | None, calls: Calls, admission: Admission) -> AsyncIterator[None]:
    """Be a node of a fleet while the block lasts; without one, do nothing."""
    if fleet is None:
        yield
        return
    prepare()
    fleet.show(lambda: load(calls, admission))
    async with fleet.running(), Background() as background:
        background.start(end_orphans(calls, fleet), "orphans")
        background.start(calls.retelling.run(), "retelling")
        yield


def load(calls: Calls, admission: Admission) -> Load:
    """Return what this node tells of itself."""
    teams = {served.name: served.current.hash for served in calls.teams}
    return Load(len(calls), round(admission.lag.seconds, 3), calls.draining, teams)


def add_cluster(app: FastAPI) -> None:
    """Add the route that lists the nodes."""
    app.add_api_route("/v1/nodes", nodes, methods=["GET"], response_model=None)


async def nodes(request: Request) -> dict[str, Any]:
    """List the living nodes, oldest first; without a cluster there is one (`GET /v1/nodes`)."""
    await with_key(request)
    state = request.app.state
    calls: Calls = state.calls
    admission: Admission = state.admission
    may = admission.may(request)
    if calls.fleet is None:
        alone = Node(Address("alone", str(request.base_url).rstrip("/")), state.began, load(calls, admission))
        return {"object": "list", "data": [_described(alone, "alone", may)]}
    data = [_described(node, calls.fleet.node, may) for node in await calls.fleet.nodes()]
    return {"object": "list", "data": data}


def _described(node: Node, this: str, may: Collection[str] | None) -> dict[str, Any]:
    """Describe a node, with those of its teams that somebody may see; None stands for all."""
    told = node.load
    teams = {name: hash for name, hash in told.teams.items() if may is None or name in may}
    figures = {"calls": told.calls, "lag": told.lag, "draining": told.draining, "teams": teams}
    place = {"id": node.address.node, "url": node.address.url, "this": node.address.node == this}
    return {"object": "node", **place, "started": int(node.started), **figures}

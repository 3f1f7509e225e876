"""Nodes of a test: whole fleets in one process, each with its own connection to a real Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from orchestrator.fleet.node import RedisFleet
from orchestrator.fleet.port import Claimed
from orchestrator.fleet.starting import fleet_for
from orchestrator.settings import Settings
from tests.patience import PATIENCE
from tests.redis_server import RedisServer

SECRET = "s" * 32
HEADER = {"v": 1, "seed": "abc", "agent": "front"}


class Owner:
    """Holds a call, and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        # What it does when it is to write.
        self.writes: Callable[[], None] = lambda: None

    def write(self) -> None:
        """Write."""
        self.writes()

    def fenced(self) -> None:
        """Remember it."""
        self.told.append("fenced")

    def stranded(self) -> None:
        """Remember it."""
        self.told.append("stranded")


@asynccontextmanager
async def node(url: str, **settings: Any) -> AsyncIterator[RedisFleet]:
    """Run a node while the block lasts."""
    fleet = fleet_for(Settings(cluster=url, **{"secret": SECRET, "port": 8000, **settings}))
    assert fleet is not None
    async with fleet.running():
        yield fleet


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so, as it must become."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


async def claimed(fleet: RedisFleet, token: str) -> Claimed:
    """Claim a call that can be claimed."""
    found = await fleet.claim(token)
    assert isinstance(found, Claimed), found
    return replace(found, lines=list(found.lines))


def up(fleet: RedisFleet) -> bool:
    """Return whether a node says that it reaches Redis."""
    return fleet.figures()["cluster_up"] == 1


async def restart(server: RedisServer, *fleets: RedisFleet) -> None:
    """Restart Redis, and wait until the nodes have noticed both."""
    server.stop()
    await until(lambda: not any(map(up, fleets)))
    server.start()
    await until(lambda: all(map(up, fleets)))

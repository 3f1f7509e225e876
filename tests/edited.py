"""A server whose team is edited while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from orchestrator.gateway.teams.teams import Served
from tests.calls import Desk, desk
from tests.patience import PATIENCE

TOOL = 'def look() -> str:\n    "Look."\n    return "the {0} one"\n'
KEYS = {"api_keys": "a-key-for-callers", "admin_key": "a-key-for-admins"}


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def served(house: Desk) -> Served:
    """Return the team."""
    found = house.calls.teams.find("helpdesk")
    assert found is not None
    return found


@asynccontextmanager
async def administered(watch: bool = False, **settings: Any) -> AsyncIterator[tuple[Desk, httpx.AsyncClient]]:
    """Serve a team; yields it with a client of its REST API that has the admin key."""
    async with desk(tools=TOOL.format("old"), **{"watch": watch, **KEYS, **settings}) as house:
        address = house.url.replace("ws:", "http:")
        bearer = {"Authorization": f"Bearer {KEYS['admin_key']}"}
        async with httpx.AsyncClient(base_url=f"{address}/v1/teams", headers=bearer, timeout=PATIENCE) as http:
            yield house, http

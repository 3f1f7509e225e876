"""Holds calls with a team on `local`, through the endpoint of a server in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from websockets.asyncio.client import connect

from orchestrator.server.serve import build, running
from orchestrator.settings import Settings
from tests.calls import load
from tests.evaluation import voices
from tests.interactions import scenes
from tests.interactions.caller import Caller
from tests.interactions.measures import Measures
from tests.interactions.scenes import Moment
from tests.patience import BUSY

TEAM = Path(__file__).parent / "team.yaml"
Script = Callable[[int, str], Iterable[Moment]]  # number and voice of a call → what happens in it
STAGGER = 0.7  # seconds between the beginnings of calls


async def hold(count: int, script: Script = scenes.call) -> Measures:
    """Hold so many calls at once; returns what was measured."""
    settings = Settings(port=0, drain=0.0, max_lag=BUSY)
    house = build(TEAM, settings)
    load(house)
    measures = Measures()
    async with running(house, settings) as url, asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(_call(url, number, script, measures))
    return measures


async def _call(url: str, number: int, script: Script, measures: Measures) -> None:
    await asyncio.sleep(number * STAGGER)
    voice = voices.names()[number % len(voices.names())]
    async with connect(f"{url}/v1/realtime?model=museum", max_size=None) as socket:
        caller = Caller(socket, number)
        await caller.hold(script(number, voice))
        measures.add(caller.heard, caller.uttered)

"""The calls that are open: counted, limited, drained."""

from __future__ import annotations

import asyncio

from orchestrator.core.events import Ending
from orchestrator.gateway.calls import Calls
from orchestrator.settings import Settings
from tests.gateway.serving import helpdesk


class Told:
    """A line that remembers how it was ended."""

    call_id = "sess_1"

    def __init__(self) -> None:
        self.ends: list[tuple[Ending, str]] = []
        self.over = asyncio.Event()

    def hang_up(self, ending: Ending, reason: str) -> None:
        self.ends.append((ending, reason))
        self.over.set()


def calls(**said: float) -> Calls:
    return Calls(team=helpdesk(), tools={}, providers={}, models={}, settings=Settings(**said))  # type: ignore[arg-type]


def test_calls_are_counted() -> None:
    """A call counts while it is held; a place becomes free when it ends."""
    open_calls = calls(max_calls=1)
    with open_calls.held(Told()):
        assert (len(open_calls), open_calls.full) == (1, True)

    assert (len(open_calls), open_calls.full) == (0, False)


def test_the_teams_names_are_taken() -> None:
    """Callers' own tools cannot be named like a way between agents of the team."""
    ways = {f"{what}_{agent}" for what in ("transfer_to", "ask") for agent in ("front", "billing")}
    assert calls().tool_names == {"hand_back", *ways}


async def test_draining_waits_for_calls_that_end_by_themselves() -> None:
    """A call that ends in time is not cut; no new one is taken meanwhile."""
    open_calls, line = calls(drain=5), Told()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        with open_calls.held(line):
            group.create_task(open_calls.drain("restart"), name="drain")
            await asyncio.sleep(0)
            assert open_calls.draining

    assert line.ends == []


async def test_draining_ends_the_rest() -> None:
    """When the time is over the calls are ended with code and reason."""
    open_calls, line = calls(drain=0), Told()

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        with open_calls.held(line):
            group.create_task(open_calls.drain("restart"), name="drain")
            await line.over.wait()

    assert line.ends == [(Ending.SHUTTING_DOWN, "restart")]

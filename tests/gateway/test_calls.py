"""The calls that are open: counted, limited, drained."""

from __future__ import annotations

import asyncio

from orchestrator.gateway.calls import Calls
from orchestrator.settings import Settings
from tests.gateway.serving import helpdesk


def calls(**said: float) -> Calls:
    return Calls(team=helpdesk(), tools={}, providers={}, models={}, settings=Settings(**said))  # type: ignore[arg-type]


def test_calls_are_counted() -> None:
    """A call counts while it is held; a place becomes free when it ends."""
    open_calls = calls(max_calls=1)
    with open_calls.held("sess_1", lambda code, reason: None):
        assert (len(open_calls), open_calls.full) == (1, True)

    assert (len(open_calls), open_calls.full) == (0, False)


def test_the_teams_names_are_taken() -> None:
    """Callers' own tools cannot be named like a handoff of the team."""
    assert calls().tool_names == {"transfer_to_front", "transfer_to_billing"}


async def test_draining_waits_for_calls_that_end_by_themselves() -> None:
    """A call that ends in time is not cut; no new one is taken meanwhile."""
    open_calls, ended = calls(drain=5), []
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        with open_calls.held("sess_1", lambda code, reason: ended.append(code)):
            group.create_task(open_calls.drain(1001, "restart"), name="drain")
            await asyncio.sleep(0)
            assert open_calls.draining

    assert ended == []


async def test_draining_ends_the_rest() -> None:
    """When the time is over the calls are ended with code and reason."""
    open_calls, ended, over = calls(drain=0), [], asyncio.Event()

    def end(code: int, reason: str) -> None:
        ended.append((code, reason))
        over.set()

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        with open_calls.held("sess_1", end):
            group.create_task(open_calls.drain(1001, "restart"), name="drain")
            await over.wait()

    assert ended == [(1001, "restart")]

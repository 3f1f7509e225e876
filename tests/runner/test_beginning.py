"""What is found out when a call begins: in time, late, wrongly, or for a caller who has hung up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.core.events import CallerAsked, CallerConfigured, CallerLeft, CallerSettings, CallerSpoke, Ending
from orchestrator.core.memory.shared import FIRST
from orchestrator.people.desk import Desk
from orchestrator.providers.choosing import Choice
from orchestrator.runner import Party, RunningCall
from orchestrator.runner.backends import Backends
from orchestrator.tools import CallView, FunctionTool
from tests.core.scene import team
from tests.patience import PATIENCE
from tests.runner.fakes import Ear, Provider

FILE = """
team: t
variables:
  caller: null
  customer: {type: string, set_by: who_calls}
  pin: {type: string, set_by: check_pin}
limits: {tool: 5}
before: {tool: "crm.py:who_calls", within: WITHIN}
agents: {front: {instructions: Help.}}
"""


def begun(function: Any, ear: Ear, provider: Provider, *, within: float = 10, seat: str = FIRST) -> RunningCall:
    """Make a call before which a function runs."""
    of = team(FILE.replace("WITHIN", str(within)))
    return RunningCall(
        place=Party("call_1", of).place("call_1", seat, "front"),
        team=of,
        tools={"front": ()},
        backends=Backends({"p": provider}, {"front": (Choice("p", "m", "test"),)}, Desk()),
        caller=ear,
        before=FunctionTool(function, name="who_calls"),
    )


async def run(function: Any, *, within: float = 10, known: dict[str, Any] | None = None) -> RunningCall:
    """Hold a call in which nothing happens after it has begun."""
    ear, provider = Ear(), Provider()
    running = begun(function, ear, provider, within=within)
    task = asyncio.ensure_future(running.run(CallerSettings, {} if known is None else known))
    await asyncio.wait_for(provider.opened.wait(), PATIENCE)
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)
    return running


async def test_it_knows_what_the_transport_knows_and_sets_what_only_it_may() -> None:
    """The telephone number is there already; what the team does not declare is not."""
    seen: list[Any] = []

    def who_calls(call: CallView) -> str:
        seen.append((call.id, call.agent, call.function_call, dict(call.variables)))
        call.variables["customer"] = "Miller"
        return "not for anybody"

    running = await run(who_calls, known={"caller": "+4930123", "number of the line": 3, "pin": "1234"})

    assert seen == [("call_1", "front", "call_1", {"caller": "+4930123", "customer": None, "pin": None})]
    assert running.state.variables.values() == {"caller": "+4930123", "customer": "Miller", "pin": None}


async def test_one_that_takes_too_long_is_not_waited_for() -> None:
    """The call goes on without it, and the log says where it was."""

    async def who_calls(call: CallView) -> None:
        call.variables["customer"] = "Miller"
        await asyncio.Event().wait()

    with capture_logs() as logs:
        running = await run(who_calls, within=0.01)

    (failed,) = [log for log in logs if log["event"] == "before failed"]
    assert failed["reason"] == "who_calls did not finish within 0.01 seconds."
    assert "test_beginning.py" in failed["cause"]
    assert running.state.variables.get("customer") is None


def fails(call: CallView) -> None:
    """Fail after a variable was set."""
    call.variables["customer"] = "Miller"
    raise LookupError("no such number")


def sets_what_it_may_not(call: CallView) -> None:
    """Set what only another function may."""
    call.variables["pin"] = "1234"


def moves_the_caller(call: CallView) -> None:
    """Hand over a caller whom nobody has."""
    call.variables["customer"] = "Miller"
    call.hand_over("front")


def ends_the_call(call: CallView) -> None:
    """End a call that has not begun."""
    call.end("Bye.")


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (fails, "no such number"),
        (sets_what_it_may_not, "may only be set by check_pin"),
        (moves_the_caller, "cannot hand the caller over"),
        (ends_the_call, "no agent has the caller yet"),
    ],
)
async def test_one_that_fails_sets_nothing(function: Any, why: str) -> None:
    """The log says why, and the call goes on without it."""
    with capture_logs() as logs:
        running = await run(function)

    (failed,) = [log for log in logs if log["event"] == "before failed"]
    assert why in f"{failed['reason']} {failed.get('cause')}"
    assert running.state.variables.values() == {"caller": None, "customer": None, "pin": None}


async def test_a_mistake_of_ours_ends_nothing() -> None:
    """It is logged, and the call goes on."""
    ear, provider = Ear(), Provider()
    running = begun(fails, ear, provider)
    running._tools.beginning._tool.run = None  # type: ignore[method-assign, union-attr]
    with capture_logs() as logs:
        task = asyncio.ensure_future(running.run(CallerSettings, {}))
        await asyncio.wait_for(provider.opened.wait(), PATIENCE)
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)

    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["before failed"]


async def test_what_the_caller_does_meanwhile_is_kept() -> None:
    """Audio, the wish for an answer, and settings, in order; the agent gets them when its session is open."""
    ear, provider, going, go_on = Ear(), Provider(), asyncio.Event(), asyncio.Event()
    settings = CallerSettings()

    async def who_calls(call: CallView) -> None:
        going.set()
        await go_on.wait()

    running = begun(who_calls, ear, provider)
    task = asyncio.ensure_future(running.run(lambda: settings, {}))
    await asyncio.wait_for(going.wait(), PATIENCE)
    running.feed(CallerSpoke('{"type":"input_audio_buffer.append","audio":"early"}', 20.0))
    running.feed(CallerAsked())
    settings = CallerSettings(instructions="Be brief.")
    running.feed(CallerConfigured(settings))
    assert provider.sessions == []
    go_on.set()
    await asyncio.wait_for(provider.opened.wait(), PATIENCE)
    (session,) = provider.sessions
    await session.was_sent("response.create")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    sent = [part for frame in session.sent for part in ("Be brief.", "early", "response.create") if part in frame]
    assert sent == ["Be brief.", "early", "response.create"]


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_caller_who_hangs_up_meanwhile_leaves_nothing_behind(cancelled: bool) -> None:
    """The function is stopped, no session is opened, no task is left."""
    ear, provider, going, stopped = Ear(), Provider(), asyncio.Event(), asyncio.Event()

    async def who_calls(call: CallView) -> None:
        going.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    running = begun(who_calls, ear, provider)
    task = asyncio.ensure_future(running.run(CallerSettings, {}))
    await asyncio.wait_for(going.wait(), PATIENCE)
    if cancelled:
        task.cancel()
    else:
        running.feed(CallerLeft())
    await asyncio.wait({task}, timeout=PATIENCE)

    assert task.done()
    assert stopped.is_set()
    assert ear.ended == (Ending.LEFT, "cancelled" if cancelled else "hang-up")
    assert provider.sessions == []
    assert running._timers._handles == {}
    assert running.state.shared.seats == {}
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []


async def test_whoever_joins_a_call_that_has_begun_waits_for_nothing() -> None:
    """It is run once, for who began the call."""
    ear, provider = Ear(), Provider()
    running = begun(fails, ear, provider, seat="Anna")
    with capture_logs() as logs:
        task = asyncio.ensure_future(running.run(CallerSettings, {}))
        await asyncio.wait_for(provider.opened.wait(), PATIENCE)
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)

    assert "before failed" not in [log["event"] for log in logs]

"""Persons in a test, and scripted sessions in the process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from orchestrator.providers.port import Session
from orchestrator.testing import call, say
from orchestrator.testing.script import FunctionCall, Reply, Say, Script
from orchestrator.testing.session import ScriptedSession
from orchestrator.trials.present import ACTS, TAKES, InProcess, Present
from orchestrator.trials.simulated_time import SimulatedLoop


def noted(kinds: list[str], frame: str) -> bool:
    """Note the type of an event; two are enough."""
    kinds.append(json.loads(frame)["type"])
    return len(kinds) == 2


async def nobody(_: Mapping[str, Any]) -> Session:
    """Open nothing: what is typed need not be written down."""
    raise AssertionError


def test_a_person_takes_a_call_after_a_moment() -> None:
    """They are told that the caller comes, and listen."""

    async def work() -> list[str]:
        loop, kinds = asyncio.get_running_loop(), list[str]()
        session = await Present(()).open("call", "person", "support", nobody)
        assert loop.time() == TAKES
        session.send('{"type": "session.update", "session": {"type": "realtime"}}')
        await session.read(partial(noted, kinds))
        await session.close()
        await session.close()
        return kinds

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        assert runner.run(work()) == ["session.created", "session.updated"]


async def test_a_frame_that_is_no_json_is_refused() -> None:
    """As by the service; it has no known end."""
    session, kinds = InProcess(ScriptedSession(1, "a", Script())), list[str]()
    session.send("{")
    await session.read(partial(noted, kinds))

    assert session.max_age is None
    assert kinds == ["session.created", "error"]


def test_who_is_away_does_not_come() -> None:
    """However long the caller waits."""

    async def work() -> None:
        async with asyncio.timeout(3600):
            await Present(["person"]).open("call", "person", "support", nobody)

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner, pytest.raises(TimeoutError):
        runner.run(work())


def test_a_person_does_what_the_test_says() -> None:
    """A moment after something has come, one step after another; until then, the call waits for them."""
    steps: list[Say | FunctionCall] = [call("transfer_to_front"), say("Hello.")]

    async def work() -> list[str]:
        present = Present((), Script(brain=lambda _: Reply((steps.pop(),))), lambda _: bool(steps))
        session = await present.open("call", "person", "support", nobody)
        assert present.waits_for == ""
        session.send('{"type": "session.update", "session": {"type": "realtime"}}')
        assert present.waits_for == "the person person"
        done, began = list[str](), asyncio.get_running_loop().time()

        def take(frame: str) -> bool:
            event = json.loads(frame)
            done.extend(item["type"] for item in event.get("response", {}).get("output", ()))
            return len(done) == 2

        await session.read(take)
        assert asyncio.get_running_loop().time() - began == 2 * ACTS
        assert present.waits_for == ""
        steps.append(say("Too late."))
        session.send('{"type": "session.update", "session": {"type": "realtime"}}')
        await session.close()
        assert present.waits_for == ""
        return done

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        assert runner.run(work()) == ["message", "function_call"]


def test_a_step_that_is_taken_back_is_not_done() -> None:
    """The turn is over: what is left of its steps is forgotten."""
    steps = [say("Hello.")]

    async def work() -> str:
        present = Present((), Script(brain=lambda _: Reply((steps.pop(),))), lambda _: bool(steps))
        session = await present.open("call", "person", "support", nobody)
        session.send('{"type": "session.update", "session": {"type": "realtime"}}')
        steps.clear()
        await asyncio.sleep(2 * ACTS)
        return present.waits_for

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        assert runner.run(work()) == ""

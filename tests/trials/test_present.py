"""Persons in a test, and scripted sessions in the process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from orchestrator.providers.port import Session
from orchestrator.testing.script import Script
from orchestrator.testing.session import ScriptedSession
from orchestrator.trials.present import TAKES, InProcess, Present
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
        session = await Present().open("call", "person", "support", nobody)
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

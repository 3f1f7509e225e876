"""Calls that a program begins: it sends and reads events, and is a caller like any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from orchestrator import create_app, start_call
from orchestrator.errors import OrchestratorError
from orchestrator.settings import Settings
from orchestrator.testing import ScriptedRealtime, say
from tests.library.test_app import QUIET, team
from tests.patience import PATIENCE


@asynccontextmanager
async def running(settings: Settings = QUIET, **keys: Any) -> AsyncIterator[tuple[FastAPI, ScriptedRealtime]]:
    """Run an application that nobody can connect to; `keys` are further ones of its team."""
    async with ScriptedRealtime() as service:
        app = create_app(team(service, **keys), settings=settings)
        async with app.router.lifespan_context(app):
            yield app, service


async def test_a_program_is_the_caller() -> None:
    """It hears what is said, in events of the protocol, and its leaving hangs up."""
    async with running() as (app, service):
        service.reply("front", say("Hello there."))
        kinds: list[str] = []
        async with asyncio.timeout(PATIENCE), start_call(app) as call:
            call.type("Hi.")
            async for event in call:
                kinds.append(event["type"])
                if event["type"] == "response.done":
                    break
            assert app.state.calls.find(call.id) is not None
        assert app.state.calls.find(call.id) is None
    assert kinds[0] == "session.created"
    assert "team.call.started" in kinds
    assert "response.output_audio.delta" in kinds


async def test_the_events_end_with_the_call() -> None:
    """Whoever ends it; a mistake of the program's is an `error` event, as for any client."""
    async with running() as (app, _), asyncio.timeout(PATIENCE), start_call(app, "desk") as call:
        call.send("nonsense")
        app.state.calls.hang_up(app.state.calls.find(call.id), "the test is over")
        events = [event async for event in call]
    assert [event["error"]["code"] for event in events if event["type"] == "error"] == ["invalid_value"]


async def test_who_cannot_call_is_told_why() -> None:
    """There is no room, or the team has as many calls as it may have."""
    async with running(limits={"calls": 1}) as (app, _), start_call(app):
        with pytest.raises(OrchestratorError, match="The limit of 1 calls at once is reached for this team"):
            async with start_call(app):
                raise AssertionError("it was taken")
    async with running(QUIET.model_copy(update={"max_calls": 1})) as (app, _), start_call(app):
        with pytest.raises(OrchestratorError, match="The limit of 1 simultaneous calls is reached"):
            async with start_call(app):
                raise AssertionError("it was taken")

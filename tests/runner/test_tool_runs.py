"""Tools that fail in a running call."""

from __future__ import annotations

import asyncio

from orchestrator.core.events import CallerLeft
from orchestrator.errors import ToolError
from orchestrator.tools import Tool
from tests.patience import PATIENCE
from tests.runner.fakes import Ear, Provider, call, started


async def test_a_tool_may_give_a_cause_that_was_never_raised() -> None:
    """It has no place to tell of; the model is told what the tool said, and the call goes on."""

    def find() -> str:
        """Find."""
        raise ToolError("not today") from KeyError("k")

    provider, ear = Provider(), Ear()
    running = call(provider, ear, Tool(find))
    task, session = await started(running, provider)
    item = '{"id":"i","type":"function_call","status":"completed","call_id":"c","name":"find","arguments":"{}"}'
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    session.frames.put_nowait(f'{{"type":"response.output_item.done","response_id":"r","item":{item}}}')
    await session.was_sent("not today")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)


async def test_a_tool_that_breaks_inside_is_an_answer() -> None:
    """Even a failure that is not the tool's own."""

    def find() -> str:
        """Find."""
        return "found"

    tool = Tool(find)
    tool._output = None  # type: ignore[assignment, method-assign]
    provider, ear = Provider(), Ear()
    running = call(provider, ear, tool)
    task, session = await started(running, provider)
    item = '{"id":"i","type":"function_call","status":"completed","call_id":"c","name":"find","arguments":"{}"}'
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    session.frames.put_nowait(f'{{"type":"response.output_item.done","response_id":"r","item":{item}}}')
    await session.was_sent("function_call_output")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    assert any("failed inside" in frame for frame in session.sent)

"""The tools of a call's agents: those of servers come and go."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from orchestrator.core.events import CallerLeft
from orchestrator.core.tools.events import ToolsChanged
from orchestrator.core.tools.rules import ToolRule
from orchestrator.runner.toolbox import MOST_KEPT, Toolbox
from orchestrator.tools.mcp.listing import Listed
from tests.patience import PATIENCE
from tests.runner.fakes import TEAM, Ear, Provider, QuietSession, call, started
from tests.tools.mcp.house import Inside, find_customer, search, until

ITEM = {"type": "function_call", "id": "i9", "call_id": "fc1", "name": "find_customer", "status": "completed"}
CALLED = json.dumps(
    {"type": "response.output_item.done", "response_id": "r1", "item": {**ITEM, "arguments": '{"number": 7}'}}
)


def updates(session: QuietSession) -> list[dict[str, Any]]:
    """What a session was configured with, each time."""
    frames = [json.loads(frame) for frame in session.sent if "session.update" in frame]
    return [frame["session"] for frame in frames]


def told(session: QuietSession) -> list[str]:
    """The names of the tools that a session was told of last."""
    return [tool["name"] for tool in updates(session)[-1]["tools"]]


def say(session: QuietSession, response: str) -> None:
    """Let the model give an answer."""
    session.frames.put_nowait(json.dumps({"type": "response.created", "response": {"id": response}}))
    sound = {"type": "response.output_audio.delta", "response_id": response, "item_id": f"item_{response}"}
    session.frames.put_nowait(json.dumps({**sound, "output_index": 0, "content_index": 0, "delta": "A" * 1280}))
    done = {"type": "response.done", "response": {"id": response, "status": "completed"}}
    session.frames.put_nowait(json.dumps(done))


def test_without_servers_nothing_changes() -> None:
    """And nothing is said of it."""
    box = Toolbox(TEAM, {"front": ()})

    assert box.look() is None
    assert box.rules == {"front": {}}


def test_what_servers_list_is_taken_once() -> None:
    """With what holds for it, under the name of its entry; what was listed can still be found."""
    with Inside(find_customer).up() as crm:
        source = crm.source({"mcp": "crm", "idempotent": True})
        box = Toolbox(TEAM, {"front": ()}, {"front": (source,)})
        assert box.rules["front"]["mcp:crm"] == ToolRule(source.filler, None, idempotent=True)
        event = box.look()
        assert event is not None
        assert (event.tools, event.changed, event.missing) == (
            {"front": {"find_customer": "mcp:crm"}},
            ("front",),
            (),
        )
        assert box.look() is None
        crm.held.server.tools = ()
        assert (box.look() or event).tools == {"front": {}}
        assert box.of("front") == []
        assert str(box.find("front", "find_customer")) == "McpTool('find_customer')"
        assert box.find("front", "ghost") is None


def test_of_what_was_listed_the_latest_is_kept() -> None:
    """A server that lists other tools all the time costs a call no more and more memory."""
    with Inside(find_customer).up() as crm:
        box = Toolbox(TEAM, {"front": ()}, {"front": (crm.source(),)})
        for at in range(MOST_KEPT + 1):
            crm.held.server.tools = (Listed(f"t{at}", "Does it.", {"type": "object"}),)
            assert box.look() is not None

    assert box.find("front", "t0") is None
    assert box.find("front", "t1") is not None
    assert [tool.name for tool in box.of("front")] == [f"t{MOST_KEPT}"]


async def test_a_call_has_the_tools_of_a_server_from_the_start() -> None:
    """Its session is configured with them, and they run."""
    provider, ear = Provider(), Ear()
    with Inside(find_customer).up() as crm:
        running = call(provider, ear, sources={"front": (crm.source(),)})
        task, session = await started(running, provider)
        assert told(session) == ["find_customer"]
        session.frames.put_nowait('{"type":"response.created","response":{"id":"r1"}}')
        session.frames.put_nowait(CALLED)
        await session.was_sent("Miller (7)")
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)


async def test_a_server_that_is_down_when_a_call_begins_is_told_and_comes_back() -> None:
    """First the agent knows what is out of order; when the server is there, the open session learns its tools."""
    provider, ear, crm = Provider(), Ear(), Inside(find_customer)
    crm.reachable = False
    running = call(provider, ear, sources={"front": (crm.source(),)})
    task, session = await started(running, provider)
    assert "Your tools of crm are out of order" in updates(session)[0]["instructions"]
    assert told(session) == []
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r1"}}')
    await until(lambda: running.state.active.response.id)
    crm.reachable = True
    await until(lambda: running._tools.box.of("front"))
    assert len(updates(session)) == 1, "it speaks"
    session.frames.put_nowait(CALLED)
    await session.was_sent("Miller (7)")
    session.frames.put_nowait('{"type":"response.done","response":{"id":"r1","status":"completed"}}')
    await session.was_sent('"response.create","response":{"output_modalities":["audio"]}')
    say(session, "r2")
    await until(lambda: told(session) == ["find_customer"])
    assert "out of order" not in updates(session)[-1]["instructions"]
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)


async def test_other_tools_reach_an_open_session_in_a_silence() -> None:
    """Not while the caller speaks."""
    provider, ear = Provider(), Ear()
    with Inside(find_customer).up() as crm:
        running = call(provider, ear, sources={"front": (crm.source(),)})
        task, session = await started(running, provider)
        say(session, "r1")
        session.frames.put_nowait('{"type":"input_audio_buffer.speech_started","item_id":"i1"}')
        await until(lambda: running.state.active.turn.speaking)
        crm.change(search, without="find_customer")
        await until(lambda: [tool.name for tool in running._tools.box.of("front")] == ["search"])
        assert told(session) == ["find_customer"]
        session.frames.put_nowait('{"type":"input_audio_buffer.committed","item_id":"i1"}')
        heard = "conversation.item.input_audio_transcription.completed"
        session.frames.put_nowait(json.dumps({"type": heard, "item_id": "i1", "transcript": "Hello."}))
        say(session, "r2")
        await until(lambda: told(session) == ["search"])
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)


async def test_a_tool_that_only_another_process_knew_is_out_of_order() -> None:
    """The call was taken over; its agent is told, and goes on."""
    provider, ear = Provider(), Ear()
    with Inside(search).up() as crm:
        running = call(provider, ear, sources={"front": (crm.source(),)})
        task, session = await started(running, provider)
        running.feed(ToolsChanged({"front": {"find_customer": "mcp:crm"}}))
        session.frames.put_nowait('{"type":"response.created","response":{"id":"r1"}}')
        session.frames.put_nowait(CALLED)
        await session.was_sent("find_customer is out of order")
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)


async def test_a_hang_up_stops_what_runs_at_a_server() -> None:
    """The server is told that nobody waits any more."""
    provider, ear, seen = Provider(), Ear(), list[str]()

    async def find_customer(number: str) -> str:
        """Find a customer, for ever."""
        seen.append("begun")
        try:
            await asyncio.sleep(1000)
        except BaseException:
            seen.append("cancelled")
            raise
        return number

    with Inside(find_customer).up() as crm:
        running = call(provider, ear, sources={"front": (crm.source(),)})
        task, session = await started(running, provider)
        session.frames.put_nowait('{"type":"response.created","response":{"id":"r1"}}')
        session.frames.put_nowait(CALLED)
        await until(lambda: seen == ["begun"])
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)
        await until(lambda: seen == ["begun", "cancelled"])

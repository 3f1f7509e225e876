"""Somebody who works at the desk of one node works at those of all: callers at one node, a person at another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from orchestrator.server.forwarding.desk import as_news
from tests.calls import CallerClient
from tests.fleet.nodes import until
from tests.gateway.resuming.nodes import Nodes, Station, nodes
from tests.worker import OFFICE, OFFICE_TOOLS, WorkerClient, audio, number_of, wait_for, worker

SECRET = "s" * 32


@asynccontextmanager
async def office(**settings: Any) -> AsyncIterator[Nodes]:
    """Serve the office from two nodes."""
    async with nodes(OFFICE, OFFICE_TOOLS, secret=SECRET, **settings) as both:
        yield both


def working(at: Station, *role: str, **how: Any) -> AbstractAsyncContextManager[WorkerClient]:
    """Connect somebody to the desk of a node."""
    return worker(at, *role, **how)  # type: ignore[arg-type]  # it has an address, like the desk


async def waits(both: Nodes, caller: CallerClient) -> str:
    """Let a caller ask for a person; returns the call's id."""
    await wait_for(both, caller)  # type: ignore[arg-type]
    return str(caller.of("session.created")[0]["session"]["id"])


async def present(station: Station, count: int) -> None:
    """Wait until so many persons are there."""
    await until(lambda: len(station.calls.desk._present) == count)


async def test_a_person_takes_a_caller_of_another_node() -> None:
    """Both hear each other, every frame in order; then they give the caller back."""
    async with office() as both, both.one.caller() as caller, working(both.two) as anna:
        await present(both.one, 1)
        call_id = await waits(both, caller)
        assert (await anna.told("brief"))["call"] == call_id
        await anna.do("accept", call=call_id)
        await anna.told("joined")
        await caller.until("team.handoff.completed", where=lambda event: event["to"] == "colleague")
        for number in range(1, 51):
            await caller.send("input_audio_buffer.append", audio=audio(number))
            await anna.speak(number)
        await anna.until("team.audio.delta", where=lambda event: number_of(event["delta"]) == 50)
        await caller.until("response.output_audio.delta", where=lambda event: number_of(event["delta"]) == 50)
        assert [number for number in anna.heard() if number] == list(range(1, 51))

        await anna.do("give_back", to="billing")
        await caller.until("team.handoff.completed", where=lambda event: event["to"] == "billing")
        await anna.told("released")


async def test_who_waits_already_is_told_as_news() -> None:
    """A person who comes later sees them, with what is known of the call; an open list has them once."""
    async with office() as both, both.one.caller() as caller, both.two.caller() as other:
        call_id = await waits(both, caller)
        async with working(both.two) as anna:
            waiting = await anna.told("waiting")
            (opened,) = anna.of("team.desk.opened")

            assert waiting["call"] == call_id
            assert (waiting["agent"], waiting["desk"]) == ("colleague", "support")
            assert (await anna.told("brief"))["call"] == call_id
            own = str(other.of("session.created")[0]["session"]["id"])
            assert [one["call"] for one in opened["calls"]] == [own]
            await anna.do("watch", call=call_id)
            assert (await anna.told("watching"))["call"] == call_id


async def test_a_person_has_one_caller_among_all_nodes() -> None:
    """Who has one of another node cannot take one of this node, and the other way round."""
    async with office() as both, both.one.caller() as far, both.two.caller() as near, working(both.two) as anna:
        await present(both.one, 1)
        far_id = await waits(both, far)
        near_id = str(near.of("session.created")[0]["session"]["id"])
        await anna.do("accept", call=far_id)
        await anna.told("joined")
        await anna.do("take", call=near_id)
        assert "present caller" in (await anna.refused())["message"]
        await anna.do("hang_up")
        await anna.until("team.call.ended", where=lambda event: event["call"] == far_id)
        await anna.do("take", call=near_id)
        assert (await anna.told("joined", 2))["call"] == near_id


async def test_a_person_comes_for_a_call_of_another_node() -> None:
    """They watch it, and need not name it."""
    async with office() as both, both.one.caller() as caller:
        call_id = str(caller.of("session.created")[0]["session"]["id"])
        async with working(both.two, query=f"&call_id={call_id}") as anna:
            assert (await anna.told("watching"))["call"] == call_id
            await anna.do("note", text="They are a good customer.")
            await (await both.service.session("front")).wait_for("conversation.item.create")


async def test_a_node_that_goes_takes_its_calls_along() -> None:
    """Those of other nodes stay; a person who is gone is gone from all nodes."""
    async with office() as both, both.one.caller() as caller, both.two.caller(), working(both.two) as anna:
        await present(both.one, 1)
        call_id = await waits(both, caller)
        await anna.told("waiting")
        both.one.fleet.kill()
        for person in list(both.one.calls.desk._present):
            person._outbox.end(1001, "gone")  # type: ignore[attr-defined]
        ended = await anna.until("team.call.ended")

        assert ended["call"] == call_id
    async with office() as both:
        async with working(both.two):
            await present(both.one, 1)
        await present(both.one, 0)
        await present(both.two, 0)


async def test_a_frame_that_says_nothing_is_refused_here() -> None:
    """As on a server without a cluster."""
    async with office() as both, working(both.two) as anna:
        await present(both.one, 1)
        for count, frame in enumerate(("{", "[]", '{"type":"team.person.watch","call":"sess_none"}'), 1):
            await anna.socket.send(frame)
            await anna.refused(count)


def test_what_a_desk_says_when_it_is_opened_is_news() -> None:
    """Calls with who waits and who has them, approvals, messages."""
    waiting = {"agent": "colleague", "desk": "support", "reason": "r", "since": 1.0}
    calls = [
        {"call": "a", "agent": "front", "since": 1.0, "line": "", "seat": "s", "joined": "b", "team": "t"},
        {"call": "b", "agent": "front", "since": 1.0, "line": "Hello.", "waiting": {**waiting, "brief": "x"}},
        {"call": "c", "agent": "x", "since": 1.0, "line": "", "person": {"agent": "x", "by": "Anna", "away": False}},
        {"call": "d", "agent": "x", "since": 1.0, "line": "", "person": {"agent": "x", "by": "Anna", "away": True}},
    ]
    news = list(
        as_news({"calls": calls, "approvals": [{"call": "a", "id": "1"}], "messages": [{"call": "b", "id": "2"}]})
    )

    assert news == [
        ("call.started", {"call": "a", "agent": "front", "seat": "s", "joined": "b"}),
        ("call.started", {"call": "b", "agent": "front"}),
        ("call.said", {"call": "b", "line": "Hello."}),
        ("person.waiting", {"call": "b", **waiting}),
        ("person.brief", {"call": "b", "agent": "colleague", "brief": "x"}),
        ("call.started", {"call": "c", "agent": "x"}),
        ("person.accepted", {"call": "c", "agent": "x", "by": "Anna"}),
        ("call.started", {"call": "d", "agent": "x"}),
        ("person.away", {"call": "d", "agent": "x", "by": "Anna"}),
        ("approval.requested", {"call": "a", "id": "1"}),
        ("person.message", {"call": "b", "id": "2"}),
    ]

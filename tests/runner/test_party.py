"""Several running calls that share one call: events of all in one order, and none of them ends another by a mistake."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import structlog

from orchestrator.core.events import CallerLeft, CallerSettings, Ending, Event, SeatsStirred
from orchestrator.core.memory.shared import FIRST
from orchestrator.runner import Party, Place, RunningCall
from orchestrator.tools import CallView, FunctionTool, Tool
from tests.core.scene import team
from tests.patience import PATIENCE
from tests.runner.fakes import Ear, Provider, QuietSession, call

TEAM = team(
    """
    team: t
    variables: {count: {type: integer}}
    agents:
      front: {instructions: Hi, warm: none, messages: [medic]}
      medic: {instructions: Hi, warm: none}
    """
)
FIRST_ONLY = TEAM.model_copy(update={"ends_with": "first"})


class Member:
    """Stands where a running call stands: says what it handles, and does what it was given to do."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log
        self.state: Any = SimpleNamespace()
        self.then: Any = lambda: None

    def handle(self, event: Event) -> None:
        kind = "stirred" if isinstance(event, SeatsStirred) else "left"
        self.log.append(f"{self.name} {kind}")
        then, self.then = self.then, lambda: None
        then()
        self.log.append(f"{self.name} done")

    def fail(self) -> None:
        self.log.append(f"{self.name} failed")

    def announce(self, name: str, fields: Any) -> None:
        self.log.append(f"{self.name} told {name}")


def members(*names: str) -> tuple[Party, list[Place], list[Member], list[str]]:
    """Make a party whose members run; nothing of how they came is in the log."""
    party, log = Party("c", TEAM), list[str]()
    places = [party.place(name, name, "front") for name in names]
    made = [Member(name, log) for name in names]
    for place, member in zip(places, made, strict=True):
        party.come(place, member)
    log.clear()
    return party, places, made, log


def test_an_event_is_done_before_the_next_is_handled_on_any_seat() -> None:
    """Also what one brings about on another seat, and what that brings about here."""
    party, _, (first, second), log = members(FIRST, "medic")

    def both() -> None:
        party.feed(second, CallerLeft())
        party.stir(first)
        log.append("caller went on")

    first.then = both
    party.feed(first, CallerLeft())

    assert log == [
        *("caller left", "caller went on", "caller done"),
        *("medic left", "medic done", "medic stirred", "medic done"),
    ]


def test_a_mistake_of_ours_ends_one_seat_only() -> None:
    """What waited for it is forgotten, what waited for others is handled."""
    party, _, (first, second), log = members(FIRST, "medic")

    def fails() -> None:
        party.feed(first, CallerLeft())
        party.feed(second, CallerLeft())
        raise RuntimeError("a mistake")

    first.then = fails
    party.feed(first, CallerLeft())
    party.feed(first, CallerLeft())

    assert log == ["caller left", "caller failed", "medic left", "medic done", "caller left", "caller done"]


def test_the_others_are_told_who_comes_and_goes() -> None:
    """And take in what that has changed; who comes takes in what has changed since the seat was taken."""
    party, (place, *_), (first, *_), log = members(FIRST, "medic")
    late = Member("police", log)
    party.come(party.place("p", "police", "front"), late)
    assert log == ["caller told seat.joined", "medic told seat.joined", "police stirred", "police done"]
    log.clear()
    for _ in range(2):
        party.go(place, first)

    assert log == [
        *("medic told seat.left", "police told seat.left"),
        *("medic stirred", "medic done", "police stirred", "police done"),
    ]


def test_what_the_log_says_of_a_seat() -> None:
    """Nothing when it is the first: its call is the call."""
    party, (first, other), *_ = members(FIRST, "medic")

    assert (first.first, first.names) == (True, {})
    assert (other.first, other.names) == (False, {"seat": "medic", "joined": party.id})


@dataclass
class Seated:
    """One of several running calls."""

    place: Place
    provider: Provider
    ear: Ear
    running: RunningCall
    task: asyncio.Task[None]

    @property
    def session(self) -> QuietSession:
        return self.provider.sessions[0]

    async def calls(self, name: str, **arguments: Any) -> None:
        """Let the agent call a function."""
        item = {"id": f"i_{name}", "type": "function_call", "status": "completed", "call_id": f"c_{name}", "name": name}
        item["arguments"] = json.dumps(arguments)
        for event in (
            {"type": "response.created", "response": {"id": f"r_{name}"}},
            {"type": "response.output_item.done", "response_id": f"r_{name}", "item": item},
            {"type": "response.done", "response": {"id": f"r_{name}", "status": "completed", "output": [item]}},
        ):
            self.session.frames.put_nowait(json.dumps(event))


async def seated(party: Party, seat: str, agent: str, *tools: Tool, of: Any = TEAM, ear: Ear | None = None) -> Seated:
    """Run a call on a seat until its session is open."""
    provider, ear = Provider(), ear or Ear()
    place = party.place(f"call_{seat}", seat, agent)
    running = call(provider, ear, *tools, of=of, place=place)
    task = asyncio.ensure_future(running.run(CallerSettings, {}))
    await asyncio.wait_for(provider.opened.wait(), PATIENCE)
    await provider.sessions[0].was_sent("session.update")
    return Seated(place, provider, ear, running, task)


@asynccontextmanager
async def two(*tools: Tool, of: Any = TEAM, ear: Ear | None = None) -> AsyncIterator[tuple[Seated, Seated]]:
    """Run two calls that share one; `ear` is the second caller."""
    party = Party("call_caller", of)
    first = await seated(party, FIRST, "front", *tools, of=of)
    second = await seated(party, "medic", "medic", of=of, ear=ear)
    yield first, second
    for one in (first, second):
        one.running.feed(CallerLeft())
        await asyncio.wait_for(one.task, PATIENCE)
    assert party.shared.seats == {}


async def test_an_agent_writes_to_the_agent_of_another_seat() -> None:
    """The message is in the other session at once, without waiting for anything to happen there."""
    async with two() as (first, second):
        await first.calls("message_medic", text="Somebody is hurt.", urgent=False)
        await second.session.was_sent("Somebody is hurt.")
        await first.session.was_sent("delivered")

        assert ("announce", "message.delivered") in second.ear.told
        assert ("announce", "message.sent") in first.ear.told


async def test_a_seat_that_leaves_leaves_the_others() -> None:
    """They are told; the seat is free again."""
    async with two() as (first, second):
        assert ("announce", "seat.joined") in first.ear.told
        assert first.running.seat_refusal("medic", "medic") is not None
        second.running.feed(CallerLeft())
        await asyncio.wait_for(second.task, PATIENCE)

        assert ("announce", "seat.left") in first.ear.told
        assert first.ear.ended is None
        assert first.running.seat_refusal("medic", "medic") is None


async def test_a_call_that_ends_with_the_first_caller() -> None:
    """The others end when they hear of it."""
    async with two(of=FIRST_ONLY) as (first, second):
        first.running.feed(CallerLeft())
        await asyncio.wait_for(second.task, PATIENCE)

        assert second.ear.ended == (Ending.FINISHED, "the first caller has left")


async def test_a_seat_that_was_taken_while_the_first_caller_left() -> None:
    """It ends as soon as it runs, if the call ends with the first."""
    party = Party("call_caller", FIRST_ONLY)
    first = await seated(party, FIRST, "front", of=FIRST_ONLY)
    ear = Ear()
    running = call(Provider(), ear, of=FIRST_ONLY, place=party.place("call_medic", "medic", "medic"))
    first.running.feed(CallerLeft())
    await asyncio.wait_for(first.task, PATIENCE)
    await asyncio.wait_for(running.run(CallerSettings, {}), PATIENCE)

    assert ear.ended == (Ending.FINISHED, "the first caller has left")


async def test_a_mistake_on_one_seat_is_logged_and_ends_it() -> None:
    """The other caller goes on, and the seat is free: also when the mistake keeps it from being left in order."""
    with structlog.testing.capture_logs() as logs:
        async with two(ear=Ear(broken=True)) as (first, second):
            second.session.frames.put_nowait('{"type":"rate_limits.updated"}')
            await asyncio.wait_for(second.task, PATIENCE)
            assert second.ear.ended == (Ending.FAILED, "internal error")
            assert first.ear.ended is None
            assert list(second.place.party.shared.seats) == [FIRST]
    failed = [line for line in logs if line["event"] == "call failed"]

    assert [(line["call"], line["seat"], line["joined"]) for line in failed] == [("call_medic", "medic", "call_caller")]


async def test_a_mistake_while_somebody_is_told_who_comes_ends_that_seat() -> None:
    """And not the seat of who comes."""
    async with two(ear=Ear(broken=True)) as (first, second):
        third = await seated(second.place.party, "third", "front")
        await asyncio.wait_for(second.task, PATIENCE)

        assert second.ear.ended == (Ending.FAILED, "internal error")
        assert (first.ear.ended, third.ear.ended) == (None, None)
        third.running.feed(CallerLeft())
        await asyncio.wait_for(third.task, PATIENCE)


async def test_a_call_that_never_ran_gives_its_seat_up() -> None:
    """Its caller was gone before the call could begin. To close it again means nothing, though the seat has another."""
    party = Party("call_caller", TEAM)
    first = await seated(party, FIRST, "front")
    ear = Ear()
    running = call(Provider(), ear, place=party.place("call_1", "medic", "medic"))
    running.close()
    assert ear.ended == (Ending.LEFT, "cancelled")
    assert first.running.seat_refusal("medic", "medic") is None
    again = await seated(party, "medic", "medic")
    running.close()
    assert set(party.shared.seats) == {FIRST, "medic"}
    assert ("announce", "seat.left") not in first.ear.told
    for one in (first, again):
        one.running.feed(CallerLeft())
        await asyncio.wait_for(one.task, PATIENCE)


async def test_a_core_that_fails_even_when_the_caller_leaves_gives_its_seat_up() -> None:
    """Nobody can end the call in order any more; the others are told all the same."""
    async with two() as (first, second):
        second.running.state.sessions = None  # type: ignore[assignment]
        second.running.feed(CallerLeft())
        await asyncio.wait_for(second.task, PATIENCE)

        assert list(second.place.party.shared.seats) == [FIRST]
        assert ("announce", "seat.left") in first.ear.told
        assert first.ear.ended is None


async def test_tools_that_are_given_the_call_take_turns_on_all_seats() -> None:
    """The variables are those of all: none undoes what another has set meanwhile."""
    go, waiting = asyncio.Event(), asyncio.Event()

    async def count_up(call: CallView) -> str:
        """Count."""
        before = call.variables["count"] or 0
        if not before:
            waiting.set()
            await go.wait()
        call.variables["count"] = before + 1
        return f"counted {before + 1}"

    party = Party("call_caller", TEAM)
    first = await seated(party, FIRST, "front", FunctionTool(count_up))
    second = await seated(party, "other", "medic", FunctionTool(count_up))
    await first.calls("count_up")
    await asyncio.wait_for(waiting.wait(), PATIENCE)
    await second.calls("count_up")
    go.set()
    await second.session.was_sent("counted 2")

    assert party.shared.variables.values()["count"] == 2
    for one in (first, second):
        one.running.feed(CallerLeft())
        await asyncio.wait_for(one.task, PATIENCE)

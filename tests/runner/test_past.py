"""A call that was taken over: its past happens again, then it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import structlog

from orchestrator.core import Call
from orchestrator.core.events import (
    AudioProduced,
    CallerAsked,
    CallerJoined,
    CallerLeft,
    CallerSettings,
    Ending,
    Event,
    ResponseStarted,
    SessionOpened,
    TranscriptProduced,
)
from orchestrator.core.ids import SessionId
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.state import MEMORY
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.observe.facts import Fact
from orchestrator.observe.watch import Keepers, Lookers
from orchestrator.runner import Party
from orchestrator.runner.call import new_core
from orchestrator.runner.toolbox import Toolbox
from tests.patience import PATIENCE
from tests.runner.fakes import TEAM, Ear, Provider, call

FRONT = SessionId("front")
PAST: tuple[Event, ...] = (
    CallerJoined(),
    SessionOpened(FRONT),
    CallerAsked(),
    ResponseStarted(FRONT, "resp_1", {"type": "response.created"}),
    TranscriptProduced(FRONT, "resp_1", "item_1", "Hello", frame="{}"),
    AudioProduced(FRONT, "resp_1", "item_1", 400.0, "frame 1"),
)


def core() -> Call:
    """Make a core of the same team."""
    return new_core(
        TEAM, Toolbox(TEAM, {"front": ()}), "seed", MEMORY, Party("sess_2", TEAM).place("sess_2", FIRST, "front")
    )


class Seen:
    """Notes what it is shown, and how much the caller was told by then."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self.events: list[tuple[str, int]] = []
        self.facts: list[str] = []
        self.agents: list[set[str]] = []

    def observe(self, event: Event, effects: object, now: float) -> None:
        self.events.append((type(event).__name__, len(self.ear.told)))

    def retold(self, event: Event, effects: object, now: float, agents: Collection[str]) -> None:
        self.observe(event, effects, now)
        self.agents.append(set(agents))

    def take(self, fact: Fact) -> None:
        self.facts.append(type(fact).__name__)


async def test_the_past_is_told_and_kept_but_neither_done_nor_counted_again() -> None:
    """No session is opened for it; who keeps the call sees all of it, who counts sees what is new."""
    provider, ear = Provider(), Ear()
    keeper, counter, first = Seen(ear), Seen(ear), Seen(ear)
    keepers = Keepers((keeper.take,), (keeper,))
    running = call(provider, ear, lookers=Lookers((counter.take,), (counter,), keepers, (first,)))
    for number, event in enumerate(PAST):
        running.restore(event, number)
    past = running.retell(core(), [(event, number) for number, event in enumerate(PAST)])
    running.feed(CallerAsked(event_id="early"))  # waits until the call goes on
    before_it_is_retold = list(keeper.events)
    for _ in past:
        pass

    assert [kind for kind, _ in ear.told] == ["announce", "tell", "words", "play"]
    assert provider.sessions == []
    assert before_it_is_retold == []
    assert [kind for kind, _ in keeper.events] == [type(event).__name__ for event in PAST]
    assert "CallBegan" in keeper.facts
    assert (counter.events, counter.facts, first.events) == ([], [], [])

    with structlog.testing.capture_logs() as logs:
        task = asyncio.ensure_future(running.run(CallerSettings, {}, CallTakenOver()))
        await asyncio.wait_for(provider.opened.wait(), PATIENCE)
        await provider.sessions[0].was_sent("session.update")
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)

    assert [kind for kind, _ in first.events][:2] == ["CallTakenOver", "CallerAsked"]
    assert [kind for kind, _ in counter.events][:2] == ["CallTakenOver", "CallerAsked"]
    assert first.events[0][1] < counter.events[0][1]  # before it is done, and after
    assert "CallBegan" not in counter.facts
    assert counter.facts[-1] == "CallEnded"
    assert logs[0]["event"] == "call taken over"
    assert logs[-1]["event"] == "call ended"


async def test_a_call_whose_caller_had_not_joined_begins() -> None:
    """The one who took it over lets them join."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear)
    running.restore(CallerAsked(), 1.0)
    task = asyncio.ensure_future(running.run(CallerSettings, {}, CallTakenOver()))
    await asyncio.wait_for(provider.opened.wait(), PATIENCE)
    await provider.sessions[0].was_sent("response.create")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    assert ear.ended == (Ending.LEFT, "hang-up")


async def test_a_call_that_had_ended_ends() -> None:
    """Nothing is opened for it."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear)
    running.restore(CallerJoined(), 1.0)
    running.restore(CallerLeft(), 2.0)
    await asyncio.wait_for(running.run(CallerSettings, {}, CallTakenOver()), PATIENCE)

    assert provider.sessions == []


async def test_who_keeps_a_call_sees_what_happens_behind_its_past() -> None:
    """It may go on, and end, before they know what was before; then they see all of it in order."""
    provider, ear = Provider(), Ear()
    keeper, counter = Seen(ear), Seen(ear)
    running = call(provider, ear, lookers=Lookers((counter.take,), (counter,), Keepers((keeper.take,), (keeper,))))
    for number, event in enumerate(PAST):
        running.restore(event, number)
    past = running.retell(core(), [(event, number) for number, event in enumerate(PAST)])
    told: list[str] = []
    with structlog.testing.capture_logs() as logs:
        task = asyncio.ensure_future(running.run(CallerSettings, {}, CallTakenOver()))
        await asyncio.wait_for(provider.opened.wait(), PATIENCE)
        running.feed(CallerLeft())
        await asyncio.wait_for(task, PATIENCE)
        running.when_known(lambda: told.append("known"))
        early = [line["event"] for line in logs], list(keeper.events), list(told)
        for _ in past:
            pass

    assert early == (["call taken over", "session restored"], [], [])
    assert [line["event"] for line in logs][2:] == ["call ended"]
    assert [kind for kind, _ in keeper.events][: len(PAST) + 1] == [
        *(type(one).__name__ for one in PAST),
        "CallTakenOver",
    ]
    assert keeper.events[-1][0] == "CallerLeft"
    assert keeper.agents[-1] == {"front"}
    assert (counter.facts[0], counter.facts[-1], told) == ("SessionHeld", "CallEnded", ["known"])

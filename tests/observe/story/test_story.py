"""The story of one caller's part of a call."""

from __future__ import annotations

import json
from typing import ClassVar

import pytest

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.tools.rules import ToolRules
from orchestrator.observe.facts import (
    Answered,
    CallBegan,
    CallEnded,
    Fact,
    HandedOver,
    Happened,
    Inferred,
    Outcome,
    SessionHeld,
    ToolRan,
    as_json,
)
from orchestrator.observe.story import Story
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import FRONT, HELPDESK, TEAMWORK, TEAMWORK_TOOLS, TOOLS, frame, team
from tests.core.walk import World
from tests.observe.told import Told


def test_a_call_begins_and_ends_once() -> None:
    """With the agent that has the caller then; what comes later is not told."""
    scene = Told()
    scene.after(1.0)
    scene.open("billing")
    scene.moved("front", "billing")
    scene.speech("billing", "opening_fc1")
    scene.after(2.0)
    scene.leave()
    scene.story.observe(ev.SeatsStirred(), [do.EndCall(ev.Ending.LEFT, "again")], scene.now + 5)

    began, ended = scene.one(CallBegan), scene.one(CallEnded)
    assert (began.start, began.agent) == (1.0, "front")
    assert (ended.start, ended.end, ended.ending, ended.agent) == (1.0, 3.0, "left", "billing")


def test_what_goes_on_can_be_told_so_far() -> None:
    """A tool that runs, an answer that is being heard, and sessions that are open; of a call that is over, nothing."""
    scene = Told()
    scene.open()
    scene.speech("front", "r1", ms=3000.0)
    scene.function("front", "r1", "find_order")
    scene.story.so_far(scene.now + 1)

    answer, tool = scene.one(Answered), scene.one(ToolRan)
    assert (answer.status, answer.start, answer.end) == ("open", 0.0, 1.0)
    assert (tool.outcome, tool.end) == (Outcome.OPEN, 1.0)
    assert {held.fate for held in scene.all(SessionHeld)} == {"open"}
    scene.leave()
    before = len(scene.facts)
    scene.story.so_far(scene.now)
    assert len(scene.facts) == before


def test_what_has_no_fact_of_its_own_is_told_by_its_name() -> None:
    """Variables that were set, and events of the caller that were refused."""
    scene = Told()
    scene.feed(ev.CallerJoined(variables={"account": "A1", "unknown": 5}))
    refused = do.Refuse("invalid_value", "Not like this.")
    scene.story.observe(ev.SeatsStirred(), [refused, do.Announce("session.restored", {"agent": "front"})], scene.now)

    assert [(one.name, one.fields) for one in scene.all(Happened)] == [
        ("variables.set", {"values": {"account": "A1"}}),
        ("caller.refused", {"code": "invalid_value", "message": "Not like this."}),
        ("session.restored", {"agent": "front"}),
    ]


def test_audio_is_only_counted() -> None:
    """Neither side's frames make a fact by themselves."""
    scene = Told()
    scene.open()
    before = len(scene.facts)
    scene.feed(*(frame(number) for number in range(50)))
    scene.speech("front", "r1")
    scene.feed(*(ev.AudioProduced(FRONT, "r1", "item_r1", 20.0, "") for _ in range(50)))

    assert len(scene.facts) == before


class Shown(Call):
    """A call that shows its story all that happens."""

    facts: ClassVar[list[Fact]] = []

    def handle(self, event: ev.Event, now: float) -> list[do.Effect]:
        """Handle an event, and tell what it means."""
        effects = super().handle(event, now)
        if isinstance(event, ev.CallerJoined):
            self.story = Story((self.facts.append,), began=now)
        self.story.observe(event, effects, now)
        return effects


@pytest.mark.parametrize(("said", "tools"), [(HELPDESK, TOOLS), (TEAMWORK, TEAMWORK_TOOLS), (WARD, WARD_TOOLS)])
def test_any_order_of_events_makes_a_story(said: str, tools: ToolRules, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything begins before it ends, and can be written as JSON, whatever happens in a call."""
    monkeypatch.setattr("tests.core.walk.Call", Shown)
    facts: list[Fact] = []
    monkeypatch.setattr(Shown, "facts", facts)
    walked = team(said)
    for seed in range(12):
        world = World(walked, tools, seed)
        world.feed(ev.CallerJoined())
        while not world.over and world.steps < 600:
            world.step()

    assert {type(fact) for fact in facts} >= {CallEnded, ToolRan, HandedOver, Answered, SessionHeld, Inferred}
    for fact in facts:
        assert 0.0 <= fact.start <= fact.end, fact
        json.dumps(as_json(fact))

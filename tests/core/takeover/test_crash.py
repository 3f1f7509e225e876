"""Walks over legal orders of events through the deaths of processes; see `crash.py`.

`WALK_STEPS=1000000 pytest tests/core/takeover/test_crash.py` goes further.
"""

from __future__ import annotations

import json
import os

import pytest

from orchestrator.core import Call
from orchestrator.core.tools.rules import ToolRules
from orchestrator.replay.exact import replay
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import HELPDESK, SERVED_TOOLS, TEAMWORK, TEAMWORK_TOOLS, TOOLS, team
from tests.core.takeover.crash import Crashing
from tests.records.recorded import Memory, recorder

STEPS = int(os.environ.get("WALK_STEPS", "12000"))  # of each team
CHANCE = 0.02  # of a crash after an event


TEAMS = pytest.mark.parametrize(
    ("said", "tools"),
    [(HELPDESK, TOOLS), (TEAMWORK, TEAMWORK_TOOLS), (WARD, WARD_TOOLS), (TEAMWORK, SERVED_TOOLS)],
    ids=["ways", "teamwork", "people", "servers"],
)


@TEAMS
def test_a_call_goes_on_wherever_its_process_dies(said: str, tools: ToolRules) -> None:
    """Once, and again: what the lines say is all that was known, and no invariant is broken from there on."""
    steps = crashes = seed = again = loaded = unsaved = 0
    walked = team(said)
    while steps < STEPS:
        world = Crashing(walked, tools, seed)
        world.arrive()
        while not world.over and world.steps < 600:
            try:
                world.step()
                if world.random.random() < CHANCE and not world.over:
                    world.crash()
            except Exception as error:
                trail = "\n".join(map(str, world.trail[-15:]))
                raise AssertionError(f"seed {seed}, step {world.steps}:\n{trail}") from error
        steps, crashes, seed = steps + world.steps, crashes + world.crashes, seed + 1
        again += world.crashes > 1
        loaded, unsaved = loaded + world.loaded, unsaved + world.unsaved

    assert crashes > 50
    assert again > 5
    assert loaded > 10
    assert unsaved < loaded


@TEAMS
def test_the_record_of_a_call_that_was_taken_over_is_one_of_a_whole_call(said: str, tools: ToolRules) -> None:
    """It runs again like any other, through all take-overs."""
    walked = team(said)
    world = Crashing(walked, tools, 1)
    world.arrive()
    while not world.over and world.steps < 300:
        world.step()
        if world.random.random() < CHANCE and not world.over:
            world.crash()
    memory = Memory()
    call = Call(walked, world.tools, seed=world.seed)
    kept = recorder(memory, walked, call.state.shared, seed=world.seed, tools=world.tools)
    for at, event in world.written:
        kept.seat("caller").observe(event, call.handle(event, at), at)
    kept.close(9.0)
    done = replay(memory.lines)

    assert world.crashes > 1
    assert (done.first, done.ends) == (None, None)
    said_in = [line["in"] for line in map(json.loads, memory.lines) if "in" in line]
    joined = sum(one["frames"] - 1 for one in said_in if one["type"] == "TranscriptProduced" and "frames" in one)
    assert done.events + joined == len(world.written)

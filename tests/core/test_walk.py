"""Walks over legal orders of events; see `walk.py` for the world and the invariants.

A walk is the same each time; `WALK_STEPS=1000000 pytest tests/core/test_walk.py` goes further.
"""

from __future__ import annotations

import os

import pytest

from orchestrator.core import events as ev
from orchestrator.core.in_progress import ToolFillers
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import HELPDESK, TEAMWORK, TEAMWORK_TOOLS, TOOLS, team
from tests.core.walk import World

STEPS = int(os.environ.get("WALK_STEPS", "40000"))  # of each team; about 4 s


@pytest.mark.parametrize(
    ("said", "tools"),
    [(HELPDESK, TOOLS), (TEAMWORK, TEAMWORK_TOOLS), (WARD, WARD_TOOLS)],
    ids=["ways", "teamwork", "people"],
)
def test_no_legal_order_of_events_breaks_the_invariants(said: str, tools: ToolFillers) -> None:
    """40,000 events over many calls: nothing illegal, no rule broken, nothing hangs, no audio is lost silently."""
    steps = ended = 0
    seed = 0
    walked = team(said)
    while steps < STEPS:
        world = World(walked, tools, seed)
        world.feed(ev.CallerJoined())
        while not world.over and world.steps < 600:
            try:
                world.step()
            except Exception as error:
                trail = "\n".join(map(str, world.trail[-15:]))
                raise AssertionError(f"seed {seed}, step {world.steps}:\n{trail}") from error
        steps += world.steps
        ended += world.over
        seed += 1

    assert ended > 10

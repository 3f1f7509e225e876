"""Walks over legal orders of events; see `walk.py` for the world and the invariants.

A walk is the same each time; `WALK_STEPS=1000000 pytest tests/core/test_walk.py` goes further.
"""

from __future__ import annotations

import os
import random

import pytest

from orchestrator.core import events as ev
from orchestrator.core.tools.rules import ToolRules
from tests.core.people.desks import WARD, WARD_TOOLS
from tests.core.scene import HELPDESK, SERVED_TOOLS, TEAMWORK, TEAMWORK_TOOLS, TOOLS, team
from tests.core.seats.dispatch import DISPATCH, DISPATCH_TOOLS
from tests.core.walk import World

STEPS = int(os.environ.get("WALK_STEPS", "40000"))  # of each team; about 4 s
SEVERAL = 8_000  # on several seats


@pytest.mark.parametrize(
    ("said", "tools"),
    [(HELPDESK, TOOLS), (TEAMWORK, TEAMWORK_TOOLS), (WARD, WARD_TOOLS), (TEAMWORK, SERVED_TOOLS)],
    ids=["ways", "teamwork", "people", "servers"],
)
def test_no_legal_order_of_events_breaks_the_invariants(said: str, tools: ToolRules) -> None:
    """40,000 events over many calls: nothing illegal, no rule broken, nothing hangs, no audio is lost silently."""
    steps = ended = 0
    seed = 0
    walked = team(said)
    while steps < STEPS:
        world = World(walked, tools, seed)
        world.arrive()
        while not world.over and world.steps < 600:
            try:
                world.step()
            except Exception as error:
                trail = "\n".join(map(str, world.trail[-15:]))
                raise AssertionError(f"seed {seed}, step {world.steps}:\n{trail}") from error
        steps += world.steps
        ended += world.over
        seed += 1

    assert ended > 5


@pytest.mark.parametrize("ends_with", ["last", "first"])
def test_no_legal_order_of_events_on_several_seats_breaks_the_invariants(ends_with: str) -> None:
    """Callers come and go, agents write to each other: nobody has two callers, every message has one ending."""
    played = team(f"{DISPATCH}\nends_with: {ends_with}\n")
    steps = seed = joined = 0
    messages: list[bool] = []
    while steps < SEVERAL:
        chance = random.Random(seed)
        first = World(played, DISPATCH_TOOLS, seed)
        worlds = [first]
        first.arrive()
        while any(not world.over for world in worlds) and steps < SEVERAL:
            world = chance.choice([world for world in worlds if not world.over])
            try:
                world.step()
                stir(worlds, world)
            except Exception as error:
                trail = "\n".join(map(str, world.trail[-15:]))
                raise AssertionError(f"seed {seed}, seat {world.call.state.seat}:\n{trail}") from error
            agent = chance.choice(list(played.agents))
            if chance.random() < 0.05 and first.call.seat_refusal(agent, "new") is None:
                seed, joined = seed + 1, joined + 1
                worlds.append(World(played, DISPATCH_TOOLS, seed, first, agent))
                worlds[-1].joined = True
                worlds[-1].feed(ev.CallerJoined())
                stir(worlds, worlds[-1])
            steps += 1
        if all(world.over for world in worlds):
            assert all(first.posted.values()), "a message without an ending"
        messages += first.posted.values()
        seed += 1

    assert joined > 5
    assert len(messages) > 5


def stir(worlds: list[World], by: World) -> None:
    """Tell the other seats that something has happened on one."""
    for world in worlds:
        if by.stirs and world is not by and not world.over:
            world.feed(ev.SeatsStirred())
            assert not world.stirs, "seats stir each other for ever"
    seats = [world.call.state for world in worlds if not world.over]
    having = [agent for seat in seats for agent in seat.route.agents if agent not in seat.team.persons]
    assert len(having) == len(set(having)), "an agent has two callers"

"""Walks over legal orders of events, recorded."""

from __future__ import annotations

import random
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.tools.rules import ToolRules
from orchestrator.records.format.encoding import DIGITS
from orchestrator.records.recorder import Caller, Recorder
from orchestrator.team.limits import Record
from tests.core.scene import team
from tests.core.seats.dispatch import DISPATCH, DISPATCH_TOOLS
from tests.core.test_walk import stir
from tests.core.walk import World
from tests.records.recorded import Memory, recorder

STEPS, SEATED_STEPS = 500, 1500


def watch(call: Any, observe: Any) -> None:
    """Show an observer all that a call handles, at times as a record has them: in whole microseconds."""
    handle = call.handle

    def seen(event: ev.Event, now: float) -> list[do.Effect]:
        now = round(now, DIGITS)
        effects: list[do.Effect] = handle(event, now)
        observe(event, list(effects), now)
        return effects

    call.handle = seen


def walk(said: str, tools: ToolRules, seed: int, policy: Record | None = None) -> Memory:
    """Record a walk over legal orders of events."""
    played, memory = team(said), Memory()
    world = World(played, tools, seed)
    state = world.call.state
    kept = recorder(memory, played, state.shared, seed=f"walk {seed}", tools=world.tools, policy=policy)
    watch(world.call, kept.seat("caller").observe)
    world.feed(ev.CallerJoined())
    while not world.over and world.steps < STEPS:
        world.step()
    kept.close(9.0)
    return memory


def walk_on_seats(seed: int) -> Memory:
    """Record a walk of several callers, who come and go."""
    played, memory, chance = team(DISPATCH), Memory(), random.Random(seed)
    first = World(played, DISPATCH_TOOLS, seed)
    kept = recorder(memory, played, first.call.state.shared, seed=f"walk {seed}", tools=first.tools)
    watch(first.call, kept.seat("caller").observe)
    worlds = [first]
    first.feed(ev.CallerJoined())
    for _ in range(SEATED_STEPS):
        alive = [world for world in worlds if not world.over]
        if not alive:
            break
        world = chance.choice(alive)
        world.step()
        stir(worlds, world)
        agent = chance.choice(list(played.agents))
        if chance.random() < 0.05 and first.call.seat_refusal(agent, "new") is None:
            _join(kept, worlds, agent, 99 + len(worlds))
    kept.close(9.0)
    return memory


def _join(kept: Recorder, worlds: list[World], agent: str, seed: int) -> None:
    new = World(worlds[0].team, DISPATCH_TOOLS, seed, worlds[0], agent)
    new.now = max(world.now for world in worlds)
    caller = Caller(f"sess_{seed}", new.call.state.seat, agent, f"walk {seed}")
    watch(new.call, kept.join(caller, new.now, {}).observe)
    worlds.append(new)
    new.feed(ev.CallerJoined())
    stir(worlds, new)

"""Two calls side by side: which effects of one are those of the other, and what its ids are there.

Ids that the core makes follow from how many it has made, and sessions beside an agent's own are counted. So a call that
has made one more has other names for the same things, while a record names them as they were then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.core.ids import SessionId, Timer
from orchestrator.core.memory.items import SIZE

OURS = re.compile(rf"[a-z]+_[0-9a-f]{{{2 * SIZE}}}")


class Renaming:
    """What things of the call then are called now."""

    def __init__(self) -> None:
        # Name then → name now.
        self._names: dict[Any, Any] = {}

    def pairs(self, then: Sequence[Effect], now: Sequence[Effect]) -> list[tuple[Effect, Effect]]:
        """Return the effects that are the same step of both calls; learn from them what is named differently."""
        if then == now:
            return list(zip(then, now, strict=True))
        matcher = SequenceMatcher(None, [self.step(one) for one in then], [step(one) for one in now], autojunk=False)
        blocks = matcher.get_matching_blocks()
        found = [(then[a + at], now[b + at]) for a, b, size in blocks for at in range(size)]
        for one, other in found:
            self._learn(one, other)
        return found

    def step(self, effect: Effect) -> tuple[object, ...]:
        """Return what makes an effect of then the same step."""
        return step(self.now(effect))

    def now(self, value: Any) -> Any:
        """Return a value of then with the names of now."""
        return self._now(value) if self._names else value

    def event(self, event: Event) -> Event:
        """Return an event of then with the names of now."""
        renamed: Event = self.now(event)
        return renamed

    def _now(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._names.get(value, value)
        if isinstance(value, SessionId):
            return self._names.get(value, value)
        if isinstance(value, Timer):
            return Timer(value.kind, self._now(value.about))
        if is_dataclass(value) and not isinstance(value, type):
            old = {field.name: getattr(value, field.name) for field in fields(value)}
            new = {name: found for name, each in old.items() if (found := self._now(each)) is not each}
            return replace(value, **new) if new else value
        if isinstance(value, Mapping):
            return {name: self._now(each) for name, each in value.items()}
        return [self._now(each) for each in value] if isinstance(value, list) else value

    def _learn(self, then: Any, now: Any) -> None:
        if then == now:
            return
        if isinstance(then, SessionId) or (isinstance(then, str) and OURS.fullmatch(then)):
            self._names[then] = now
        elif isinstance(then, Timer):
            self._learn(then.about, now.about)
        elif is_dataclass(then):
            for field in fields(then):
                self._learn(getattr(then, field.name), getattr(now, field.name))
        elif isinstance(then, Mapping) and isinstance(now, Mapping):
            for name in then.keys() & now.keys():
                self._learn(then[name], now[name])


def step(effect: Effect) -> tuple[object, ...]:
    """Return what makes effects the same step of two calls: what is done, to whom."""
    session = getattr(effect, "session", None)
    about: object = None
    match effect:
        case do.StartTimer(timer=timer) | do.StopTimer(timer=timer):
            about = (timer.kind, timer.about.agent if isinstance(timer.about, SessionId) else "")
        case do.Announce(name=name) | do.RunTool(name=name):
            about = name
        case do.TellCaller(payload=payload):
            about = payload.get("type")
    return (type(effect), session and (session.agent, session.kind), about)

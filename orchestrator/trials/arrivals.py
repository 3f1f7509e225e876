"""What arrives at each agent in a call: everything that its sessions are given beside what the team file always says.

That is what was said, as far as it travels, briefings, results of functions, variables in its instructions, and what it
is asked to say. An agent's own instructions are left out: that they name something does not mean that it has come.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core.caller import text_of
from orchestrator.core.effects import Effect
from orchestrator.core.events import Event


class Arrivals:
    """Looks at a call, and keeps what arrives."""

    def __init__(self) -> None:
        # Agent → texts in the order in which they came.
        self._texts: defaultdict[str, list[str]] = defaultdict(list)

    def at(self, agent: str) -> Sequence[str]:
        """Return what has arrived at an agent so far."""
        return tuple(self._texts[agent])

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Take in what an event brought about."""
        for effect in effects:
            if isinstance(effect, do.OnSession):
                self._texts[effect.session.agent] += [text for text in texts(effect) if text]


def texts(effect: do.OnSession) -> list[str]:
    """Return the texts that an effect gives to a session."""
    match effect:
        case (
            do.OpenSession(variables=variables, settings=settings)
            | do.ConfigureSession(variables=variables, settings=settings)
        ):
            return [*(f"{name}: {_plain(value)}" for name, value in variables.items()), settings.instructions]
        case do.AddItem(item=item):
            return [text_of(item), str(item.get("output") or ""), str(item.get("arguments") or "")]
        case do.SendFunctionOutput(output=output):
            return [output]
        case do.CreateResponse(options=options, extra=extra):
            return [str(options.get("instructions") or ""), extra]
    return []


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

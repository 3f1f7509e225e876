"""What a call came to, of two calls side by side: agents, refusals, tools, consults, variables, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core.memory.shared import FIRST
from orchestrator.observe.facts import (
    CallBegan,
    CallEnded,
    Consulted,
    Fact,
    HandedOver,
    Happened,
    Outcome,
    Refused,
    ToolRan,
)

NAMES = ("agents", "refusals", "tools", "consults", "variables", "ending")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a call came to, and when."""

    t: float
    text: str


@dataclass(slots=True)
class Outcomes:
    """Takes in the facts of a call."""

    steps: dict[str, list[Step]] = field(default_factory=lambda: {name: [] for name in NAMES})

    def take(self, fact: Fact) -> None:
        """Take in a fact."""
        name, text = _of(fact)
        if name:
            seat = "" if fact.seat == FIRST else f"[{fact.seat}] "
            self.steps[name].append(Step(fact.end, seat + text))

    def add(self, name: str, t: float, text: str) -> None:
        """Add what no fact says yet."""
        self.steps[name].append(Step(t, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that a call comes to with one team and not with the other."""

    name: str  # of what is different
    t: float  # since when
    then: Sequence[str]
    now: Sequence[str]
    supposing: bool = False  # it rests on answers of models that were asked something else


def changes(then: Outcomes, now: Outcomes, asked: float | None) -> list[Change]:
    """Return what is different; `asked` is when a model was asked something else first."""
    found = []
    for name in NAMES:
        old, new = then.steps[name], now.steps[name]
        texts = [step.text for step in old], [step.text for step in new]
        if texts[0] == texts[1]:
            continue
        same = next(
            (at for at, pair in enumerate(zip(*texts, strict=False)) if pair[0] != pair[1]), min(map(len, texts))
        )
        since = min(step.t for step in (*old[same : same + 1], *new[same : same + 1]))
        supposing = asked is not None and since > asked
        found.append(Change(name=name, t=since, then=texts[0], now=texts[1], supposing=supposing))
    return found


def _of(fact: Fact) -> tuple[str, str]:
    """Return what a fact is about, and what it says; times and ids of it are no matter."""
    match fact:
        case CallBegan(agent=agent) | HandedOver(target=agent, outcome=Outcome.COMPLETED):
            return "agents", agent
        case Refused(agent=agent, name=name, rule=rule):
            return "refusals", f"{agent}: {name} ({rule})"
        case ToolRan(agent=agent, name=name, arguments=arguments, outcome=outcome):
            failed = "" if outcome is Outcome.COMPLETED else f" {outcome}"
            return "tools", f"{agent}: {name}({arguments}){failed}"
        case Consulted(agent=agent, to=to):
            return "consults", f"{agent} asked {to}"
        case Happened(name="variables.set", fields=fields):
            return "variables", ", ".join(f"{name} = {_short(value)}" for name, value in fields["values"].items())
        case CallEnded(ending=ending, agent=agent):
            return "ending", f"{ending}, with {agent}"
    return "", ""


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

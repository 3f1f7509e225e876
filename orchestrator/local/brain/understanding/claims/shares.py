"""Shares the words of a sentence out among the parameters of a function: no words are the values of two of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

PLANS = 8  # ways to share the words out that are considered at a time


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be a parameter's value, and the words that say it."""

    parameter: str
    value: Any
    start: int
    end: int
    likelier: float  # than that the parameter has no value: a logarithm
    clause: bool = False  # whether it tells something, in which a thing can be named that is another value
    by_rule: bool = False  # whether a rule reads it there

    def clashes(self, other: Claim) -> bool:
        """Return whether this and another value cannot both be right: "my dog has eaten chocolate" and "dog" can."""
        if self.end <= other.start or other.end <= self.start:
            return False
        one, inner = (self, other) if self.clause else (other, self)
        inside = one.start <= inner.start and inner.end <= one.end
        return not (one.clause and not inner.clause and inside)


def shared_out(claims: Iterable[Sequence[Claim]]) -> list[Claim]:
    """Return one claim of each parameter, or none, so that no two clash and all together are likeliest."""
    plans: list[tuple[float, tuple[Claim, ...]]] = [(0.0, ())]
    for rivals in sorted(filter(None, claims), key=lambda some: -max(one.likelier for one in some)):
        plans += [
            (total + one.likelier, (*plan, one))
            for total, plan in plans
            for one in rivals
            if one.likelier > 0 and not any(map(one.clashes, plan))
        ]
        plans = sorted(plans, key=lambda plan: -plan[0])[:PLANS]
    return list(plans[0][1])

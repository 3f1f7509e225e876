"""What a call amounted to, from the facts of all its seats: what lists show of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from orchestrator.observe.facts import CallBegan, CallEnded, Fact, HandedOver, Happened, Outcome
from orchestrator.observe.tally import Tally


@dataclass(slots=True)
class Summary:
    """Takes in facts, and says what they come to."""

    agents: dict[str, None] = field(default_factory=dict)  # that had a caller, in this order
    agent: str = ""  # that had one last
    variables: dict[str, Any] = field(default_factory=dict)  # as they may be shown
    ended: CallEnded | None = None  # of the caller who left last
    _tally: Tally = field(default_factory=Tally)
    _at: float = 0.0  # of the last fact

    def take(self, fact: Fact) -> None:
        """Take in a fact."""
        self._tally.take(fact)
        self._at = max(self._at, fact.end)
        match fact:
            case CallBegan(agent=agent) | HandedOver(target=agent, outcome=Outcome.COMPLETED):
                self.agents[agent] = None
                self.agent = agent
            case Happened(name="variables.set", fields=fields):
                self.variables.update(fields["values"])
            case CallEnded():
                self.ended = fact

    def told(self) -> dict[str, Any]:
        """Return the figures, with the keys of a call in the REST API."""
        spent, ended = self._tally.spent, self.ended
        return {
            "ending": ended.ending if ended else None,
            "reason": ended.reason if ended else "",
            "agent": self.agent,
            "agents": list(self.agents),
            "seconds": round(self._at, 3),
            "turns": self._tally.turns,
            "handoffs": self._tally.handoffs,
            "tools": self._tally.tools,
            "tokens": dict(spent.tokens),
            "cost": round(spent.money, 6),
            "variables": dict(self.variables),
        }


def summarize(facts: Iterable[Fact]) -> dict[str, Any]:
    """Return what a call amounted to."""
    summary = Summary()
    for fact in facts:
        summary.take(fact)
    return summary.told()

"""What one call amounted to: the figures of its canonical log line."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from orchestrator.core.memory.shared import Spent
from orchestrator.observe.facts import (
    CallEnded,
    CallerTurn,
    Fact,
    FirstAudio,
    HandedOver,
    Inferred,
    Outcome,
    Said,
    ToolRan,
)

LATENCIES = 1000  # remembered; of a longer call the newest count


@dataclass(slots=True)
class Tally:
    """Counts over one caller's part of a call, from its facts."""

    turns: int = 0  # of the caller, spoken and typed
    handoffs: int = 0  # completed
    tools: int = 0  # calls of tools
    spent: Spent = field(default_factory=Spent)  # what its agents have used up: other callers' count in their lines
    first_audio: list[float] = field(default_factory=list)  # seconds from the end of a turn to the first audio
    ending: str = ""  # how the call ended
    reason: str = ""
    seconds: float = 0.0

    def take(self, fact: Fact) -> None:
        """Take in a fact."""
        match fact:
            case CallerTurn():
                self.turns += 1
            case Said(typed=typed):
                self.turns += typed
            case HandedOver(outcome=outcome):
                self.handoffs += outcome is Outcome.COMPLETED
            case ToolRan():
                self.tools += 1
            case FirstAudio():
                self.first_audio = [*self.first_audio[1 - LATENCIES :], fact.end - fact.start]
            case Inferred(tokens=tokens, cost=cost):
                for kind in self.spent.tokens:
                    self.spent.tokens[kind] += tokens.get(kind, 0)
                self.spent.money += cost
            case CallEnded():
                self.ending, self.reason, self.seconds = fact.ending, fact.reason, fact.end - fact.start

    def line(self) -> dict[str, Any]:
        """Return the fields of the canonical log line; seconds, rounded to milliseconds."""
        latency = {"first_audio_p50": round(median(self.first_audio), 3)} if self.first_audio else {}
        return {
            "seconds": round(self.seconds, 3),
            "turns": self.turns,
            "handoffs": self.handoffs,
            "tools": self.tools,
            "input_tokens": self.spent.tokens["input"],
            "output_tokens": self.spent.tokens["output"],
            **({"dollars": round(self.spent.money, 4)} if self.spent.money else {}),
            **latency,
            "ending": self.ending,
            "reason": self.reason,
        }

"""What one call amounted to: the figures of its canonical log line."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from orchestrator.core.effects import Announce, Effect, EndCall, PlayAudio
from orchestrator.core.events import CallerTyped, Event, ResponseFinished, SpeechStopped, TurnCommitted
from orchestrator.core.goodbye import whole
from orchestrator.core.memory.shared import Spent

LATENCIES = 1000  # remembered; of a longer call the newest count


@dataclass(slots=True)
class Tally:
    """Counts over one call; `seen` and `done` take in every event and effect with the time."""

    began: float
    turns: int = 0  # of the caller, spoken and typed
    handoffs: int = 0  # completed
    tools: int = 0  # calls of tools
    spent: Spent = field(default_factory=Spent)  # what its agents have used up: other callers' count in their lines
    first_audio: list[float] = field(default_factory=list)  # seconds from the end of speech to the first audio
    ending: str = ""  # how the call ended
    reason: str = ""
    _spoke: float | None = None  # when the caller last stopped speaking and was not answered yet

    def seen(self, event: Event, now: float) -> None:
        """Take in an event."""
        if isinstance(event, SpeechStopped):
            self._spoke = now
        elif isinstance(event, TurnCommitted):
            self.turns += 1
            self._spoke = self._spoke or now
        elif isinstance(event, CallerTyped):
            self.turns += event.item.get("role") == "user"
        elif isinstance(event, ResponseFinished):
            for kind in self.spent.tokens:
                self.spent.tokens[kind] += whole(event.usage.get(f"{kind}_tokens"))
            self.spent.money += event.cost

    def done(self, effect: Effect, now: float) -> None:
        """Take in an effect."""
        if isinstance(effect, PlayAudio):
            if self._spoke is not None:
                self.first_audio = [*self.first_audio[1 - LATENCIES :], now - self._spoke]
                self._spoke = None
        elif isinstance(effect, Announce):
            self.handoffs += effect.name == "handoff.completed"
            self.tools += effect.name == "tool.called"
        elif isinstance(effect, EndCall):
            self.ending, self.reason = effect.ending.value, effect.reason

    def line(self, now: float) -> dict[str, Any]:
        """Return the fields of the canonical log line; seconds, rounded to milliseconds."""
        latency = {"first_audio_p50": round(median(self.first_audio), 3)} if self.first_audio else {}
        return {
            "seconds": round(now - self.began, 3),
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

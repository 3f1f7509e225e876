"""How a call went: its answers, their latencies and its handoffs."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True)
class Figures:
    """Counts what happens in a call; times are seconds since the call began."""

    spoke: float | None = None  # when the caller stopped speaking; None once the answer is heard
    latencies: list[float] = field(default_factory=list)  # from there to the first audio, for each answer
    shown: int = 0  # how many of the latencies were shown
    handoffs: int = 0

    def heard(self, now: float) -> None:
        """Note that audio of the team arrived."""
        if self.spoke is not None:
            self.latencies.append(now - self.spoke)
            self.spoke = None

    def new_latency(self) -> str:
        """Return the latency of the latest answer, to be shown after it; "" if it was shown before."""
        if self.shown == len(self.latencies):
            return ""
        self.shown = len(self.latencies)
        return f"   [{self.latencies[-1] * 1000:.0f} ms]"

    def line(self, seconds: float) -> str:
        """Return the summary of a call that lasted some seconds."""
        counts = f"{_count(len(self.latencies), 'answer')}, {_count(self.handoffs, 'handoff')}"
        latency = f", median latency {median(self.latencies) * 1000:.0f} ms" if self.latencies else ""
        return f"call of {seconds:.0f} s: {counts}{latency}"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"

"""Who looks at the calls of this process: metrics, and traces if somebody takes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from orchestrator.core.ids import SessionKind
from orchestrator.core.state import State
from orchestrator.observe.counting import Counting
from orchestrator.observe.facts import Fact
from orchestrator.observe.held import Held
from orchestrator.observe.metrics import Metrics
from orchestrator.observe.names import Names
from orchestrator.observe.observer import Observer
from orchestrator.observe.trace import Trace, tracing
from orchestrator.runner import Place


class Masking(Protocol):
    """A call that knows its secrets."""

    def masked(self, text: str) -> str:
        """Return a text without them."""


class Visitor(Observer, Protocol):
    """An observer of one call that also takes its facts."""

    def take(self, fact: Fact) -> None:
        """Take a fact."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Who looks at one caller's call."""

    takers: tuple[Callable[[Fact], None], ...]
    observers: tuple[Observer, ...]
    trace: Trace | None

    @property
    def trace_id(self) -> str:
        """The id of its trace; "" when there is none."""
        return "" if self.trace is None else self.trace.id

    def hides(self, call: Masking) -> None:
        """Let the call remove its secrets from what is told of it."""
        if self.trace is not None:
            self.trace.mask = call.masked


class Watching:
    """Looks at the calls of one process."""

    def __init__(self, *, content: bool) -> None:
        # Figures of the process, and those of each team by its name.
        self.metrics = Metrics(of_process=True)
        self.teams: dict[str, Metrics] = {}
        # Whether what is said belongs to a trace.
        self._content = content
        # Makes one more observer of each call, before it begins: that of a test. None: there is none.
        self.visiting: Callable[[Place], Visitor] | None = None

    def of(self, team: str) -> Metrics:
        """Return the figures of a team, which are kept from its first version on."""
        found = self.teams.get(team)
        if found is None:
            found = self.teams[team] = Metrics(of_process=False)
        return found

    def visitors(self, place: Place) -> tuple[Visitor, ...]:
        """Return who else looks at a call that is about to begin."""
        return () if self.visiting is None else (self.visiting(place),)

    def begin(self, names: Names, call_id: str, seat: Mapping[str, str]) -> Watched:
        """Return who looks at a caller's call; `seat` says where they are if they have joined others."""
        traces = tracing(names, content=self._content)
        trace = None if traces is None else traces.begin(call_id, seat)
        metrics = self.of(names.team)
        counting = Counting(metrics, names, trace.id if trace is not None else "")
        takers = (counting.take,) if trace is None else (counting.take, trace.take)
        return Watched(takers, (Held(metrics["held_audio_seconds"].observe),), trace)


def sessions_open(states: Iterable[State]) -> dict[tuple[str, ...], float]:
    """Count the open sessions of calls: of the agent that has the caller, of others, and for consults."""
    found = Counter({"active": 0, "warm": 0, "consult": 0})
    for state in states:
        for session in list(state.sessions):
            if session.ready:
                other = "consult" if session.id.kind is SessionKind.CONSULT else "warm"
                found["active" if session is state.active else other] += 1
    return {(name,): float(count) for name, count in found.items()}

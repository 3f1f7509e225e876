"""All who look at one caller's part of a call."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.observe.facts import Fact
from orchestrator.observe.journal import Journal
from orchestrator.observe.observer import Observer
from orchestrator.observe.story import Story
from orchestrator.observe.tally import Tally


class Keeper(Observer, Protocol):
    """Keeps a call: is shown all of it in order, however long after it happened."""

    def retold(self, event: Event, effects: Sequence[Effect], now: float, agents: Collection[str]) -> None:
        """Take in what happened at another time; `agents` had the caller then, or were about to get them."""


@dataclass(frozen=True, slots=True)
class Keepers:
    """Those who keep a call: of one that was taken over they are shown what happened on the other node, too."""

    takers: tuple[Callable[[Fact], None], ...] = ()
    observers: tuple[Keeper, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookers:
    """All who look at one caller's part of a call, beside its log."""

    takers: tuple[Callable[[Fact], None], ...] = ()
    observers: tuple[Observer, ...] = ()
    keepers: Keepers = Keepers()
    first: tuple[Observer, ...] = ()  # look at an event before anything is done about it


WAITING = 50_000  # events
NOBODY = Lookers()
Looks = TypeVar("Looks", bound=Observer)


def _nobody() -> Collection[str]:
    return ()


class Watch:
    """Shows each event, and what it brought about, to the log, to the story, and to others.

    A call that was taken over goes on before those who keep it know its past. What happens meanwhile waits for them
    behind that, up to `WAITING` events, the audio of minutes; what is more is not kept, and the log says so once.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        began: float,
        seat: str,
        lookers: Lookers = NOBODY,
        agents: Callable[[], Collection[str]] = _nobody,
    ) -> None:
        # The call's log, and when it began.
        self._journal, self.began = journal, began
        # The call in figures.
        self._tally = Tally()
        # Those who count what happens, and are told nothing of what happened on another node.
        self._takers, self._counting = lookers.takers, True
        keepers = lookers.keepers
        story = Story((self._tally.take, *keepers.takers, self._tell), began=began, seat=seat)
        # Those who look first, those who look when all is done, and those of them who are shown the past.
        self._first: tuple[Observer, ...] = lookers.first
        self._keepers: tuple[Keeper, ...] = (story, *keepers.observers)
        self._observers: tuple[Observer, ...] = (*self._keepers, journal, *lookers.observers)
        # Returns the agents that have the caller, or are about to get them.
        self._agents = agents
        # What waits for the keepers until they know the past, and what is to be done then; None: they know it.
        self._waiting: deque[tuple[Event, Sequence[Effect], float, Collection[str]]] | None = None
        self._then: list[Callable[[], None]] = []

    def begin(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Show an event, of whose effects none is done yet, to those who look first."""
        if self._first:
            self._first = self._show(self._first, event, effects, now)

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Show an event and its effects, which are done; whoever fails at it looks no longer, and the call goes on."""
        if self._waiting is not None:
            self._wait_with(event, effects, now)
        self._observers = self._show(self._observers, event, effects, now)

    def _show(
        self, observers: tuple[Looks, ...], event: Event, effects: Sequence[Effect], now: float
    ) -> tuple[Looks, ...]:
        """Return those who go on looking."""
        for observer in observers:
            try:
                observer.observe(event, effects, now)
            except Exception:
                observers = self._without(observer, observers)
        return observers

    def _without(self, failed: Looks, observers: tuple[Looks, ...]) -> tuple[Looks, ...]:
        self._journal.log.exception("observer failed", observer=type(failed).__name__)
        return tuple(other for other in observers if other is not failed)

    # --- of a call that was taken over ---

    def wait(self) -> None:
        """Let what happens wait for those who keep the call, until they know what happened before."""
        self._waiting = deque()
        self._observers = tuple(one for one in self._observers if one not in self._keepers)

    def _wait_with(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        assert self._waiting is not None
        if len(self._waiting) < WAITING:
            self._waiting.append((event, effects, now, frozenset(self._agents())))
            if len(self._waiting) == WAITING:
                self._journal.log.warning("call not kept any more", reason="its past is told too slowly")

    def remember(self, event: Event, effects: Sequence[Effect], now: float, agents: Collection[str]) -> None:
        """Show what happened on another node to those who keep the call; it was counted there."""
        self._counting = False
        self._retell(event, effects, now, agents)
        self._counting = True

    def go_on(self) -> None:
        """Show those who keep the call what has waited; do what was to be done when they know all."""
        waiting, then = self._waiting or (), self._then
        self._waiting, self._then = None, []
        for happened in waiting:
            self._retell(*happened)
        self._observers = (*self._keepers, *self._observers)
        for do in then:
            do()

    def when_known(self, do: Callable[[], None]) -> None:
        """Do something when those who keep the call know all that has happened."""
        if self._waiting is None:
            do()
        else:
            self._then.append(do)

    def _retell(self, event: Event, effects: Sequence[Effect], now: float, agents: Collection[str]) -> None:
        for keeper in self._keepers:
            try:
                keeper.retold(event, effects, now, agents)
            except Exception:
                self._keepers = self._without(keeper, self._keepers)

    def _tell(self, fact: Fact) -> None:
        if self._counting:
            for take in self._takers:
                take(fact)

    def ended(self) -> dict[str, Any]:
        """Return the fields of the canonical log line."""
        return self._tally.line()

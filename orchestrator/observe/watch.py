"""All who look at one caller's part of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.observe.facts import Fact
from orchestrator.observe.journal import Journal
from orchestrator.observe.observer import Observer
from orchestrator.observe.story import Story
from orchestrator.observe.tally import Tally


@dataclass(frozen=True, slots=True)
class Keepers:
    """Those who keep a call: of one that was taken over they are shown what happened on the other node, too."""

    takers: tuple[Callable[[Fact], None], ...] = ()
    observers: tuple[Observer, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookers:
    """All who look at one caller's part of a call, beside its log."""

    takers: tuple[Callable[[Fact], None], ...] = ()
    observers: tuple[Observer, ...] = ()
    keepers: Keepers = Keepers()
    first: tuple[Observer, ...] = ()  # look at an event before anything is done about it


NOBODY = Lookers()


class Watch:
    """Shows each event, and what it brought about, to the log, to the story, and to others."""

    def __init__(self, journal: Journal, *, began: float, seat: str, lookers: Lookers = NOBODY) -> None:
        # The call's log.
        self._journal = journal
        # The call in figures.
        self._tally = Tally()
        # Those who count what happens, and are told nothing of what happened on another node.
        self._takers, self._counting = lookers.takers, True
        keepers = lookers.keepers
        story = Story((self._tally.take, *keepers.takers, self._tell), began=began, seat=seat)
        # Those who look first, those who look when all is done, and those of them who are shown the past.
        self._first: tuple[Observer, ...] = lookers.first
        self._observers: tuple[Observer, ...] = (journal, story, *keepers.observers, *lookers.observers)
        self._past: tuple[Observer, ...] = (story, *keepers.observers)

    def begin(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Show an event, of whose effects none is done yet, to those who look first."""
        if self._first:
            self._first = self._show(self._first, event, effects, now)

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Show an event and its effects, which are done; whoever fails at it looks no longer, and the call goes on."""
        self._observers = self._show(self._observers, event, effects, now)

    def remember(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Show what happened on another node to those who keep the call; it was counted there."""
        self._counting = False
        self._past = self._show(self._past, event, effects, now)
        self._counting = True

    def _show(
        self, observers: tuple[Observer, ...], event: Event, effects: Sequence[Effect], now: float
    ) -> tuple[Observer, ...]:
        """Return those who go on looking."""
        for observer in observers:
            try:
                observer.observe(event, effects, now)
            except Exception:
                observers = tuple(other for other in observers if other is not observer)
                self._journal.log.exception("observer failed", observer=type(observer).__name__)
        return observers

    def _tell(self, fact: Fact) -> None:
        if self._counting:
            for take in self._takers:
                take(fact)

    def ended(self) -> dict[str, Any]:
        """Return the fields of the canonical log line."""
        return self._tally.line()

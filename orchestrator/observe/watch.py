"""All who look at one caller's part of a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.observe.facts import Fact
from orchestrator.observe.journal import Journal
from orchestrator.observe.observer import Observer
from orchestrator.observe.story import Story
from orchestrator.observe.tally import Tally


class Watch:
    """Shows each event, and what it brought about, to the log, to the story, and to others."""

    def __init__(
        self,
        journal: Journal,
        *,
        began: float,
        seat: str,
        takers: Sequence[Callable[[Fact], None]] = (),
        observers: Sequence[Observer] = (),
    ) -> None:
        # The call's log.
        self._journal = journal
        # The call in figures.
        self._tally = Tally()
        # Those who look.
        self._observers: tuple[Observer, ...] = (
            journal,
            Story((self._tally.take, *takers), began=began, seat=seat),
            *observers,
        )

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Show an event and its effects, which are done; whoever fails at it looks no longer, and the call goes on."""
        for observer in self._observers:
            try:
                observer.observe(event, effects, now)
            except Exception:
                self._observers = tuple(other for other in self._observers if other is not observer)
                self._journal.log.exception("observer failed", observer=type(observer).__name__)

    def ended(self) -> dict[str, Any]:
        """Return the fields of the canonical log line."""
        return self._tally.line()

"""Who looks at a call: its events and effects are the call, so that nothing else has to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event


class Observer(Protocol):
    """Looks at one caller's part of a call."""

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Take in an event and what it brought about, after that was done; never raises, never waits.

        `now` is the clock of the call, in seconds.
        """

"""How long the caller's audio had to wait for a session, seen from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from orchestrator.core.effects import Effect, SendAudio
from orchestrator.core.events import CallerSpoke, Event


class Held:
    """Tells of the caller's audio that was held, each time when a session gets it."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        # Is told how many seconds of it there were.
        self._tell = tell
        # Milliseconds that no session has yet.
        self._ms = 0.0

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Count a frame that no session got; tell when they all go to one."""
        if not self._ms and type(event) is not CallerSpoke:
            return  # the everyday of a call
        if SendAudio in map(type, effects):
            if self._ms:
                self._tell(self._ms / 1000)
                self._ms = 0.0
        elif type(event) is CallerSpoke:
            self._ms += event.ms

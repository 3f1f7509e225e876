"""One voice at a time: the next agent's words wait until the last one has finished its farewell.

Limits: 3 s of waiting (the core's `farewell` timer; 10 s for a line of the team file), 2,000 events, and the bytes that
the call may keep; then the farewell is cut and the next agent is heard.
"""

from __future__ import annotations

from orchestrator.core.events import AudioProduced, SessionSaid
from orchestrator.core.memory.size import size
from orchestrator.core.response import Ask

FAREWELL_SECONDS = 3.0
WAITING = 2000


class Floor:
    """Who may be heard."""

    def __init__(self) -> None:
        # The agent that is still finishing its last response after the caller moved on.
        self.farewell: str | None = None
        # The line with which an agent bridges the switch, once its present response is done.
        self.bridge: tuple[str, Ask] | None = None
        # What the next agent has said meanwhile.
        self._waiting: list[SessionSaid] = []
        # Its bytes.
        self.size = 0

    @property
    def full(self) -> bool:
        """Whether nothing more can wait."""
        return len(self._waiting) >= WAITING

    def wait(self, event: SessionSaid) -> None:
        """Keep an event of the next agent until the farewell is over."""
        self._waiting.append(event)
        self.size += bytes_of(event)

    def silence(self) -> list[str]:
        """Drop waiting audio that the caller no longer wants to hear; return the items it belonged to."""
        items = dict.fromkeys(event.item_id for event in self._waiting if isinstance(event, AudioProduced))
        self._waiting = [event for event in self._waiting if not isinstance(event, AudioProduced)]
        self.size = sum(map(bytes_of, self._waiting))
        return list(items)

    def open(self) -> list[SessionSaid]:
        """End the farewell; return what waited, in order."""
        self.farewell = None
        events, self._waiting, self.size = self._waiting, [], 0
        return events


def bytes_of(event: SessionSaid) -> int:
    """Return the bytes that an event takes."""
    return len(event.frame) if isinstance(event, AudioProduced) else size(event.payload)

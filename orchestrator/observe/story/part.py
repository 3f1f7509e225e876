"""A part of a story: takes in events and effects of one kind, and tells facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.observe.facts import Fact

Tell = Callable[[Fact], None]


class Part:
    """One of several that look at the same stream, each for facts of its own."""

    # Type of an event or effect, or the name of an announcement → who takes it in, with the time.
    takes: ClassVar[Mapping[type | str, Callable[[Any, Any, float], None]]] = {}

    def __init__(self, tell: Tell, seat: str) -> None:
        # Takes the facts.
        self.tell = tell
        # The seat that they are about.
        self.seat = seat

    def take(self, kind: type | str, one: Event | Effect | Mapping[str, Any], at: float) -> None:
        """Take in one event, effect or announcement."""
        take = self.takes.get(kind)
        if take is not None:
            take(self, one, at)

    def finish(self, at: float) -> None:
        """Tell what has not ended by itself when the call does."""

"""A part of a story: takes in events and effects of some kinds, and tells facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from orchestrator.observe.facts import Fact, Outcome

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

    def finish(self, at: float, outcome: Outcome) -> None:
        """Tell what has not ended by itself when the call does (`CANCELLED`), or so far (`OPEN`)."""

"""An outbox in the memory of the process: what is in it when the process ends is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import structlog

from orchestrator.records.outbox import Delivery

MOST = 1000  # calls that wait; the oldest is dropped for one more
log = structlog.get_logger("orchestrator")


@dataclass(slots=True)
class Waiting:
    """A call that waits."""

    delivery: Delivery
    due: float  # by the outbox's clock


class MemoryOutbox:
    """Keeps calls while the process lives."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        # How many may wait, and a clock that nobody sets.
        self._most, self._clock = most, clock
        # Id → what waits, the oldest first.
        self._waiting: dict[str, Waiting] = {}

    @property
    def volatile(self) -> int:
        """How many calls wait."""
        return len(self._waiting)

    def put(self, delivery: Delivery) -> None:
        """Keep a call; the oldest is dropped if there are too many."""
        self._waiting.setdefault(delivery.id, Waiting(delivery, self._clock()))
        if len(self._waiting) > self._most:
            dropped = next(iter(self._waiting))
            del self._waiting[dropped]
            log.warning("finished call dropped", call=dropped, reason=f"{self._most} others wait to be delivered")

    def due(self, lease: float, limit: int, busy: Collection[str] = ()) -> list[Delivery]:
        """Take calls that are due."""
        now = self._clock()
        found = [one for one in self._waiting.values() if one.due <= now and one.delivery.id not in busy][:limit]
        for one in found:
            one.due = now + lease
        return [one.delivery for one in found]

    def done(self, delivery: Delivery) -> None:
        """Forget a call."""
        self._waiting.pop(delivery.id, None)

    def later(self, delivery: Delivery, seconds: float, reason: str) -> None:
        """Deliver a call later; the reason is in the log only."""
        if delivery.id in self._waiting:
            due = self._clock() + seconds
            self._waiting[delivery.id] = Waiting(replace(delivery, tries=delivery.tries + 1), due)

    def failed(self, delivery: Delivery, reason: str) -> None:
        """Forget a call: nobody could look at it once the process has ended."""
        self.done(delivery)

    def release(self, delivery: Delivery) -> None:
        """Give a call back."""
        if delivery.id in self._waiting:
            self._waiting[delivery.id].due = self._clock()

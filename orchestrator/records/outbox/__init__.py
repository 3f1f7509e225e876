"""Finished calls on their way to whom the team file names under `after`.

`finished.py` collects what happened in a call and writes it as JSON; `deliveries.py` hands it on, again and again if it
must, from one of two outboxes: a table of the records database (`stored.py`), from which any process delivers what
another one has left, or the memory of the process (`memory.py`). Each call is delivered at least once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """A finished call, as it is delivered."""

    id: str  # of the call
    body: str  # the call as JSON
    tries: int = 0  # that have failed


class Outbox(Protocol):
    """Where finished calls of one team wait. Called in threads; may wait, and raise `RecordsError`."""

    @property
    def volatile(self) -> int:
        """How many calls are lost when the process ends."""

    def put(self, delivery: Delivery, now: float) -> None:
        """Keep a call; one that is there already stays as it is. `now` is unix time, as below."""

    def due(self, now: float, lease: float, limit: int) -> list[Delivery]:
        """Take calls that are due; those of which nothing is said are due again after `lease` seconds."""

    def done(self, delivery: Delivery) -> None:
        """Forget a call: it was delivered."""

    def later(self, delivery: Delivery, due: float, reason: str) -> None:
        """Deliver a call later, as a try has failed for a reason."""

    def failed(self, delivery: Delivery, now: float, reason: str) -> None:
        """Try no longer, and keep the call as failed."""

    def release(self, delivery: Delivery, now: float) -> None:
        """Give a call back that was taken and not tried: it is due now."""

"""Finished calls on their way to whom the team file names under `after`.

`finished.py` collects what happened in a call and writes it as JSON; `deliveries.py` hands it on, again and again if it
must, from one of two outboxes: a table of the records database (`stored.py`), from which any process delivers what
another one has left, or the memory of the process (`memory.py`). Each call is delivered at least once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """A finished call, as it is delivered."""

    id: str  # of the call
    body: str  # the call as JSON
    tries: int = 0  # that have failed
    leased: float | None = None  # when it was taken, by the outbox's clock; what says that it is still ours


class Outbox(Protocol):
    """Where finished calls of one team wait. Called in threads; may wait, and raise `RecordsError`.

    It has a clock of its own: who has a call, and for how long, does not follow from a clock that somebody may set.
    """

    @property
    def volatile(self) -> int:
        """How many calls are lost when the process ends."""

    def put(self, delivery: Delivery) -> None:
        """Keep a call, which is due now; one that is there already stays as it is."""

    def due(self, lease: float, limit: int, busy: Collection[str] = ()) -> list[Delivery]:
        """Take calls that are due; those of which nothing is said are due again after `lease` seconds.

        Not those that are `busy`: whoever asks is trying them.
        """

    def done(self, delivery: Delivery) -> None:
        """Forget a call: it was delivered."""

    def later(self, delivery: Delivery, seconds: float, reason: str) -> None:
        """Deliver a call that was taken some seconds later, as a try has failed for a reason."""

    def failed(self, delivery: Delivery, reason: str) -> None:
        """Try no longer, and keep a call that was taken as failed."""

    def release(self, delivery: Delivery) -> None:
        """Give a call back that was taken and not tried: it is due now."""

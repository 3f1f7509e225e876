"""The calls that are under way and will be handed on when their last caller has left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from orchestrator.core.memory.shared import Shared
from orchestrator.observe.facts import Fact
from orchestrator.records.outbox.deliveries import Deliveries
from orchestrator.records.outbox.finished import Finished
from orchestrator.team import Team


class Parties:
    """Collects the calls of a team, each with all its seats, and lets those that have ended be delivered."""

    def __init__(self, team: Team, deliveries: Deliveries) -> None:
        # The team, and what delivers.
        self._team, self._deliveries = team, deliveries
        # The id of the call that began it → what has happened in it.
        self._open: dict[str, Finished] = {}

    def come(self, call_id: str, shared: Shared) -> Callable[[Fact], None]:
        """Count in a caller of the call that began under an id; return what takes the facts of their part."""
        party = self._open.get(call_id) or self._open.setdefault(call_id, Finished(call_id, self._team, shared))
        party.seats += 1
        return party.take

    def leave(self, call_id: str) -> None:
        """Leave a call to another process, which delivers it when it has ended."""
        self._open.pop(call_id, None)

    def go(self, call_id: str, at: float, then: Callable[[], None]) -> None:
        """Count out a caller, whose part has ended, in unix seconds; without them all, the call is delivered.

        One in which no agent was is not. `then` is called when nothing of that is lost with this process any more.
        """
        party = self._open[call_id]
        party.seats -= 1
        if not party.seats:
            del self._open[call_id]
        if party.seats or not party.began:
            then()
        else:
            self._deliveries.add(call_id, partial(party.body, at), then)

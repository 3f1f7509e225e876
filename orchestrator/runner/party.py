"""A party: the running calls of the callers who take part in one call, each on a seat and with an agent of their own.

The events of all of them go through one queue, so that they are totally ordered: everything that one brings about is
done before the next is handled, on whichever seat. A mistake of ours on one seat ends that seat, and no other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orchestrator.core.events import Event, SeatsStirred
from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.core.state import Seat, State
from orchestrator.team import Team


class Member(Protocol):
    """A running call, as its party knows it."""

    @property
    def state(self) -> State:
        """What the core remembers of it."""

    def handle(self, event: Event) -> None:
        """Handle an event whose turn it is."""

    def fail(self) -> None:
        """End because of a mistake of ours, which is being handled as an exception."""

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Tell what has happened in the party."""


@dataclass(frozen=True, slots=True)
class Place:
    """What one caller has in a party."""

    party: Party
    call: str  # the id of their own call
    seat: Seat

    @property
    def first(self) -> bool:
        """Whether it is the seat with which the party began."""
        return self.seat.name == FIRST

    @property
    def names(self) -> dict[str, str]:
        """What the log says of it: nothing when it is the first."""
        return {} if self.first else {"seat": self.seat.name, "joined": self.party.id}


async def _alone() -> bool:
    """Return that no other process could have the call."""
    return True


class Party:
    """The running calls that share what `Shared` holds."""

    def __init__(self, call_id: str, team: Team, began: float | None = None) -> None:
        # The id of the call with which it began.
        self.id = call_id
        # When it began, of a call that was taken over long ago; None before.
        self._began = began
        # What its callers share.
        self.shared = Shared(team)
        # Held by the tool that is given the call: variables are those of all.
        self.turn = asyncio.Lock()
        # Returns whether this process has the call for certain, for what must not be done twice.
        self.sure: Callable[[], Awaitable[bool]] = _alone
        # Seat → the call that runs there.
        self._running: dict[str, Member] = {}
        # Events that wait for their turn, behind the one that is being handled.
        self._events: deque[tuple[Member, Event]] = deque()
        # Nothing is handled yet: a call that was taken over is being restored.
        self._restoring = False

    def place(self, call_id: str, seat: str, agent: str) -> Place:
        """Return a place for a caller; a `Call` that is made with it takes the seat."""
        return Place(self, call_id, Seat(self.shared, seat, agent))

    def begin(self, now: float) -> float:
        """Return when the call began: now, if it has not."""
        self._began = now if self._began is None else self._began
        return self._began

    def feed(self, member: Member, event: Event) -> None:
        """Hand an event to one of the calls, after those that came before; never raises for what a peer sent."""
        self._events.append((member, event))
        if len(self._events) == 1 and not self._restoring:  # else an effect of the event being handled brought it
            self._handle()

    def hold(self) -> None:
        """Let what happens wait until a call is restored."""
        self._restoring = True

    def go_on(self, member: Member, event: Event) -> None:
        """Hand an event to a call that is restored, and then what has waited."""
        self._restoring = False
        self._events.appendleft((member, event))
        self._handle()

    def _handle(self) -> None:
        while self._events:
            member, event = self._events[0]
            try:
                member.handle(event)
            except Exception:  # a bug: this call ends with a reason, and no other notices
                member.fail()
                self._events = deque(one for one in self._events if one[0] is not member)
            else:
                self._events.popleft()

    def stir(self, member: Member) -> None:
        """Let the others take in what one of the calls has changed."""
        for other in list(self._running.values()):
            if other is not member:
                self.feed(other, SeatsStirred())

    def come(self, place: Place, member: Member) -> None:
        """Note that a call runs; the others are told."""
        seat = place.seat
        self._tell("seat.joined", {"seat": seat.name, "agent": seat.agent, "call": place.call})
        self._running[seat.name] = member
        if not place.first:
            self.feed(member, SeatsStirred())  # things have happened since it took the seat

    def go(self, place: Place, member: Member) -> None:
        """Note that a call runs no more; a seat that a mistake of ours kept it from leaving is left."""
        name = place.seat.name
        if self.shared.seats.get(name) is member.state:
            self.shared.leave(name)
        if self._running.get(name) is not member:
            return
        del self._running[name]
        self._tell("seat.left", {"seat": name})
        self.stir(member)

    def _tell(self, name: str, fields: Mapping[str, Any]) -> None:
        for other in list(self._running.values()):
            try:
                other.announce(name, fields)
            except Exception:  # as for an event
                other.fail()

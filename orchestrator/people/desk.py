"""The desk: which callers wait for whom, who is there to take them, and who has taken which call.

The first who accepts has the call; the others are told that it is gone. When all who are there decline, nobody is
waited for any longer. A call that a person takes without having been asked is *claimed*: its session opens at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from orchestrator.errors import RealtimeError
from orchestrator.people.session import Person, PersonSession
from orchestrator.providers.port import Listen


@dataclass(eq=False)
class Ticket:
    """A caller who waits for a person."""

    call: str
    agent: str
    role: str  # whose queue it is in
    taker: asyncio.Future[Person]
    declined: set[Person] = field(default_factory=set)


class Desk:
    """All who wait and all who work, in the calls of one server."""

    def __init__(self) -> None:
        # Who is there, and in which role.
        self._present: dict[Person, str] = {}
        # Call → who waits in it.
        self._waiting: dict[str, Ticket] = {}
        # Call → who takes it without having been asked.
        self._claims: dict[str, Person] = {}
        # Call → the session of the person who has it.
        self._sessions: dict[str, PersonSession] = {}

    # --- the call's side ---

    async def open(self, call: str, agent: str, role: str, listen: Listen) -> PersonSession:
        """Wait until somebody takes a call; raises `RealtimeError` when everybody declines. Cancelling gives up."""
        person = self._claims.pop(call, None)
        if person is None:
            ticket = self._waiting[call] = Ticket(call, agent, role, asyncio.get_running_loop().create_future())
            try:
                person = await ticket.taker
            finally:
                del self._waiting[call]
        session = PersonSession(call, person, listen, lambda: self._over(call, session))
        self._sessions[call] = session
        return session

    def _over(self, call: str, session: PersonSession) -> None:
        if self._sessions.get(call) is session:
            del self._sessions[call]

    # --- the side of those who work there ---

    def come(self, person: Person, role: str) -> None:
        """Note that somebody is there."""
        self._present[person] = role

    def go(self, person: Person) -> None:
        """Note that somebody is gone; who waits only for those who declined waits no longer."""
        self._present.pop(person, None)
        for ticket in list(self._waiting.values()):
            self._look(ticket)

    def accept(self, call: str, person: Person) -> bool:
        """Give a waiting call to a person; False when there is none, or somebody was first."""
        ticket = self._waiting.get(call)
        if ticket is None or ticket.taker.done() or self._present.get(person) != ticket.role:
            return False
        ticket.taker.set_result(person)
        return True

    def decline(self, call: str, person: Person) -> None:
        """Note that a person does not take a waiting call."""
        ticket = self._waiting.get(call)
        if ticket is not None and self._present.get(person) == ticket.role:
            ticket.declined.add(person)
            self._look(ticket)

    def _look(self, ticket: Ticket) -> None:
        """Give up on behalf of who waits if all who are there have declined."""
        there = {person for person, role in self._present.items() if role == ticket.role}
        if there and there <= ticket.declined and not ticket.taker.done():
            ticket.taker.set_exception(RealtimeError("everybody at the desk declined", code="declined", fatal=True))

    def claim(self, call: str, person: Person) -> None:
        """Let a person have a call as soon as it asks for one; `unclaim` takes it back."""
        self._claims[call] = person

    def unclaim(self, call: str, person: Person) -> None:
        """Take a claim back of which nothing came."""
        if self._claims.get(call) is person:
            del self._claims[call]

    def session(self, call: str) -> PersonSession | None:
        """Return the session of the person who has a call."""
        return self._sessions.get(call)

    def waits(self, call: str) -> Ticket | None:
        """Return who waits in a call."""
        return self._waiting.get(call)

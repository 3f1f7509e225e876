"""The desk: which callers wait for whom, who is there to take them, and who has taken which call.

The first who accepts has the call; the others are told that it is gone. When all who are there decline, nobody is
waited for any longer. A call that a person takes without having been asked is *claimed*: its session opens at once. A
person whose connection is gone keeps the call for a moment, in which anybody of their role can go on with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from orchestrator.errors import RealtimeError
from orchestrator.people.lease import LEASE_SECONDS
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


def queue(team: str, role: str) -> str:
    """Return the name of the queue of a role, which other teams may have too."""
    return f"{team}/{role}"


class TeamDesk:
    """The desk as the calls of one team see it."""

    def __init__(self, desk: Desk, team: str) -> None:
        # The desk of all teams, and which one this is.
        self._desk, self._team = desk, team

    async def open(self, call: str, agent: str, role: str, listen: Listen) -> PersonSession:
        """Wait until somebody of the team takes a call; see `Desk.open`."""
        return await self._desk.open(call, agent, queue(self._team, role), listen)


class Desk:
    """All who wait and all who work, in the calls of one server."""

    def __init__(self, lease: float = LEASE_SECONDS) -> None:
        # Seconds that a person whose connection is gone has to come back.
        self._lease = lease
        # Who is there, and in which role.
        self._present: dict[Person, str] = {}
        # Call → who waits in it.
        self._waiting: dict[str, Ticket] = {}
        # Call → who takes it without having been asked.
        self._claims: dict[str, Person] = {}
        # Call → the session of the person who has it, and the role that it belongs to.
        self._sessions: dict[str, tuple[PersonSession, str]] = {}

    def of(self, team: str) -> TeamDesk:
        """Return the desk for the calls of a team."""
        return TeamDesk(self, team)

    # --- the call's side ---

    async def open(self, call: str, agent: str, role: str, listen: Listen) -> PersonSession:
        """Wait until somebody takes a call; raises `RealtimeError` when nobody will. Cancelling gives up."""
        person = self._claims.pop(call, None)
        if person is None:
            person = await self._asked(Ticket(call, agent, role, asyncio.get_running_loop().create_future()))
        if person not in self._present:
            raise RealtimeError("who wanted to take the call is gone", code="person_gone", fatal=True)
        session = PersonSession(call, person, listen, lambda: self._over(call, session), self._lease)
        self._sessions[call] = session, role
        return session

    async def _asked(self, ticket: Ticket) -> Person:
        self._waiting[ticket.call] = ticket
        try:
            return await ticket.taker
        except asyncio.CancelledError:
            taker = ticket.taker
            if taker.done() and not taker.cancelled() and taker.exception() is None:  # they have just taken it
                taker.result().tell(ticket.call, "released")
            raise
        finally:
            if self._waiting.get(ticket.call) is ticket:
                del self._waiting[ticket.call]

    def _over(self, call: str, session: PersonSession) -> None:
        if self.session(call) is session:
            del self._sessions[call]

    def forget(self, call: str) -> None:
        """Note that a call has ended."""
        self._claims.pop(call, None)

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
        """Give a person a call that waits for somebody, or for one to come back; False when it does not any more."""
        session, role = self._sessions.get(call, (None, ""))
        if session is not None and session.away and self._present.get(person) == role:
            session.attach(person)
            return True
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

    def claim(self, call: str, person: Person) -> bool:
        """Let a person have a call as soon as it asks for one; False when another one has it, or is about to."""
        if call in self._claims or call in self._sessions:
            return False
        self._claims[call] = person
        return True

    def session(self, call: str) -> PersonSession | None:
        """Return the session of the person who has a call."""
        return self._sessions.get(call, (None, ""))[0]

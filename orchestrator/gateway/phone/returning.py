"""Phone calls that come back: after a stream, Twilio asks what is next, and any node answers.

A call that can be taken over goes on with another stream; one that has ended is hung up; a caller whose call is not to
be found is told so. Where no answer can be given now, since Redis cannot be reached or this node takes no calls, the
phone call asks again in a second, at most ten times: Twilio, or what balances its requests, may come to another node.
"""

from __future__ import annotations

import structlog

from orchestrator.fleet.port import Fleet, Reason
from orchestrator.gateway.phone.tickets import Ticket, Tickets
from orchestrator.gateway.phone.twiml import CALLS, HANG_UP, LOST, STREAM, VOICE, come_back, connect, later, next_path

MOST_TRIES = 10
log = structlog.get_logger("orchestrator")


class Returning:
    """Answers for one server."""

    def __init__(self, fleet: Fleet | None, secret: str, base: str, *, dials: bool = False) -> None:
        # What knows the calls of all nodes; None: there is this one only.
        self._fleet = fleet
        # What tickets are written with; where Twilio reaches this server.
        self._tickets, self._base = Tickets(secret), base
        # Whether the phone call may be connected to somebody outside: it asks whoever holds its call what is next.
        self._dials = dials

    def ticket(self, written: str) -> Ticket | None:
        """Read a ticket."""
        return self._tickets.read(written)

    def stream(self, ticket: Ticket, **parameters: str) -> str:
        """Connect a phone call to a stream, after which it asks what is next."""
        written, following = self._tickets.write(ticket), self._tickets.write(ticket.next())
        path = STREAM if self._fleet is not None else f"{CALLS}/{ticket.call}/stream"
        return connect(self._base, written, parameters, path=path) + come_back(
            self._base, following, path=self._back(ticket)
        )

    def _back(self, ticket: Ticket) -> str:
        """Return the path at which a phone call asks what is next."""
        return next_path(ticket.call) if self._dials else VOICE

    async def answer(self, written: str, sid: str, tries: int, *, open_here: bool) -> str:
        """Say what is next for a phone call that asks; `open_here`: whether this node takes calls now."""
        if self._fleet is None:
            return HANG_UP
        ticket = self._tickets.read(written)
        if ticket is None or not ticket.is_of(sid) or ticket.first:
            log.info("phone call not resumed", call_sid=sid, reason="the ticket is not one of its own")
            return LOST
        lost = await self._fleet.look(ticket.call, ticket.stream - 1)
        said = {"call": ticket.call, "call_sid": sid}
        if lost is None and ticket.spent:
            log.warning("phone call not resumed", **said, reason="no node can go on with it", streams=ticket.stream - 1)
            return LOST
        if lost is Reason.ENDED:
            return HANG_UP
        if lost is Reason.UNREACHABLE or (lost is None and not open_here):
            if tries < MOST_TRIES:
                return later(self._base, written, tries + 1, path=self._back(ticket))
            if lost is Reason.UNREACHABLE:  # most probably it has ended
                log.warning("phone call not resumed", **said, reason=lost.value)
                return HANG_UP
        if lost is None and open_here:
            log.info("phone call comes back", **said, stream=ticket.stream)
            return self.stream(ticket)
        log.warning("phone call not resumed", **said, reason=lost.value if lost else "no node takes calls")
        return LOST

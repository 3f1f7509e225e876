"""A seat in an open call: `?call=ID&agent=NAME[&seat=NAME]` lets a caller join those who are in it already.

The id is that of any of them. Without a name of its own the seat has that of the agent. A client secret can be made
for one seat: then it opens this seat, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.gateway.open_call import OpenCall
from orchestrator.protocol.checks import fields, refuse, text
from orchestrator.runner import Place

NAMES = ("call", "agent", "seat")
NAME = text(64, shortest=1)
SHAPE = fields({"call": NAME, "agent": NAME}, {"seat": NAME})


@dataclass(frozen=True, slots=True)
class Joining:
    """A caller who is about to join an open call."""

    call: OpenCall  # of one of those who are in it
    agent: str  # who gets them first
    seat: str

    @property
    def refused(self) -> CallerError | None:
        """Why the seat cannot be taken now; None when it can."""
        refusal = self.call.running.seat_refusal
        why = refusal(self.agent, self.seat)
        if why is None:
            return None
        about_agent = why == refusal(self.agent, "")  # which is the name of no seat
        return CallerError(why, code="seat_refused", param="agent" if about_agent else "seat")

    def place(self, call_id: str) -> Place:
        """Return the seat for a call of its own."""
        return self.call.place.party.place(call_id, self.seat, self.agent)


def asked_for(query: Mapping[str, str]) -> dict[str, str]:
    """Return what a query says of a seat."""
    return {name: query[name] for name in NAMES if name in query}


def check(seat: Any, path: str) -> None:
    """Check what was said of a seat; raises `CallerError`."""
    SHAPE(seat, path)
    for name, value in seat.items():
        if not value.isprintable():
            refuse(f"{path}.{name}" if path else name, "printable characters", value)


def named(seat: Mapping[str, str]) -> dict[str, str]:
    """Return what was said of a seat, with its name."""
    return {"seat": seat["agent"], **seat}

"""What the callers of one call share: variables, what was spent, what was said, and messages on their way.

Each caller has a *seat*: a line, an agent and a conversation of their own (`State`). Nobody hears another seat; what
was said there reaches an agent as text.

Limits: `SEATS` at a time; what was said on the last `SEATS` that were left is remembered; `WAITING` messages for each
agent, then a new one is refused; the last `SENT` messages are remembered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from orchestrator.core.memory.transcript import Line, Numbers, Transcript
from orchestrator.core.memory.variables import Variables

if TYPE_CHECKING:
    from orchestrator.core.state import State
    from orchestrator.team import Team

FIRST = "caller"  # the seat with which a call begins
SEATS = 8  # callers of one call at a time
WAITING = 16  # messages for one agent
SENT = 64  # messages


@dataclass(slots=True)
class Spent:
    """What the call has used up."""

    tokens: dict[str, int] = field(default_factory=lambda: {"input": 0, "output": 0})
    money: float = 0.0  # US dollars


@dataclass(frozen=True, slots=True)
class Message:
    """What one agent writes to another."""

    id: str
    sender: str
    to: str
    text: str  # without what its reader may not know
    urgent: bool  # spoken of at once
    steps: int  # messages that led to it, itself included, since a caller has said anything


class Shared:
    """What all seats of a call know of each other."""

    def __init__(self, team: Team) -> None:
        # The call's variables.
        self.variables = Variables(team.variables, team.hidden)
        # What it has used up.
        self.spent = Spent()
        # Tool → how often it was begun.
        self.runs: dict[str, int] = {}
        # Numbers the lines of all transcripts.
        self.numbers = Numbers()
        # When the first caller joined.
        self.began: float | None = None
        # The seats whose callers have not left, by name, the first one first.
        self.seats: dict[str, State] = {}
        # What was said on seats that were left.
        self._left: deque[tuple[str, Transcript]] = deque(maxlen=SEATS)
        # Agent → messages that wait until a caller is with it.
        self.mail: dict[str, deque[Message]] = {}
        # The last messages that were sent.
        self.sent: deque[Message] = deque(maxlen=SENT)

    def take(self, seat: str, state: State) -> None:
        """Note that a caller has come."""
        self.seats[seat] = state

    def leave(self, seat: str) -> None:
        """Note that a caller has left."""
        self._left.append((seat, self.seats.pop(seat).transcript))

    def holder(self, agent: str) -> State | None:
        """Return the seat whose caller an agent has, or is about to get; None when it has none."""
        return next((state for state in self.seats.values() if agent in state.route.agents), None)

    def elsewhere(self, state: State) -> Iterator[Line]:
        """Return what was said on the other seats, with their names."""
        here = ((name, other.transcript) for name, other in self.seats.items() if other is not state)
        for name, transcript in chain(self._left, here):
            yield from (replace(line, seat=name) for line in transcript.history())

"""The response of one session: the one that runs, the one that was asked for, and the one that is owed.

    IDLE → ASKED → ACTIVE → IDLE      (IDLE → ACTIVE when turn detection created it; ASKED → IDLE when it was refused)

A session has at most one response at a time. What is wanted while one runs is *owed* and asked for when it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

ASIDES = 64  # responses beside the conversation that are remembered
BUSY = "conversation_already_has_active_response"  # the service's code: one response at a time


class ResponseState(Enum):
    IDLE = "idle"
    ASKED = "asked"
    ACTIVE = "active"


RESPONSE_MOVES = {
    ResponseState.IDLE: {ResponseState.ASKED, ResponseState.ACTIVE},
    ResponseState.ASKED: {ResponseState.ACTIVE, ResponseState.IDLE},
    ResponseState.ACTIVE: {ResponseState.IDLE},
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A response that is wanted: the fields are those of `CreateResponse`."""

    options: Mapping[str, Any] = field(default_factory=dict)
    extra: str = ""  # instructions that are put under the agent's own
    event_id: str | None = None
    by_caller: bool = False  # the caller's application asked: where the service would refuse it, so do we
    filler: bool = False  # it bridges the time until something comes that the agent waits for
    aloud: bool = False  # heard although the caller moves on: the line that bridges a handoff


@dataclass(slots=True)
class Unheard:
    """Responses that the caller must not hear."""

    muted: str | None = None  # its remaining audio is dropped: it was cancelled or interrupted
    hidden: str | None = None  # the caller is told nothing of it: it began on an agent without the caller
    aside: str | None = None  # nor of this one: we asked for it, out of band
    next: bool = False  # the one that was asked for is cancelled as soon as it starts


@dataclass(slots=True)
class Progress:
    """How far a response has come. What is empty does not count: services send deltas without anything in them."""

    at: float = 0.0  # when it last went on, began, or was wanted
    audible: bool = False  # audio has come
    spoken: bool = False  # audio or words have come
    called: bool = False  # a function was called: an answer too
    complete: bool = False  # all items that were begun are done; only the end may be missing


@dataclass(slots=True, eq=False)
class Response:
    """The response of one session."""

    state: ResponseState = ResponseState.IDLE
    id: str | None = None  # of the one that is ACTIVE
    asked: Ask | None = None  # what was asked for last, to ask again if nothing comes of it; None: turn detection asked
    owed: Ask | None = None  # what is wanted as soon as the present one is done
    due: bool = False  # function calls were answered, and no response has been asked for since: the agent has to go on
    unread: set[str] = field(default_factory=set)  # of these calls, those whose answer the service has not reported yet
    unheard: Unheard = field(default_factory=Unheard)
    progress: Progress = field(default_factory=Progress)  # of the one that runs, or of the last one
    since: float | None = None  # when what is awaited was first wanted, or something last heard; None: nothing is
    rounds: int = 0  # responses since the caller's last turn
    missed: int = 0  # in a row: answers of which the caller heard nothing
    refusals: int = 0  # in a row: because of another response, of which nothing is known here
    reported: set[tuple[str, str]] = field(default_factory=set)  # items and ids of the function calls since it began
    asides: dict[str, None] = field(default_factory=dict)  # the newest responses beside the conversation

    @property
    def busy(self) -> bool:
        """Whether one runs or was asked for."""
        return self.state is not ResponseState.IDLE

    @property
    def ending(self) -> bool:
        """Whether it was cancelled or interrupted: another one can be asked for."""
        if self.state is ResponseState.ASKED:
            return self.unheard.next
        return self.busy and self.id == self.unheard.muted

    @property
    def aloud(self) -> bool:
        """Whether it is heard although the caller moves on."""
        return self.asked is not None and self.asked.aloud

    def move(self, state: ResponseState) -> None:
        """Change the state along the table."""
        if state not in RESPONSE_MOVES[self.state]:
            raise AssertionError(f"response: {self.state} to {state}")
        if state is ResponseState.IDLE:
            self.unheard.next = False  # nothing came of the one that was not wanted
        self.state = state

    def ask(self, ask: Ask) -> None:
        """Note that `response.create` is sent."""
        self.move(ResponseState.ASKED)
        if ask.by_caller:
            self.rounds = 0
        self.asked, self.owed, self.due = ask, None, False
        self.unread.clear()  # they go before it

    def owe(self, ask: Ask | None) -> None:
        """Ask for this one as soon as it can be; None: for nothing any more."""
        self.owed, self.due = ask, False

    def answered(self, call_id: str) -> None:
        """Note that a function call is answered, with which the agent goes on."""
        self.due = True
        self.unread.add(call_id)

    def overtaken(self) -> None:
        """Owe nothing any more: turn detection answers the caller. What is unread stays due: it may not know that."""
        self.owed, self.due = None, bool(self.unread)

    def started(self, response_id: str) -> None:
        """Note `response.created`, whether it was asked for or made by turn detection."""
        if self.state is ResponseState.IDLE:
            self.asked, self.rounds = None, 0
        if self.state is not ResponseState.ACTIVE:
            self.move(ResponseState.ACTIVE)
        self.id = response_id
        self.progress = Progress(self.progress.at)
        self.refusals, self.due = 0, self.due and bool(self.unread)
        self.reported.clear()

    def started_aside(self, response_id: str) -> None:
        """Note `response.created` of a response beside the conversation."""
        self.asides[response_id] = None
        if len(self.asides) > ASIDES:
            del self.asides[next(iter(self.asides))]

    def finished(self, response_id: str) -> bool:
        """Note `response.done`; False when it is not that of the active response, and changes nothing."""
        if self.state is not ResponseState.ACTIVE or response_id != self.id:
            return False
        self.move(ResponseState.IDLE)
        self.id = self.since = None
        self.rounds += 1
        return True

    def owe_again(self) -> None:
        """Owe what was asked for once more: nothing came of it. A debt that is newer stays."""
        if not self.unheard.next:
            self.owed = self.owed or self.asked
        self.refused()

    def refused(self) -> None:
        """Note that nothing comes of the last `response.create`: if one runs, turn detection made it."""
        if self.state is ResponseState.ASKED:
            self.move(ResponseState.IDLE)
        else:
            self.asked = None

    def rejected(self, event_id: str | None, param: str | None) -> bool:
        """Note an error; True when it means the response asked for, which then is not asked for again."""
        asked = self.asked
        if self.state is not ResponseState.ASKED or asked is None:
            return False
        if (event_id is None or event_id != asked.event_id) and not (param or "").startswith("response"):
            return False
        self.move(ResponseState.IDLE)
        self.asked = None
        return True

    def close(self) -> None:
        """Note that the session is gone, and its response with it; what is owed is for the next session."""
        self.state, self.id, self.refusals, self.due = ResponseState.IDLE, None, 0, False
        self.since = None
        self.unheard = Unheard()
        self.unread.clear()
        self.reported.clear()
        self.asides.clear()

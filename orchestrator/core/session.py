"""One agent's session inside one call: two small machines and the one response that may be owed.

    session   CLOSED → OPENING → READY → CLOSED        (OPENING → CLOSED when it cannot be opened)
    response  IDLE → ASKED → ACTIVE → IDLE             (IDLE → ACTIVE when turn detection created it;
                                                        ASKED → IDLE when it was refused)

There is one owner of `response.create`: `ask` below. What is wanted while a response runs is *owed* and asked when it
is done; a new turn of the caller cancels the debt, because the session answers that turn anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core.effects import CreateResponse
from orchestrator.core.events import CallerSettings

if TYPE_CHECKING:
    from orchestrator.core.consults import Consult


class SessionState(Enum):
    CLOSED = "closed"
    OPENING = "opening"
    READY = "ready"


class ResponseState(Enum):
    IDLE = "idle"
    ASKED = "asked"
    ACTIVE = "active"


BUSY = "conversation_already_has_active_response"  # the service's code: one response at a time
SESSION_MOVES = {
    SessionState.CLOSED: {SessionState.OPENING},
    SessionState.OPENING: {SessionState.READY, SessionState.CLOSED},
    SessionState.READY: {SessionState.CLOSED},
}
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
    aloud: bool = False  # heard although the caller moves on: the line that bridges a handoff


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a session was told with its last `session.update`, as far as it can change during a call."""

    settings: CallerSettings
    variables: Mapping[str, Any]  # those that the agent's instructions mention
    by_hand: bool = False  # the caller's side says when a turn ends


@dataclass(slots=True)
class Unheard:
    """Responses that the caller must not hear."""

    muted: str | None = None  # its remaining audio is dropped: cancelled or interrupted
    hidden: str | None = None  # nothing at all is told of it: it began on an agent without the caller
    aside: str | None = None  # nor of this one: it is ours, beside the conversation
    next: bool = False  # the one that was asked for is not wanted any more: cancelled as soon as it starts


def agent_of(session: str) -> str:
    """Return whose session a name is: `planner`, its own, or `planner#2`, one beside it."""
    return session.partition("#")[0]


class AgentSession:
    """The core's view of one session of an agent; nothing here knows of other sessions.

    An agent's own session is called like the agent. Beside it there can be others, named `AGENT#…`: one in which it is
    consulted, one that is about to take the place of its own.
    """

    def __init__(self, name: str, consult: Consult | None = None) -> None:
        # Which session it is: events and effects name it as their `agent`.
        self.agent = name
        # What it is asked, if it was opened for that.
        self.consult = consult
        # Which of the agent's models runs it: 0 its own, then those to fall back on.
        self.model = 0
        # Whether effects may be sent to it.
        self.state = SessionState.CLOSED
        # Whether it is speaking, or was asked to.
        self.response = ResponseState.IDLE
        # The response that is ACTIVE.
        self.response_id: str | None = None
        # The last response asked for: asked again when it is refused or cut. None: turn detection made it.
        self.asked: Ask | None = None
        # A response wanted as soon as the present one is done.
        self.owed: Ask | None = None
        # What the caller must not hear of it.
        self.unheard = Unheard()
        # Its response, or the last one, has said something.
        self.spoken = False
        # The caller is speaking on this session; its turn detection will answer.
        self.hearing = False
        # A turn of the caller was committed, which turn detection answers, and no response to it has begun.
        self.turn_open = False
        # Responses since the caller's last turn.
        self.rounds = 0
        # Failures in a row: of opening, of a response, or of staying.
        self.failures = 0
        # When it was opened.
        self.since = 0.0
        # Items that the core put there: their echo is not news for the caller.
        self.seeded: set[str] = set()
        # What the last `session.update` said.
        self.configured: Configuration | None = None

    @property
    def ready(self) -> bool:
        """Whether effects may be sent to it."""
        return self.state is SessionState.READY

    @property
    def busy(self) -> bool:
        """Whether a response runs or was asked for."""
        return self.response is not ResponseState.IDLE

    @property
    def by_hand(self) -> bool:
        """Whether the caller's side says when a turn ends, and all since the last one may belong to the next."""
        return self.configured is not None and self.configured.by_hand

    def move(self, state: SessionState) -> None:
        """Change the session's state; a session that is not READY has no response."""
        if state not in SESSION_MOVES[self.state]:
            raise AssertionError(f"session {self.agent}: {self.state} to {state}")
        self.state = state
        if state is SessionState.CLOSED:
            self.response, self.response_id, self.hearing, self.turn_open = ResponseState.IDLE, None, False, False
            self.unheard = Unheard()
            self.seeded.clear()

    def _turn(self, response: ResponseState) -> None:
        if response not in RESPONSE_MOVES[self.response]:
            raise AssertionError(f"response of {self.agent}: {self.response} to {response}")
        if response is ResponseState.IDLE:
            self.unheard.next = False  # nothing came of the one that was not wanted
        self.response = response

    def ask(self, ask: Ask) -> CreateResponse | None:
        """Want a response: asked now if the session can, else owed."""
        if not self.ready or self.busy or (self.hearing and not ask.by_caller):
            self.owed = ask
            return None
        self._turn(ResponseState.ASKED)
        self.rounds = 0 if ask.by_caller else self.rounds
        self.asked, self.owed = ask, None
        return CreateResponse(self.agent, ask.options, ask.extra, ask.event_id)

    def started(self, response_id: str) -> None:
        """Note `response.created`, whether asked for or made by turn detection."""
        if self.response is ResponseState.IDLE:
            self.asked, self.rounds = None, 0
        if self.response is not ResponseState.ACTIVE:
            self._turn(ResponseState.ACTIVE)
        self.response_id = response_id
        self.turn_open = self.spoken = False

    def finished(self, response_id: str) -> None:
        """Note `response.done`; that of another response than the active one changes nothing."""
        if self.response is ResponseState.ACTIVE and response_id == self.response_id:
            self._turn(ResponseState.IDLE)
            self.response_id = None
            self.rounds += 1

    @property
    def ending(self) -> bool:
        """Whether its response was cancelled or interrupted: another one can be asked for."""
        if self.response is ResponseState.ASKED:
            return self.unheard.next
        return self.busy and self.response_id == self.unheard.muted

    def again(self) -> None:
        """Owe the last response asked for once more: nothing came of it."""
        if not self.unheard.next:
            self.owed = self.owed or self.asked
        self.refused()

    def refused(self) -> None:
        """Note that nothing comes of the last `response.create`."""
        if self.response is ResponseState.ASKED:
            self._turn(ResponseState.IDLE)

    def rejected(self, event_id: str | None, param: str | None) -> bool:
        """Note a refusal; return whether it was the response asked for, which then is not asked again."""
        asked = self.asked
        if self.response is not ResponseState.ASKED or asked is None:
            return False
        if (event_id is None or event_id != asked.event_id) and not (param or "").startswith("response"):
            return False
        self._turn(ResponseState.IDLE)
        self.asked = None
        return True

    def pay(self) -> CreateResponse | None:
        """Ask what is owed, if the session can now."""
        return self.ask(self.owed) if self.owed else None

"""One agent's session inside one call, and all of a call's sessions.

    CLOSED → OPENING → READY → CLOSED        (OPENING → CLOSED when it cannot be opened)

There is one owner of `response.create`: `AgentSession.ask`. A new turn of the caller cancels what is owed, because the
session answers that turn anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core.effects import CreateResponse
from orchestrator.core.events import CallerSettings
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.core.response import Ask, Response
from orchestrator.core.turn import Cue, Turn

if TYPE_CHECKING:
    from orchestrator.team import Consult as Edge


RAN = 16


class SessionState(Enum):
    CLOSED = "closed"
    OPENING = "opening"
    READY = "ready"


SESSION_MOVES = {
    SessionState.CLOSED: {SessionState.OPENING},
    SessionState.OPENING: {SessionState.READY, SessionState.CLOSED},
    SessionState.READY: {SessionState.CLOSED},
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a session was told with its last `session.update`, as far as it can change during a call."""

    settings: CallerSettings
    variables: Mapping[str, Any]  # those that the agent's instructions mention
    by_hand: bool = False  # the caller's side says when a turn ends


@dataclass(slots=True)
class Consult:
    """The question that a session was opened to answer, or the message that it works on."""

    asker: SessionId  # the session that asked
    call_id: str | None  # our id of its function call; None: it wrote a message, and does not wait
    edge: Edge
    question: str
    depth: int  # 1: asked by the agent that has the caller
    steps: int = 0  # messages that led to it, since a caller has said anything
    words: str = ""  # of the response that runs
    ran: tuple[str, ...] = ()  # the last `RAN` outcomes of functions that it called, for when it is asked once more

    def note(self, name: str, output: str) -> None:
        """Remember what came of a function that was called to answer it."""
        self.ran = (*self.ran, f"{name} → {output}")[-RAN:]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The items, mostly one, in which a session that was opened again was told the older lines together."""

    item_ids: tuple[str, ...]
    before: int  # the number of the first line that is not in them


@dataclass(slots=True, eq=False)
class AgentSession:
    """The core's view of one session of an agent; it knows nothing of other sessions."""

    id: SessionId
    consult: Consult | None = None  # what it was opened to answer
    model: int = 0  # which of the agent's models runs it: 0 its own, then those to fall back on
    state: SessionState = SessionState.CLOSED
    turn: Turn = Turn.QUIET  # the caller's, as this session hears it
    response: Response = field(default_factory=Response)
    failures: int = 0  # in a row: of opening, of a response, or of staying
    since: float = 0.0  # when it was opened
    silence: str | None = None  # the item that stands for the caller's silence (`idle_timeout_ms`)
    spoke_at: float = 0.0  # when the caller began to speak
    heard_until: float = 0.0  # for so long it is believed that the caller speaks, while no end of it is reported
    seeded: set[str] = field(default_factory=set)  # items that the core put there: their echo is no news for the caller
    earlier: Earlier | None = None  # what it was told together of what its agent knew before
    configured: Configuration | None = None  # what the last `session.update` said
    edition: int = 0  # of its agent's tools, that it was told of

    @property
    def agent(self) -> str:
        """Whose session it is."""
        return self.id.agent

    @property
    def own(self) -> bool:
        """Whether it is the agent's own, the one that can have the caller."""
        return self.id.kind is SessionKind.OWN

    @property
    def ready(self) -> bool:
        """Whether effects may be sent to it."""
        return self.state is SessionState.READY

    @property
    def by_hand(self) -> bool:
        """Whether the caller's side says when a turn ends, and all since the last one may belong to the next."""
        return self.configured is not None and self.configured.by_hand

    @property
    def engaged(self) -> bool:
        """Whether somebody speaks on it, or is about to: the caller, the agent, or the agent as soon as it can."""
        return self.turn is not Turn.QUIET or self.response.busy or self.response.owed is not None

    def move(self, state: SessionState) -> None:
        """Change the session's state along the table; a session that is CLOSED has neither turn nor response."""
        if state not in SESSION_MOVES[self.state]:
            raise AssertionError(f"session {self.id}: {self.state} to {state}")
        self.state = state
        if state is SessionState.CLOSED:
            self.cue(Cue.LEFT)
            self.response.close()
            self.seeded.clear()
            self.earlier = None

    def cue(self, cue: Cue) -> None:
        """Move the caller's turn."""
        self.turn = self.turn.after(cue)

    def ask(self, ask: Ask) -> CreateResponse | None:
        """Ask for a response: now if the session can take it, else it is owed."""
        if not self.ready or self.response.busy or (self.turn.speaking and not ask.by_caller):
            self.response.owe(ask)
            return None
        self.response.ask(ask)
        return CreateResponse(self.id, ask.options, ask.extra, ask.event_id)

    def started(self, response_id: str) -> None:
        """Note `response.created`: the turn is being answered."""
        self.response.started(response_id)
        self.cue(Cue.ANSWERED)


class Sessions:
    """The sessions of a call: each agent's own, and those beside them."""

    def __init__(self, agents: Iterable[str]) -> None:
        # Agent → its own session, open or not.
        self.own = {agent: AgentSession(SessionId(agent)) for agent in agents}
        # Consults and successors, while there are any.
        self.beside: dict[SessionId, AgentSession] = {}
        # How many were ever beside: each has a number of its own.
        self._count = 0

    def __iter__(self) -> Iterator[AgentSession]:
        yield from self.own.values()
        yield from self.beside.values()

    def find(self, session_id: SessionId) -> AgentSession | None:
        """Return a session; None for one that is gone."""
        if session_id.kind is SessionKind.OWN:
            return self.own.get(session_id.agent)
        return self.beside.get(session_id)

    def add(self, agent: str, kind: SessionKind, consult: Consult | None = None) -> AgentSession:
        """Return a new session of an agent, beside its own and on the model that works for that one."""
        self._count += 1
        session_id = SessionId(agent, kind, self._count)
        session = self.beside[session_id] = AgentSession(session_id, consult)
        session.model = self.own[agent].model
        return session

    def remove(self, session: AgentSession) -> None:
        """Forget a session beside an agent's own."""
        del self.beside[session.id]

    def replace(self, successor: AgentSession) -> None:
        """Put a successor in the place of the agent's own session."""
        del self.beside[successor.id]
        successor.id = SessionId(successor.agent)
        self.own[successor.agent] = successor

    def successor(self, agent: str) -> AgentSession | None:
        """Return the session that is about to replace an agent's own; None when there is none."""
        named = (one for one in self.beside.values() if one.agent == agent and one.id.kind is SessionKind.SUCCESSOR)
        return next(named, None)

    def consults(self) -> list[AgentSession]:
        """Return the sessions that answer a question."""
        return [session for session in self.beside.values() if session.consult is not None]

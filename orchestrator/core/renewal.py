"""Sessions that outlive their limit: a provider lets a session live for an hour, a call may last longer.

Some time before a session's end a second one is opened beside it (`front#next`). In a moment in which nobody speaks and
nothing is waited for, it is told the conversation and takes the place of the first, which is closed: the caller
notices nothing. Agents do so one after the other, not all at once. When no such moment comes the session runs into its
limit and is opened again like any other that drops.
"""

from __future__ import annotations

from orchestrator.core import functions, opening, recovery
from orchestrator.core.effects import CloseSession, ReplaceSession
from orchestrator.core.session import AgentSession, SessionState, agent_of
from orchestrator.core.state import Phase, State

EARLY = 120.0  # seconds before the end of a session at which its successor is opened …
APART = 20.0  # … and as much earlier for each agent before it in the team file
SHORTEST = 0.5  # of a session's life, that it is used before it is renewed
LOOK = 0.5  # seconds between two looks for a quiet moment
AGAIN = 10.0  # seconds until another try, when the successor could not be opened


def plan(call: State, session: AgentSession, lasts: float | None) -> None:
    """Note when a session that has just opened must be renewed."""
    if lasts is not None:
        agent = agent_of(session.agent)
        early = EARLY + APART * list(call.team.agents).index(agent)
        call.out.start_timer(f"renew:{agent}", max(lasts - early, lasts * SHORTEST))


def begin(call: State, agent: str) -> None:
    """Open the successor of an agent's session; one that has waited for so long itself is let go of."""
    forget(call, agent)
    if call.sessions[agent].ready:
        session = call.sessions[f"{agent}#next"] = AgentSession(f"{agent}#next")
        session.model = call.sessions[agent].model
        opening.open_session(call, session.agent)


def opened(call: State, session: AgentSession) -> None:
    """Begin to look for a quiet moment."""
    look(call, agent_of(session.agent))


def look(call: State, agent: str) -> None:
    """Let the successor take over if it is quiet, else look again soon."""
    if quiet(call, call.sessions[agent]):
        take_over(call, agent)
    else:
        call.out.start_timer(f"look:{agent}", LOOK)


def quiet(call: State, session: AgentSession) -> bool:
    """Return whether nothing is said or waited for on a session."""
    moving = call.handoff is not None and session.agent in (call.handoff.source, call.handoff.target)
    engaged = session.busy or session.owed is not None or session.hearing or session.turn_open
    if not session.ready or moving or engaged or functions.waiting(call, session.agent):
        return False
    return session is not call.active or (call.phase is Phase.TALKING and not call.awaiting_words)


def take_over(call: State, agent: str) -> None:
    """Put the successor in the place of the agent's session, in one go: what was said, then the caller's audio."""
    old, session = call.sessions[agent], call.sessions.pop(f"{agent}#next")
    call.out.do(ReplaceSession(agent, session.agent))
    old.move(SessionState.CLOSED)
    session.agent = agent
    call.sessions[agent] = session
    functions.orphan(call, agent)
    opening.reconfigure(call)
    recovery.restore(call, session)
    if session is call.listener:
        call.replay(agent)
    call.announce("session.renewed", agent=agent)


def lost(call: State, session: AgentSession, *, fatal: bool) -> None:
    """Try again later, unless that cannot help: the session that is to be renewed still lives."""
    agent = agent_of(session.agent)
    session.move(SessionState.CLOSED)
    del call.sessions[session.agent]
    call.out.stop_timer(f"look:{agent}")
    if not fatal:
        call.out.start_timer(f"renew:{agent}", AGAIN)


def forget(call: State, agent: str) -> None:
    """Give up a renewal."""
    for timer in (f"renew:{agent}", f"look:{agent}"):
        call.out.stop_timer(timer)
    session = call.sessions.pop(f"{agent}#next", None)
    if session is not None:
        session.move(SessionState.CLOSED)
        call.out.do(CloseSession(session.agent))

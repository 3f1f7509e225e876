"""Sessions that outlive their limit: a provider lets a session live for an hour, a call may last longer.

Some time before a session's end a successor is opened beside it. In a quiet moment, when no answer is outstanding, it
is told the conversation and takes the place of the first, which is closed: the caller notices nothing.
Agents do so one after the other, not all at once. When no such moment comes, the session runs into its limit and is
opened again like any other that drops.
"""

from __future__ import annotations

from orchestrator.core import briefing, functions, opening
from orchestrator.core.effects import ReplaceSession
from orchestrator.core.ids import SessionKind, TimerKind
from orchestrator.core.session import AgentSession, SessionState
from orchestrator.core.state import Phase, State

EARLY = 120.0  # seconds before the end of a session at which its successor is opened …
APART = 20.0  # … and as much earlier for each agent before it in the team file
SHORTEST = 0.5  # of a session's life, that it is used before it is renewed
LOOK = 0.5  # seconds between two looks for a quiet moment
AGAIN = 10.0  # seconds until another try, when the successor could not be opened


def plan(call: State, session: AgentSession, lasts: float | None) -> None:
    """Note when a session that has just opened must be renewed."""
    if lasts is not None:
        early = EARLY + APART * list(call.team.agents).index(session.agent)
        call.start_timer(TimerKind.RENEW, max(lasts - early, lasts * SHORTEST), session.agent)


def begin(call: State, agent: str) -> None:
    """Open the successor of an agent's session; one that has been waiting has aged too, and is replaced."""
    forget(call, agent)
    if call.sessions.own[agent].ready:
        opening.open_session(call, call.sessions.add(agent, SessionKind.SUCCESSOR))


def look(call: State, agent: str) -> None:
    """Let the successor take over if it is quiet, else look again soon."""
    if quiet(call, call.sessions.own[agent]):
        take_over(call, agent)
    else:
        call.start_timer(TimerKind.LOOK, LOOK, agent)


def quiet(call: State, session: AgentSession) -> bool:
    """Return whether nothing is said or waited for on a session."""
    handoff = call.route.handoff
    moving = handoff is not None and session.agent in (handoff.source, handoff.target)
    if not session.ready or moving or session.engaged or functions.waiting(call, session):
        return False
    return session is not call.active or (call.phase is Phase.TALKING and not call.awaiting_words)


def take_over(call: State, agent: str) -> None:
    """Put the successor in the place of the agent's session, in one go: what was said, then the caller's audio."""
    old, session = call.sessions.own[agent], call.sessions.successor(agent)
    assert session is not None  # it is what looks
    call.do(ReplaceSession(old.id, session.id))
    opening.closed(call, old)
    functions.orphan(call, old)
    call.sessions.replace(session)
    opening.reconfigure(call)
    briefing.restore(call, session)
    if session is call.listener:
        call.replay(session)
    call.announce("session.renewed", agent=agent)


def lost(call: State, session: AgentSession, *, fatal: bool) -> None:
    """Try again later, unless that cannot help: the session that is to be renewed still lives."""
    session.move(SessionState.CLOSED)
    call.sessions.remove(session)
    call.stop_timer(TimerKind.LOOK, session.agent)
    if not fatal:
        call.start_timer(TimerKind.RENEW, AGAIN, session.agent)


def forget(call: State, agent: str) -> None:
    """Give up a renewal."""
    for timer in (TimerKind.RENEW, TimerKind.LOOK):
        call.stop_timer(timer, agent)
    session = call.sessions.successor(agent)
    if session is not None:
        opening.close(call, session)
        call.sessions.remove(session)

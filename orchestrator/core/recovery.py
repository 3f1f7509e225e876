"""Agents' own sessions that open, drop and come back, so that the caller never meets silence.

The session of the agent that has the caller is opened again at once, then after growing pauses; it is told what was
said, hears the caller's last words again if they were not transcribed yet, and is asked again for a reply that was cut.
"""

from __future__ import annotations

from orchestrator.core import briefing, functions, handoff, opening, renewal
from orchestrator.core import effects as do
from orchestrator.core.events import Ending, SessionLost
from orchestrator.core.ids import TimerKind
from orchestrator.core.response import Ask
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State
from orchestrator.core.wording import DROPPED

TRIES = 5  # of opening the session of the agent that has the caller
PAUSE = 0.5  # seconds before the second try; doubled each time
WARM_TRIES = 3  # of opening a session ahead of need
WARM_PAUSE = 5.0  # seconds before each
STEADY = 30.0  # seconds of a session after which its end is not one failure more in a row


def opened(call: State, session: AgentSession) -> None:
    """Put a session to use: tell it what its agent knew, then give it the caller if it was waited for."""
    briefing.restore(call, session)
    if call.route.handoff is None and session is call.active:
        if call.phase is Phase.RECOVERING:
            call.announce("session.restored", agent=session.agent)
        call.move(Phase.TALKING)
        take_up(call, session)
        opening.warm(call)


def take_up(call: State, session: AgentSession) -> None:
    """Go on with the caller: words that were not transcribed are heard again; a reply that was cut is owed."""
    turn = call.caller.hold.release_turn() if call.transcript.incomplete else []
    for frame in turn:
        call.do(do.SendAudio(session.id, frame.frame))
    if turn:
        call.do(do.CommitAudio(session.id))
    elif session.response.owed is not None and call.transcript.begun:
        call.tell(session, DROPPED)
    call.replay(session)


def lost(call: State, session: AgentSession, event: SessionLost) -> None:
    """Handle the loss of a session: of the agent that has the caller, of a handoff's end, or of a warm one."""
    call.announce("session.lost", agent=session.agent)
    if session.ready and call.now - session.since >= STEADY:
        session.failures = 0
    response = session.response
    if (response.busy and not response.ending) or session.turn.awaited:
        response.owe(response.owed or response.asked or Ask(call.reply()))
    close(call, session)
    session.failures += 1
    current = call.route.handoff
    if current is not None and session.agent == current.target:
        lost_target(call, session, event)
    elif current is not None and session.agent == current.source:
        response.owe(None)
        handoff.stop_waiting(call)
    elif session is call.active:
        lost_active(call, session, event)
    elif opening.fall_back(call, session, event, WARM_TRIES) or (not event.fatal and session.failures <= WARM_TRIES):
        response.owe(None)
        call.start_timer(TimerKind.REOPEN, WARM_PAUSE, session.id)


def close(call: State, session: AgentSession) -> None:
    """Note that a session is gone: its response is closed for the caller, its function calls lose their address."""
    floor, response = call.caller.floor, session.response
    response_id, hidden = response.id, response.unheard.hidden
    opening.closed(call, session)
    renewal.forget(call, session.agent)
    if response_id is not None and response_id != hidden and session.agent in (call.route.active, floor.farewell):
        call.do(do.EndResponse(response_id, "failed"))
    if floor.bridge is not None and floor.bridge[0] == session.agent:
        floor.bridge = None
    functions.orphan(call, session)


def lost_target(call: State, session: AgentSession, event: SessionLost) -> None:
    """Open the target of a handoff once more, or take the handoff back."""
    current = call.route.handoff
    assert current is not None
    fallen_back = opening.fall_back(call, session, event, handoff.TRIES)
    if not fallen_back and (event.fatal or session.failures >= handoff.TRIES):
        session.failures = 0
        handoff.abort(call, "the line to it could not be opened")
    else:
        current.asked = False
        opening.open_session(call, session)


def lost_active(call: State, session: AgentSession, event: SessionLost) -> None:
    """Open the session of the agent that has the caller again, or end the call with a clear reason."""
    fallen_back = opening.fall_back(call, session, event, TRIES)
    if not fallen_back and (event.fatal or session.failures >= TRIES):
        opening.end(call, Ending.UNREACHABLE, f"the agent {session.agent!r} cannot be reached")
        return
    if call.phase is Phase.TALKING:
        call.move(Phase.RECOVERING)
    if session.failures <= 1:
        opening.open_session(call, session)
    else:
        call.start_timer(TimerKind.REOPEN, PAUSE * 2 ** (session.failures - 2), session.id)

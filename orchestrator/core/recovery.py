"""Sessions that open, drop and come back, so that the caller never meets silence.

A session of the agent that has the caller is opened again at once, then after growing pauses; it is told what was
said, gets the caller's last words again if nobody knows them yet, and is asked again for the reply that was cut.
"""

from __future__ import annotations

from orchestrator.core import handoff, hearing, sessions
from orchestrator.core.effects import AddItem, CloseSession, CommitAudio, EndResponse, SendAudio
from orchestrator.core.events import SessionLost
from orchestrator.core.functions import Answerer
from orchestrator.core.session import AgentSession, Ask, SessionState
from orchestrator.core.state import Phase, State
from orchestrator.core.transcript import message, reseed

TRIES = 5  # of opening the session of the agent that has the caller
PAUSE = 0.5  # seconds before the second try; doubled each time
WARM_TRIES = 3  # of opening a session that nobody waits for
WARM_PAUSE = 5.0  # seconds before each
UNREACHABLE = 4500  # close code: the agent's provider cannot be reached; see the gateway's table
DROPPED = "The line to you dropped while you were answering. Go on where you stopped; do not repeat what was said."


def opened(call: State, agent: str) -> None:
    """Put a session to use: give it what it has to know, then the caller if it was waited for."""
    session = call.sessions[agent]
    if session.state is not SessionState.OPENING:
        return
    session.move(SessionState.READY)
    sessions.reconfigure(call)
    restore(call, session)
    if call.handoff is not None:
        handoff.proceed(call)
    elif agent == call.route.active:
        if call.phase is Phase.RECOVERING:
            call.announce("session.restored", agent=agent)
        call.move(Phase.TALKING)
        take_up(call, session)
        sessions.warm(call)


def restore(call: State, session: AgentSession) -> None:
    """Tell a session that is opened again what its agent knew before."""
    lines = call.transcript.history(session.agent)
    if not any(line.agent == session.agent for line in lines):
        return
    for item in reseed(session.agent, lines):
        session.seeded.add(str(item["id"]))
        call.out.do(AddItem(session.agent, item))
    call.transcript.mark(session.agent)


def take_up(call: State, session: AgentSession) -> None:
    """Go on with the caller: words nobody knows are heard again, a reply that was cut is asked again."""
    turn = call.caller.hold.release_turn() if call.transcript.incomplete else []
    for frame in turn:
        call.out.do(SendAudio(session.agent, frame.frame))
    if turn:
        call.out.do(CommitAudio(session.agent))
    elif session.owed is not None and call.transcript.begun:
        item = message("system", "input_text", DROPPED, f"dropped_{call.transcript.count}")
        session.seeded.add(str(item["id"]))
        call.out.do(AddItem(session.agent, item))
    for frame in call.caller.hold.release_preroll():
        call.out.do(SendAudio(session.agent, frame.frame))
        call.caller.hold.sent(frame, speaking=True)
    call.pay(session.agent)


def lost(call: State, event: SessionLost) -> None:
    """Handle the loss of a session: of the agent that has the caller, of a handoff's end, or of a warm one."""
    session = call.sessions[event.agent]
    if session.state is SessionState.CLOSED:
        return
    call.announce("session.lost", agent=event.agent)
    if session.busy or session.turn_open:
        session.owed = session.owed or session.asked or Ask(call.reply())
    close(call, session)
    session.failures += 1
    current = call.handoff
    if current is not None and event.agent == current.target:
        lost_target(call, event)
    elif current is not None and event.agent == current.source:
        session.owed = None
        current.waits.clear()
        handoff.proceed(call)
    elif event.agent == call.route.active:
        lost_active(call, event)
    elif not event.fatal and session.failures <= WARM_TRIES:
        session.owed = None
        call.out.start_timer(f"reopen:{event.agent}", WARM_PAUSE)


def close(call: State, session: AgentSession) -> None:
    """Note that a session is gone: its response is closed for the caller, its function calls lose their address."""
    agent, response_id, hidden = session.agent, session.response_id, session.unheard.hidden
    session.move(SessionState.CLOSED)
    call.transcript.unmark(agent)
    for timer in (f"answer:{agent}", f"owed:{agent}"):
        call.out.stop_timer(timer)
    visible = response_id is not None and response_id != hidden
    if visible and agent in (call.route.active, call.caller.floor.farewell):
        call.out.do(EndResponse(str(response_id), "failed"))
    if agent == call.caller.floor.farewell:
        hearing.open_floor(call)
    for call_id, function in list(call.functions.items()):
        if function.agent == agent:
            function.orphan = True
            if function.answerer is Answerer.HANDOFF:
                del call.functions[call_id]


def lost_target(call: State, event: SessionLost) -> None:
    """Open the target of a handoff once more, or take the handoff back."""
    assert call.handoff is not None
    if event.fatal or call.sessions[event.agent].failures >= handoff.TRIES:
        call.sessions[event.agent].failures = 0
        handoff.abort(call, "the line to it could not be opened")
    else:
        call.handoff.stage = handoff.Stage.PREPARING
        sessions.open_session(call, event.agent)


def lost_active(call: State, event: SessionLost) -> None:
    """Open the session of the agent that has the caller again, or end the call with a clear word."""
    failures = call.active.failures
    if event.fatal or failures >= TRIES:
        sessions.end(call, UNREACHABLE, f"the agent {event.agent!r} cannot be reached")
        return
    if call.phase is Phase.TALKING:
        call.move(Phase.RECOVERING)
    if failures == 1:
        sessions.open_session(call, event.agent)
    else:
        call.out.start_timer(f"reopen:{event.agent}", PAUSE * 2 ** (failures - 2))


def unanswered(call: State, agent: str) -> None:
    """Ask again when nothing came of `response.create`; a session that stays mute is given up."""
    session = call.sessions[agent]
    session.failures += 1
    session.again()
    if session.failures <= 1:
        call.pay(agent)
        return
    call.out.do(CloseSession(agent))
    lost(call, SessionLost(agent, "it did not answer", code="timeout"))

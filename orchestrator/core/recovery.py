"""Sessions that open, drop and come back, so that the caller never meets silence.

A session of the agent that has the caller is opened again at once, then after growing pauses; it is told what was
said, gets the caller's last words again if nobody knows them yet, and is asked again for the reply that was cut.
"""

from __future__ import annotations

from orchestrator.core import consults, functions, handoff, opening, relay, renewal
from orchestrator.core.effects import CloseSession, CommitAudio, EndResponse, SendAudio
from orchestrator.core.events import SessionLost, SessionOpened
from orchestrator.core.memory.transcript import Speaker
from orchestrator.core.session import AgentSession, Ask, SessionState, agent_of
from orchestrator.core.state import Phase, State

FATAL = frozenset({"insufficient_quota", "account_deactivated", "billing_hard_limit_reached"})  # codes of `error`
TRIES = 5  # of opening the session of the agent that has the caller
PAUSE = 0.5  # seconds before the second try; doubled each time
WARM_TRIES = 3  # of opening a session that nobody waits for
WARM_PAUSE = 5.0  # seconds before each
STEADY = 30.0  # seconds of a session after which its end is not one failure more in a row
UNREACHABLE = 4500  # close code: the agent's provider cannot be reached; see the gateway's table
DROPPED = "The line to you dropped while you were answering. Go on where you stopped; do not repeat what was said."


def opened(call: State, event: SessionOpened) -> None:
    """Put a session to use: give it what it has to know, then the caller if it was waited for."""
    agent, session = event.agent, call.sessions.get(event.agent)
    if session is None or session.state is not SessionState.OPENING:
        return
    session.move(SessionState.READY)
    session.since = call.now
    opening.reconfigure(call)
    if session.consult is not None:
        consults.opened(call, session)
        return
    renewal.plan(call, session, event.lasts)
    if agent != agent_of(agent):
        renewal.opened(call, session)
        return
    restore(call, session)
    if call.handoff is not None:
        handoff.proceed(call)
    elif agent == call.route.active:
        if call.phase is Phase.RECOVERING:
            call.announce("session.restored", agent=agent)
        call.move(Phase.TALKING)
        take_up(call, session)
        opening.warm(call)


def restore(call: State, session: AgentSession) -> None:
    """Tell a session that is opened again what its agent knew before."""
    for line in call.transcript.known(session.agent):
        match line.speaker:
            case Speaker.TEAM:  # what it holds may have turned out to be secret since
                call.tell(session.agent, call.variables.mask(str(line.text), line.passed))
            case Speaker.TOOL:  # the new session knows no such function call
                call.tell(session.agent, f"Earlier in this call: {line}")
            case _:
                call.put(session.agent, line.item())


def take_up(call: State, session: AgentSession) -> None:
    """Go on with the caller: words nobody knows are heard again, a reply that was cut is asked again."""
    turn = call.caller.hold.release_turn() if call.transcript.incomplete else []
    for frame in turn:
        call.out.do(SendAudio(session.agent, frame.frame))
    if turn:
        call.out.do(CommitAudio(session.agent))
    elif session.owed is not None and call.transcript.begun:
        call.tell(session.agent, DROPPED)
    call.replay(session.agent)
    call.pay(session.agent)


def lost(call: State, event: SessionLost) -> None:
    """Handle the loss of a session: of the agent that has the caller, of a handoff's end, or of a warm one."""
    session = call.sessions.get(event.agent)
    if session is None or session.state is SessionState.CLOSED:
        return
    if session.consult is not None:
        consults.give_up(call, session, event)
        return
    if event.agent != agent_of(event.agent):
        renewal.lost(call, session, fatal=event.fatal)
        return
    call.announce("session.lost", agent=event.agent)
    if session.ready and call.now - session.since >= STEADY:
        session.failures = 0
    if (session.busy and not session.ending) or session.turn_open:
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
    elif fall_back(call, session, event, WARM_TRIES) or (not event.fatal and session.failures <= WARM_TRIES):
        session.owed = None
        call.out.start_timer(f"reopen:{event.agent}", WARM_PAUSE)


def close(call: State, session: AgentSession) -> None:
    """Note that a session is gone: its response is closed for the caller, its function calls lose their address."""
    agent, response_id, hidden = session.agent, session.response_id, session.unheard.hidden
    session.move(SessionState.CLOSED)
    for timer in (f"answer:{agent}", f"owed:{agent}"):
        call.out.stop_timer(timer)
    renewal.forget(call, agent)
    visible = response_id is not None and response_id != hidden
    if visible and agent in (call.route.active, call.caller.floor.farewell):
        call.out.do(EndResponse(str(response_id), "failed"))
    if call.caller.floor.bridge is not None and call.caller.floor.bridge[0] == agent:
        call.caller.floor.bridge = None
    if agent == call.caller.floor.farewell:
        relay.open_floor(call)
    functions.orphan(call, agent)


def lost_target(call: State, event: SessionLost) -> None:
    """Open the target of a handoff once more, or take the handoff back."""
    assert call.handoff is not None
    fallen_back = fall_back(call, call.sessions[event.agent], event, handoff.TRIES)
    if not fallen_back and (event.fatal or call.sessions[event.agent].failures >= handoff.TRIES):
        call.sessions[event.agent].failures = 0
        handoff.abort(call, "the line to it could not be opened")
    else:
        call.handoff.stage = handoff.Stage.PREPARING
        opening.open_session(call, event.agent)


def lost_active(call: State, event: SessionLost) -> None:
    """Open the session of the agent that has the caller again, or end the call with a clear word."""
    fallen_back = fall_back(call, call.active, event, TRIES)
    failures = call.active.failures
    if not fallen_back and (event.fatal or failures >= TRIES):
        opening.end(call, UNREACHABLE, f"the agent {event.agent!r} cannot be reached")
        return
    if call.phase is Phase.TALKING:
        call.move(Phase.RECOVERING)
    if failures <= 1:
        opening.open_session(call, event.agent)
    else:
        call.out.start_timer(f"reopen:{event.agent}", PAUSE * 2 ** (failures - 2))


def fall_back(call: State, session: AgentSession, event: SessionLost, tries: int) -> bool:
    """Go on with the agent's next model when the present one cannot be had; return whether there is one."""
    agent = agent_of(session.agent)
    if not (event.fatal or session.failures >= tries) or session.model >= len(call.team.agents[agent].fallback):
        return False
    session.model += 1
    session.failures = 0
    call.announce("session.fallback", agent=agent, model=call.team.agents[agent].fallback[session.model - 1])
    return True


def unanswered(call: State, agent: str) -> None:
    """Ask again when nothing came of `response.create`; a session that stays mute is given up."""
    session = call.sessions[agent]
    session.failures += 1
    session.again()
    if session.failures <= 1:
        call.pay(agent)
        return
    abandon(call, session, SessionLost(agent, "it did not answer", code="timeout"))


def abandon(call: State, session: AgentSession, event: SessionLost) -> None:
    """Close a session that is of no use any more and handle its loss; a consult closes its own."""
    if session.consult is None:
        call.out.do(CloseSession(session.agent))
    lost(call, event)

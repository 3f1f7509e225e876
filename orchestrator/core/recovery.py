"""Agents' own sessions that open, drop and come back, so that the caller never meets silence.

The session of the agent that has the caller is opened again at once, then after growing pauses; it is told what was
said, hears the caller's last words again if they were not transcribed yet, and is asked again for a reply that was cut.

A session that stops in the middle of something is given up in the same way, and so is one that goes on and on without
anything to hear, or hears turn after turn and answers none. When nothing is heard of an answer, it is asked for again,
then of the agent's next model, then an apology; then it is the caller's turn.
"""

from __future__ import annotations

from orchestrator.core import briefing, functions, goodbye, handoff, opening, relay, renewal
from orchestrator.core import effects as do
from orchestrator.core.events import Ending, SessionLost
from orchestrator.core.ids import TimerKind
from orchestrator.core.people import persons
from orchestrator.core.response import Ask
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State
from orchestrator.core.turn import Cue, Turn
from orchestrator.core.wording import APOLOGIZE, APOLOGY, DROPPED, MARKER, NOT_BACK_YET, WORDS_LOST

TIMEOUT = "timeout"  # the code of a session that takes too long
TRIES = 5  # of opening the session of the agent that has the caller
PAUSE = 0.5  # seconds before the second try; doubled each time
SLOW_TRIES = 2  # of opening it, when each takes long and there is another model
WARM_TRIES = 3  # of opening a session ahead of need
WARM_PAUSE = 5.0  # seconds before each
UNHEARD = 3  # times the limit of an answer, in which nothing of it is heard although it goes on
MOMENT = 0.7  # seconds for a caller whose words were lost to go on by themselves
STEADY = 30.0  # seconds of a session after which its end is not one failure more in a row


def opened(call: State, session: AgentSession) -> None:
    """Put a session to use: tell it what its agent knew, then give it the caller if it was waited for."""
    briefing.restore(call, session)
    for function in functions.of(call, session):
        if function.orphan and function.answerer in functions.WORKS:
            call.tell(session, NOT_BACK_YET.format(name=function.name))
    if call.route.handoff is None and session is call.active and call.phase is not Phase.AWAY:
        first = call.phase is Phase.OPENING
        if first:
            briefing.introduce(call, session)
        else:
            call.announce("session.restored", agent=session.agent)
        call.move(Phase.TALKING)
        take_up(call, session)
        if first:
            opening.give_notice(call, session)
        opening.warm(call)


def take_up(call: State, session: AgentSession) -> None:
    """Go on with the caller: words that were not transcribed are heard again; a reply that was cut is owed."""
    if call.caller.unheard:
        call.caller.unheard = False
        call.tell(session, WORDS_LOST)
        call.start_timer(TimerKind.OWED, MOMENT, session.id)
        return
    hold = call.caller.hold
    turn = hold.release_turn() if call.transcript.incomplete else []
    begun = hold.release_preroll()
    call.give(session, turn)
    if turn:
        call.do(do.CommitAudio(session.id))
    elif session.response.owed is not None and call.transcript.begun:
        call.tell(session, DROPPED)
    call.give(session, begun)


def lost(call: State, session: AgentSession, event: SessionLost) -> None:
    """Handle the loss of a session: of the agent that has the caller, of a handoff's end, or of a warm one."""
    call.announce("session.lost", agent=session.agent)
    if session.ready and call.now - session.since >= STEADY:
        session.failures = 0
    response = session.response
    if (response.busy and not response.ending) or session.turn.awaited:
        response.owe(wanted(call, session))
    close(call, session)
    session.failures += 1
    current = call.route.handoff
    if session.agent in call.team.persons:
        persons.lost(call, session, event)
    elif current is not None and session.agent == current.target:
        lost_target(call, session, event)
    elif current is not None and session.agent == current.source:
        response.owe(None)
        handoff.stop_waiting(call)
    elif session is call.active:
        lost_active(call, session, event)
    elif opening.fall_back(call, session, event, WARM_TRIES) or (not event.fatal and session.failures <= WARM_TRIES):
        response.owe(None)
        call.start_timer(TimerKind.REOPEN, WARM_PAUSE, session.id)


def wanted(call: State, session: AgentSession) -> Ask:
    """Return what has to be asked for again; what was asked for before the caller spoke has had its answer."""
    response = session.response
    asked = response.asked if response.busy or not session.turn.awaited else None
    return response.owed or asked or Ask(call.reply())


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


def release(call: State) -> None:
    """Close the session of a person who has given the caller back; progress, see `call.py`."""
    current, awaited = call.route.handoff, call.route.waiting
    wanted = {call.route.active, current and current.target, awaited and awaited.person}
    for name in call.team.persons:
        session = call.sessions.own[name]
        if session.ready and name not in wanted and call.caller.floor.farewell != name:
            call.do(do.CloseSession(session.id))
            close(call, session)


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
    fallen_back = opening.fall_back(call, session, event, SLOW_TRIES if event.code == TIMEOUT else TRIES)
    if not fallen_back and (event.fatal or session.failures >= TRIES):
        opening.end(call, Ending.UNREACHABLE, f"the agent {session.agent!r} cannot be reached")
        return
    if call.phase is Phase.TALKING:
        call.move(Phase.RECOVERING)
    if session.failures <= 1:
        opening.open_session(call, session)
    else:
        call.start_timer(TimerKind.REOPEN, PAUSE * 2 ** (session.failures - 2), session.id)


# --- answers of which nothing is heard ---


def look(call: State, session: AgentSession) -> None:
    """Give up a session that has stopped in the middle of something; look again later at one that goes on."""
    response, limit = session.response, call.team.limits.answer
    if not response.busy and session.turn is Turn.QUIET:
        response.since = None
        return
    left = response.progress.at + limit - call.now
    if response.since is not None:
        left = min(left, response.since + UNHEARD * limit - call.now)
    if left <= 0 and session.turn.speaking and not call.caller.hold.still():
        left = session.heard_until - call.now
    if left > 0:
        call.start_timer(TimerKind.ANSWER, min(left, limit), session.id)
        return
    if session.turn.speaking:
        end_turn(call, session)
    give_up(call, session, TIMEOUT)


def end_turn(call: State, session: AgentSession) -> None:
    """End a turn of which the session reports no end: the next session hears it, and answers."""
    if call.caller.hold.committed():
        call.transcript.caller_spoke(session.agent, call.items.new_id())
    session.cue(Cue.DETECTED)


def give_up(call: State, session: AgentSession, code: str) -> None:
    """Close a session that has stopped in the middle of something; the next one is asked for what is missing."""
    response = session.response
    said = response.id is not None and response.progress.complete and answered(call, session)
    if said:
        call.do(do.EndResponse(str(response.id), "completed"))
        response.finished(str(response.id))
        response.missed = 0
    owed = response.owed is not None and not said
    missing = owed or session.turn.awaited or (response.busy and not response.ending)
    if response.busy:
        relay.cancel(call, session)
    waited = missing and session is call.active and call.route.handoff is None
    if waited:
        response.owe(wanted(call, session))
    session.cue(Cue.LEFT)
    fatal = waited and miss(call, session, code)
    abandon(call, session, SessionLost(session.id, "it has stopped in the middle", code, fatal))


def unheard(call: State, session: AgentSession, code: str, tries: int = 1) -> None:
    """Handle the end of a response of which the caller has heard nothing."""
    if miss(call, session, code, tries):
        abandon(call, session, SessionLost(session.id, "nothing is heard of it", code, fatal=True))


def miss(call: State, session: AgentSession, code: str, tries: int = 1) -> bool:
    """Owe what follows an answer of which nothing was heard; return whether the agent's next model has to give it.

    The same again, `tries` times, or once and then of the next model; then an apology; then nothing.
    """
    response = session.response
    again = wanted(call, session)
    response.missed += 1
    call.announce("response.unheard", agent=session.agent, reason=code)
    if response.missed > 1 and opening.next_model(call, session):
        response.missed = 0
        response.owe(again)
        return True
    if response.missed <= tries:
        response.owe(again)
    elif (again.options.get("metadata") or {}).get(MARKER) == APOLOGY:
        response.missed = 0
        response.owe(None)
    else:
        call.do(do.Refuse("server_error", f"The agent {session.agent!r} could not answer ({code})."))
        goodbye.ended(call, again, said=False)
        response.owe(None if call.caller.goodbye else call.line("", APOLOGIZE, APOLOGY))
    return False


def answered(call: State, session: AgentSession) -> bool:
    """Return whether a response was an answer: it was heard (read, in a session in text), or has called a function."""
    progress, asked = session.response.progress, session.response.asked
    modalities = asked.options.get("output_modalities") if asked else call.caller.settings.modalities
    return progress.called or (progress.audible if "audio" in (modalities or ()) else progress.spoken)


def abandon(call: State, session: AgentSession, event: SessionLost) -> None:
    """Close a session that is of no use any more and handle its loss."""
    call.do(do.CloseSession(session.id))
    lost(call, session, event)

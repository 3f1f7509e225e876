"""A call goes on in another process: nothing of what the one before had open is there, and all that was said is known.

| what | becomes |
| --- | --- |
| the session of the agent that has the caller | opened at once; told what its agent knew |
| other agents' sessions, successors | gone; opened as `warm` wants, once the caller has an agent |
| an answer in the middle | what was said of it stays said; the agent is asked for it again |
| an answer that has called a function | is over: the agent goes on with what comes of that |
| words of the caller that were not transcribed | are lost: the agent asks for them, unless the caller goes on |
| a handoff | goes on: the target is opened and briefed anew; a summary that was not done is left out |
| the farewell and the bridge of one | gone; what waited behind them was never heard |
| a caller who waits for a person | waits on, for what is left of the time; whoever came by themselves is gone |
| a caller who is connected to somebody outside | is back: nobody has answered there |
| a person who has the caller | is lost, see `people/persons.py` |
| tools, consults, approvals, functions of the caller's application | see `work.py` |
| timers | run on with what is left of their time |
| audio that was held | gone; other events that were held are not |

The caller hears nothing of it, unless an answer was cut.
"""

from __future__ import annotations

from orchestrator.core import functions, goodbye, handoff, opening, recovery
from orchestrator.core.away import coming_back
from orchestrator.core.effects import EndResponse, StartTimer
from orchestrator.core.events import AudioProduced, ResponseStarted, SessionLost, TranscriptProduced
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.in_progress import Handoff, Waiting
from orchestrator.core.people import persons, waiting
from orchestrator.core.response import Response, ResponseState
from orchestrator.core.session import AgentSession, SessionState
from orchestrator.core.state import Phase, State
from orchestrator.core.takeover import work
from orchestrator.core.takeover.events import CallTakenOver

LEAST_MS = 300.0  # of an answer that were not heard, for which it is worth to be asked for again
GONE = "the connection to them was lost"


def taken_over(call: State, event: CallTakenOver) -> None:
    """Go on with a call that another process had, unless its caller had not joined yet."""
    if call.shared.began is None:
        return
    for timer, due in call.agenda.timers.items():
        call.do(StartTimer(timer, max(0.0, due - call.now)))
    call.touch()
    call.announce("call.taken_over", agent=call.route.active, models=fallbacks(call))
    unseen = clear(call)
    cut = unheard(call, event)
    moving = call.route.handoff is not None or call.route.active in call.team.persons or call.phase is Phase.AWAY
    owes = not moving and missing(call, cut)
    if call.awaiting_words:
        call.transcript.give_up()
    wanted = recovery.wanted(call, call.active)
    for session in call.sessions.own.values():
        if session.ready:
            end_response(call, session, unseen)
        close(call, session)
    call.active.response.owe(wanted if owes else None)
    work.go_on(call)
    if call.caller.goodbye is not None and not call.caller.goodbye.done:
        call.start_timer(TimerKind.GOODBYE, goodbye.GOODBYE_SECONDS)
    reopen(call)


def fallbacks(call: State) -> dict[str, str]:
    """Return the models of agents that have fallen back on one."""
    own = call.sessions.own.values()
    return {one.agent: call.team.agents[one.agent].fallback[one.model - 1] for one in own if one.model}


# --- what is gone ---


def clear(call: State) -> set[str]:
    """Drop audio and what waited to be heard; return the responses of which the caller was told nothing."""
    side, floor = call.caller, call.caller.floor
    side.hold.clear_audio()
    side.hold.transcribed()
    floor.bridge = None
    call.stop_timer(TimerKind.FAREWELL)
    waited = floor.open()
    for item_id in {one.item_id for one in waited if isinstance(one, AudioProduced | TranscriptProduced)}:
        call.transcript.cut(item_id, 0.0)
    return {one.response_id for one in waited if isinstance(one, ResponseStarted)}


def unheard(call: State, event: CallTakenOver) -> bool:
    """Keep of what was said what was heard; return whether the agent that has the caller has to say it again."""
    playback = call.caller.playback
    rest = playback.behind(event.item_id, event.ms)
    if event.silent is not None and not playback.knows(event.item_id):
        rest = playback.remaining(call.now - event.silent) * 1000
    cuts = playback.take_back(rest, call.now) if rest >= LEAST_MS else []
    for _, item_id, share in cuts:
        call.transcript.cut(item_id, share)
    return any(agent == call.route.active for agent, _, _ in cuts)


def missing(call: State, cut: bool) -> bool:
    """Return whether the caller waits for an answer of the agent that has them; note whether their words are lost."""
    session, response, side = call.active, call.active.response, call.caller
    side.unheard = side.goodbye is None and (
        session.turn.speaking or (session.turn.awaited and call.transcript.incomplete)
    )
    if cut or side.unheard or session.turn.awaited or response.owed is not None:
        return True
    return response.busy and not response.ending and not has_called(response)


def has_called(response: Response) -> bool:
    """Return whether the response that runs has called a function: with what comes of it the agent goes on.

    One of words alone whose end is missing may have had more to say, even if all that it had begun is done.
    """
    begun = response.state is ResponseState.ACTIVE and not response.ending
    return begun and response.progress.complete and response.progress.called


def end_response(call: State, session: AgentSession, unseen: set[str]) -> None:
    """Close for the caller what they saw begin of a response."""
    response, response_id = session.response, session.response.id
    if response_id is None:
        return
    done = has_called(response)
    if response_id != response.unheard.hidden and response_id not in unseen:
        call.do(EndResponse(response_id, "completed" if done else "cancelled"))
    if done and session is call.active:
        response.finished(response_id)
        response.missed = 0


def close(call: State, session: AgentSession) -> None:
    """Note that an agent's session is gone, and with it what was to replace it."""
    for timer in (TimerKind.RENEW, TimerKind.LOOK):
        call.stop_timer(timer, session.agent)
    successor = call.sessions.successor(session.agent)
    if successor is not None:
        opening.closed(call, successor)
        call.sessions.remove(successor)
    if session.state is not SessionState.CLOSED:
        opening.closed(call, session)
    session.failures = 0
    session.response.owe(None)
    functions.orphan(call, session)


# --- what goes on ---


def reopen(call: State) -> None:
    """Open what the caller waits for: the agent that has them, or is to get them, and the person they want."""
    current, awaited, session = call.route.handoff, call.route.waiting, call.active
    if call.phase is Phase.AWAY:
        coming_back.returned(call)
        return
    if awaited is not None:
        wait_on(call, awaited)
    if current is not None:
        hand_over(call, current)
    elif session.agent in call.team.persons and call.phase is Phase.TALKING:
        persons.lost(call, session, SessionLost(session.id, GONE))
    else:
        if call.phase is Phase.TALKING:
            call.move(Phase.RECOVERING)
        opening.open_session(call, session)


def hand_over(call: State, current: Handoff) -> None:
    """Begin a handoff once more: its target is briefed, and asked, as soon as it is there."""
    leave_summary(call, current)
    handoff.stop_waiting(call)
    current.asked = False
    call.start_timer(TimerKind.HANDOFF, handoff.HANDOFF_SECONDS)
    opening.open_session(call, call.sessions.own[current.target])


def wait_on(call: State, awaited: Waiting) -> None:
    """Ask the person's desk again."""
    leave_summary(call, awaited.handoff)
    if awaited.taken:
        waiting.end(call, GONE)
    elif not awaited.in_vain:
        opening.open_session(call, call.sessions.own[awaited.person])


def leave_summary(call: State, current: Handoff) -> None:
    """Do without a summary that was not done: what was said travels instead."""
    if Timer(TimerKind.SUMMARY) in call.agenda.timers:
        call.stop_timer(TimerKind.SUMMARY)
        current.summary, current.summary_id = "", None

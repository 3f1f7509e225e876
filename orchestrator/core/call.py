"""One call: events in, effects out.

Each event is recorded by its handler; then one progress pass does what has become possible. An audio frame, and
whatever else is only passed on, does not pay for the pass, because nothing becomes possible by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast, get_args

from orchestrator.core import (
    caller,
    consults,
    dispatch,
    functions,
    goodbye,
    handoff,
    opening,
    permission,
    recovery,
    relay,
    renewal,
    speech,
)
from orchestrator.core import events as ev
from orchestrator.core.away import coming_back, leaving
from orchestrator.core.away.events import OutsideAnswered, OutsideEnded
from orchestrator.core.effects import Effect, StirSeats
from orchestrator.core.ids import SessionId, Timer, TimerKind
from orchestrator.core.keys import pressing
from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.core.people import approvals, notes, persons, waiting
from orchestrator.core.people.events import PersonDecided, PersonNoted, PersonTook
from orchestrator.core.seats import joining, mail
from orchestrator.core.session import AgentSession
from orchestrator.core.state import MEMORY, Phase, Seat, State
from orchestrator.core.takeover import sessions
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.core.tools import changing, hosted
from orchestrator.core.tools.events import HostedAsked, HostedEnded, HostedReported, ToolProgressed, ToolsChanged
from orchestrator.core.tools.rules import ToolRules

if TYPE_CHECKING:
    from orchestrator.team import Team


class Call:
    """One caller with one team, from start to end. Several in one call have a `Seat` each, which share what they know.

    `tools` names the functions that each agent can call, and what holds for them. The ids of what the orchestrator adds
    follow from `seed`: up to 64 characters, different for each call, told to nobody. Time is the caller's business:
    `now` is any clock in seconds that does not go back. `memory` are the bytes that may be kept of what is sent.
    """

    def __init__(
        self,
        team: Team,
        tools: ToolRules,
        *,
        seed: str,
        memory: int = MEMORY,
        seat: Seat | None = None,
    ) -> None:
        seat = seat or Seat(Shared(team), FIRST, team.start)
        self._state = State(team, tools, seed, memory, seat)

    def refusal(self, agent: str) -> str | None:
        """Return why the caller cannot be moved to an agent now (`CallerReferred`); None when it can."""
        return permission.refusal(self._state, agent)

    def seat_refusal(self, agent: str, seat: str) -> str | None:
        """Return why nobody can join the call now, with an agent and as a seat of this name; None when they can."""
        return joining.refusal(self._state, agent, seat)

    def seeded(self, session: SessionId, item_id: str) -> bool:
        """Return whether the core has put an item on a session itself: what is said of it need not be handled."""
        found = self._state.sessions.find(session)
        return found is not None and item_id in found.seeded

    def masked(self, text: str) -> str:
        """Return a text for the log: without the call's secrets."""
        return self._state.variables.mask(text)

    @property
    def state(self) -> State:
        """All that is remembered; to look at, not to change."""
        return self._state

    def handle(self, event: ev.Event, now: float) -> list[Effect]:
        """Take in one event and return what is to be done, in order. Never raises for what a peer sent."""
        call = self._state
        if call.phase is Phase.ENDED:
            return []
        call.now = now
        if record(call, event):
            progress(call)
            if call.others and not isinstance(event, ev.SeatsStirred):
                call.do(StirSeats())
        return call.agenda.take()


def record(call: State, event: ev.Event) -> bool:
    """Hand an event to whoever handles it; return whether something may have become possible by it."""
    if isinstance(event, ev.CallerSpoke):
        caller.spoke(call, event)
        return False
    handle = HANDLERS.get(type(event))
    if handle is None:
        return session_said(call, cast("ev.SessionSaid", event))
    handle(call, event)
    return True


def session_said(call: State, event: ev.SessionSaid) -> bool:
    """Handle what a session says, by the kind of session; return whether something may have become possible by it."""
    session, kind = call.sessions.find(event.session), type(event)
    if session is None or not session.ready:
        return False  # the last words of a session that is gone mean nothing
    if session.own and kind in PASSED_ON:
        PASSED_ON[kind](call, session, event)
        return False
    if not session.own and session.consult is None:
        return False  # a successor was not asked anything yet
    if isinstance(event, ev.ResponseFinished):
        event = named(session, event)
        goodbye.spend(call, event)
    if session.own or isinstance(event, CALLS):
        OWN[kind](call, session, event)
    else:
        consults.heard(call, session, event)
    return True


def named(session: AgentSession, event: ev.ResponseFinished) -> ev.ResponseFinished:
    """Let a `response.done` that does not say of which response be that of the one that runs."""
    response_id = session.response.id
    if event.response_id or response_id is None:
        return event
    payload = {"type": "response.done", "response": {"id": response_id, "status": event.status}}
    return replace(event, response_id=response_id, payload=payload)


def expired(call: State, timer: Timer) -> None:
    """Handle a timer that has run out; one that was stopped in the same moment means nothing."""
    if timer in call.agenda.timers:
        del call.agenda.timers[timer]
        TIMERS[timer.kind](call, timer.about)


def ask(call: State) -> None:
    """Ask for the responses that are due or owed; progress."""
    for session in call.sessions:
        functions.go_on(call, session)
        pay(call, session)


def pay(call: State, session: AgentSession) -> None:
    """Ask for the response that a session owes, unless it has a pause before it is asked once more."""
    owed = session.response.owed
    if owed is None or not session.ready or session.response.busy or session.turn.speaking:
        return
    if session.own and not may_speak(call, session):
        session.response.owe(None)  # another agent answers the caller; one that gets them back is asked anew
        call.stop_timer(TimerKind.OWED, session.id)
    elif Timer(TimerKind.OWED, session.id) not in call.agenda.timers:
        call.ask(session, owed)


def may_speak(call: State, session: AgentSession) -> bool:
    """Return whether an agent has the caller and keeps them, or was asked to take over."""
    current = call.route.handoff
    return session is call.active if current is None else current.asked and session.agent == current.target


# Who handles each event, other than the caller's audio and what sessions say.
HANDLERS: Mapping[type, Callable[[State, Any], object]] = {
    **dict.fromkeys(get_args(ev.CallerAction), caller.acted),
    ev.CallerInterrupted: caller.interrupted,
    ev.CallerPressed: lambda call, _: caller.pressed(call),
    ev.CallerTruncated: caller.truncated,
    ev.CallerDeleted: caller.deleted,
    ev.CallerRetrieved: caller.retrieved,
    ev.CallerConfigured: caller.configured,
    ev.CallerReferred: handoff.refer,
    PersonTook: persons.took,
    PersonNoted: notes.noted,
    PersonDecided: approvals.decided,
    ev.CallerJoined: caller.joined,
    ev.CallerLeft: lambda call, event: opening.end(call, event.ending, event.reason),
    ev.SessionOpened: dispatch.opened,
    ev.SessionLost: dispatch.lost,
    ev.ToolReturned: dispatch.returned,
    ev.ToolFailed: dispatch.failed,
    ToolsChanged: changing.changed,
    ToolProgressed: functions.progressed,
    ev.TimerExpired: lambda call, event: expired(call, event.timer),
    ev.SeatsStirred: lambda call, _: joining.stirred(call),
    OutsideAnswered: leaving.answered,
    OutsideEnded: leaving.ended,
    CallTakenOver: sessions.taken_over,
}

# What an agent's own session says: nothing becomes possible by the first …
PASSED_ON: Mapping[type, Callable[[State, AgentSession, Any], None]] = {
    ev.AudioProduced: speech.audio_produced,
    ev.TranscriptProduced: speech.transcript_produced,
    ev.ResponseProgressed: speech.response_progressed,
    ev.ItemReported: speech.item_reported,
    ev.SessionReported: speech.reported,
    ev.SpeechStopped: speech.speech_stopped,
}
# … and something may by these.
OWN: Mapping[type, Callable[[State, AgentSession, Any], None]] = {
    ev.ResponseStarted: speech.response_started,
    ev.ResponseFinished: speech.response_finished,
    ev.FunctionCalled: dispatch.called,
    ev.SpeechStarted: speech.speech_started,
    ev.TurnCommitted: speech.committed,
    ev.TurnTranscribed: speech.transcribed,
    ev.RequestRefused: speech.refused,
    HostedAsked: hosted.asked,
    HostedReported: hosted.reported,
    HostedEnded: hosted.ended,
}
# What is handled in the same way on a consult's session.
CALLS = (ev.FunctionCalled, HostedAsked, HostedReported, HostedEnded)

# What to do when a timer runs out; each is given what the timer is about.
TIMERS: Mapping[TimerKind, Callable[[State, Any], None]] = {
    TimerKind.CALL: lambda call, _: goodbye.too_long(call),
    TimerKind.SILENCE: lambda call, _: goodbye.silent(call),
    TimerKind.SPENT: lambda call, _: goodbye.spent(call),
    TimerKind.GOODBYE: lambda call, _: goodbye.over(call),
    TimerKind.HANDOFF: lambda call, _: handoff.expired(call),
    TimerKind.TRANSCRIPT: lambda call, _: None,  # the progress pass goes on with the handoff
    TimerKind.SUMMARY: lambda call, _: None,
    TimerKind.FAREWELL: lambda call, _: relay.cut_farewell(call),
    TimerKind.ANSWER: dispatch.look,
    TimerKind.OWED: lambda call, _: None,  # the pause is over: the progress pass asks
    TimerKind.REOPEN: lambda call, session_id: opening.open_session(call, call.sessions.own[session_id.agent]),
    TimerKind.RENEW: renewal.begin,
    TimerKind.LOOK: renewal.look,
    TimerKind.FILLER: functions.fill,
    TimerKind.CONSULT: consults.expired,
    TimerKind.WAIT: lambda call, _: persons.missed(call),
    TimerKind.APPROVAL: approvals.expired,
    TimerKind.AWAY: lambda call, _: coming_back.missed(call),
    TimerKind.HOSTED: hosted.expired,
    TimerKind.HOLD: lambda call, _: waiting.go_on(call),
}

# What can become possible. Each checks its own preconditions and is called from here only.
STEPS: tuple[Callable[[State], None], ...] = (
    relay.end_farewell,  # before its agent, which may get the caller back, is asked for anything else
    ask,
    pressing.proceed,
    persons.proceed,
    coming_back.proceed,
    handoff.say_bridge,
    handoff.proceed,
    recovery.release,
    goodbye.proceed,
    caller.release,
    mail.deliver,
    waiting.brief,
    waiting.sound,
    changing.settle,
)


def progress(call: State) -> None:
    """Do what has become possible, until nothing more is.

    It ends because each step uses up what allowed it: an answer that is due or owed is asked for, a handoff is
    switched once, a goodbye is asked for once at a time, what was held is released. No step brings its own back.
    """
    before = -1
    while before != len(call.agenda.effects) and call.phase is not Phase.ENDED:
        before = len(call.agenda.effects)
        for step in STEPS:
            step(call)

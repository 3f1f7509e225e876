"""One call: events in, effects out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, assert_never

from orchestrator.core import (
    caller,
    consults,
    functions,
    goodbye,
    handoff,
    opening,
    recovery,
    relay,
    renewal,
    requirements,
    speech,
)
from orchestrator.core.effects import Effect
from orchestrator.core.events import (
    AudioProduced,
    CallerAnswered,
    CallerAsked,
    CallerCleared,
    CallerCommitted,
    CallerConfigured,
    CallerDeleted,
    CallerEvent,
    CallerInterrupted,
    CallerJoined,
    CallerLeft,
    CallerReferred,
    CallerRetrieved,
    CallerSpoke,
    CallerTruncated,
    CallerTyped,
    Event,
    FunctionCalled,
    ItemReported,
    RequestRefused,
    ResponseFinished,
    ResponseProgressed,
    ResponseStarted,
    SessionLost,
    SessionOpened,
    SessionReported,
    SessionSaid,
    SpeechStarted,
    SpeechStopped,
    TimerExpired,
    ToolFailed,
    ToolReturned,
    TranscriptProduced,
    TurnCommitted,
    TurnTranscribed,
)
from orchestrator.core.state import Phase, State, Tools

if TYPE_CHECKING:
    from orchestrator.team import Team


class Call:
    """One caller with one team, from hello to goodbye.

    `tools` names the functions that each agent can call, and what is said when one takes long. Time is the caller's
    business: `now` is any clock in seconds that does not go back.
    """

    def __init__(self, team: Team, tools: Tools) -> None:
        self._state = State(team, tools)

    @property
    def phase(self) -> Phase:
        """Where the call is."""
        return self._state.phase

    @property
    def agent(self) -> str:
        """The agent that has the caller."""
        return self._state.route.active

    def refusal(self, agent: str) -> str | None:
        """Return why the caller cannot be moved to an agent now (`CallerReferred`); None when it can."""
        return requirements.refusal(self._state, agent)

    def masked(self, text: str) -> str:
        """Return a text for the log: without the call's secrets."""
        return self._state.variables.mask(text)

    @property
    def state(self) -> State:
        """All that is remembered; to look at, not to change."""
        return self._state

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take in one event and return what is to be done, in order. Never raises for what a peer sent."""
        call = self._state
        if call.phase is Phase.ENDED:
            return []
        call.now = now
        match event:
            case ToolReturned():
                functions.returned(call, event)
            case ToolFailed():
                functions.failed(call, event)
            case TimerExpired():
                expired(call, event.name)
            case SessionOpened():
                recovery.opened(call, event)
            case SessionLost():
                recovery.lost(call, event)
            case _ if isinstance(event, CallerEvent):
                caller_did(call, event)
            case _:
                session = call.sessions.get(event.agent)
                if session is not None and session.ready:  # the last words of a session that is gone mean nothing
                    session_said(call, event)
        caller.release(call)
        return call.out.take()


def caller_did(call: State, event: CallerEvent) -> None:
    """Handle an event of the caller."""
    match event:
        case CallerSpoke():
            caller.spoke(call, event)
        case CallerTyped() | CallerAnswered() | CallerAsked() | CallerCommitted() | CallerCleared():
            caller.acted(call, event)
        case CallerInterrupted():
            caller.interrupted(call, event)
        case CallerTruncated():
            caller.truncated(call, event)
        case CallerDeleted():
            caller.deleted(call, event)
        case CallerRetrieved():
            caller.retrieved(call, event)
        case CallerConfigured():
            caller.configured(call, event)
        case CallerReferred():
            handoff.refer(call, event)
        case CallerJoined():
            caller.joined(call, event)
        case CallerLeft():
            opening.end(call, event.code, event.reason)
        case _:
            assert_never(event)


def session_said(call: State, event: SessionSaid) -> None:  # noqa: C901 - one case an event
    """Handle an event of a READY session."""
    match event:
        case AudioProduced():
            speech.audio_produced(call, event)
        case TranscriptProduced():
            speech.transcript_produced(call, event)
        case ResponseProgressed():
            speech.response_progressed(call, event)
        case ResponseStarted():
            speech.response_started(call, event)
        case ResponseFinished():
            speech.response_finished(call, event)
        case FunctionCalled():
            functions.called(call, event)
        case SpeechStarted():
            speech.speech_started(call, event)
        case SpeechStopped():
            speech.speech_stopped(call, event)
        case TurnCommitted():
            speech.committed(call, event)
        case TurnTranscribed():
            speech.transcribed(call, event)
        case ItemReported():
            speech.item_reported(call, event)
        case RequestRefused():
            speech.refused(call, event)
        case SessionReported():
            speech.reported(call, event)
        case _:
            assert_never(event)


# Kind of timer → what it means that it has run out; what stands behind its colon is handed on.
TIMERS: Mapping[str, Callable[[State, str], None]] = {
    "call": lambda call, _: goodbye.too_long(call),
    "silence": lambda call, _: goodbye.silent(call),
    "spent": lambda call, _: goodbye.spent(call),
    "goodbye": lambda call, _: goodbye.over(call),
    "handoff": lambda call, _: handoff.expired(call),
    "transcript": lambda call, _: handoff.done_waiting(call, "transcript"),
    "summary": lambda call, _: handoff.done_waiting(call, "summary"),
    "farewell": lambda call, _: relay.cut_farewell(call),
    "answer": recovery.unanswered,
    "owed": lambda call, session: call.pay(session),
    "reopen": opening.open_session,
    "renew": renewal.begin,
    "look": renewal.look,
    "filler": functions.fill,
    "consult": consults.expired,
}


def expired(call: State, timer: str) -> None:
    """Handle a timer that has run out; one that was stopped in the same moment means nothing."""
    if timer in call.out.timers:
        call.out.timers.discard(timer)
        kind, _, about = timer.partition(":")
        TIMERS[kind](call, about)

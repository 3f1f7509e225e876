"""One call: events in, effects out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from orchestrator.core import caller, functions, handoff, hearing, recovery, sessions, speech
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
from orchestrator.core.state import Phase, State

if TYPE_CHECKING:
    from orchestrator.team import Team

# Close codes of the gateway's table.
SILENT, TOO_LONG = 4408, 4410


class Call:
    """One caller with one team, from hello to goodbye.

    `tools` names the functions that each agent can call. Time is the caller's business: `now` is any clock in seconds
    that does not go back.
    """

    def __init__(self, team: Team, tools: Mapping[str, frozenset[str]]) -> None:
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
        return handoff.refusal(self._state, agent)

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
            case SessionOpened() | SessionLost():
                session_changed(call, event)
            case _ if isinstance(event, CallerEvent):
                caller_did(call, event)
            case _:
                if call.sessions[event.agent].ready:  # the last words of a session that is gone mean nothing
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
            sessions.end(call, event.code, event.reason)
        case _:
            assert_never(event)


def session_changed(call: State, event: SessionOpened | SessionLost) -> None:
    """Handle a session that opened or dropped."""
    if isinstance(event, SessionOpened):
        recovery.opened(call, event.agent)
    else:
        recovery.lost(call, event)


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


def expired(call: State, name: str) -> None:
    """Handle a timer that has run out; one that was stopped in the same moment means nothing."""
    if name not in call.out.timers:
        return
    call.out.timers.discard(name)
    kind, _, agent = name.partition(":")
    match kind:
        case "call":
            sessions.end(call, TOO_LONG, "the call reached its time limit")
        case "silence":
            silent(call)
        case "handoff":
            handoff.expired(call)
        case "transcript" | "summary":
            handoff.done_waiting(call, kind)
        case "farewell":
            hearing.cut_farewell(call)
        case "answer":
            recovery.unanswered(call, agent)
        case "owed":
            call.pay(agent)
        case "reopen":
            sessions.open_session(call, agent)
        case _:
            raise AssertionError(f"no timer {name!r}")


def silent(call: State) -> None:
    """End a call in which nobody has spoken for too long, unless an agent still does."""
    if call.active.busy or call.caller.playback.remaining(call.now) > 0:
        call.touch()
    else:
        sessions.end(call, SILENT, "nobody has spoken for too long")

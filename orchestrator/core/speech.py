"""What an agent's session says: the caller's turns as it hears them, and its own responses."""

from __future__ import annotations

from orchestrator.core import consults, functions, goodbye, handoff, recovery, relay
from orchestrator.core.effects import CancelResponse, Refuse, TellCaller
from orchestrator.core.events import (
    AudioProduced,
    ItemReported,
    RequestRefused,
    ResponseFinished,
    ResponseProgressed,
    ResponseStarted,
    SessionLost,
    SessionReported,
    SpeechStarted,
    SpeechStopped,
    TranscriptProduced,
    TurnCommitted,
    TurnTranscribed,
)
from orchestrator.core.session import BUSY, AgentSession, Ask, ResponseState
from orchestrator.core.state import State

RETRIES = 2  # of a response that failed
NOT_THERE = "item_retrieve_invalid_item_id"
# Refusals that are the echo of a race, not news: what was to be cancelled, cut or deleted is gone already.
RACES = frozenset({"response_cancel_not_active", "item_truncate_invalid_item_id", "item_delete_invalid_item_id"})
EXPIRED = "session_expired"  # the session's close follows, and is seen to
# Answers that the core gives the caller itself.
ANSWERED = frozenset({"conversation.item.truncated", "conversation.item.deleted"})


def speech_started(call: State, event: SpeechStarted) -> None:
    """Note that the caller speaks: what they hear is stopped, a handoff goes on."""
    session = call.sessions[event.agent]
    session.hearing = True
    current = call.handoff
    if current is not None and event.agent == current.target and current.asked:
        handoff.commit(call)
    if event.agent != call.route.active:
        session.hearing = False
        return
    call.touch()
    if call.turn_detection(event.agent).get("interrupt_response"):
        relay.barge_in(call)
        if call.handoff is not None and session.busy:
            relay.cancel(call, session)
    relay.forward(call, event)


def speech_stopped(call: State, event: SpeechStopped) -> None:
    """Pass on that the caller has stopped speaking."""
    relay.forward(call, event)


def committed(call: State, event: TurnCommitted) -> None:
    """Note a turn of the caller: if turn detection will answer it, older debts are cancelled."""
    session = call.sessions[event.agent]
    session.turn_open = session.hearing and bool(call.turn_detection(event.agent).get("create_response"))
    session.hearing = False
    if session.turn_open:
        if session.owed is not None and session.owed.by_caller:
            call.out.do(Refuse(BUSY, "The caller's turn is being answered.", event_id=session.owed.event_id))
        session.owed = None
    call.pay(event.agent)
    call.items.add(event.item_id, event.agent)
    call.transcript.caller_spoke(event.agent, event.item_id)
    call.route.turn_since = True
    call.caller.hold.committed()
    call.touch()
    call.out.do(TellCaller(event.payload))


def transcribed(call: State, event: TurnTranscribed) -> None:
    """Note the caller's words; an agent that has the caller but did not hear them is told."""
    line = call.transcript.transcribed(event.item_id, event.text)
    call.out.do(TellCaller(event.payload))
    if line is None:
        return
    if event.text and event.agent != call.listener.agent:
        handoff.late_words(call, event.text, line.number)
    if not call.transcript.incomplete:
        call.caller.hold.transcribed()
        handoff.done_waiting(call, "transcript")


def item_reported(call: State, event: ItemReported) -> None:
    """Pass on an item, unless the core put it there itself or it belongs to a hidden response."""
    session = call.sessions[event.agent]
    if event.item_id in session.seeded:
        return
    call.items.add(event.item_id, event.agent)
    item = event.payload.get("item", {})
    spoken = item.get("role") == "assistant" or item.get("type") == "function_call"
    if not (spoken and session.unheard.hidden is not None and session.unheard.hidden == session.response_id):
        relay.forward(call, event)


def response_started(call: State, event: ResponseStarted) -> None:
    """Note that an agent begins to speak; one that does not have the caller is stopped."""
    session, current = call.sessions[event.agent], call.handoff
    if event.aside:
        ours = event.payload.get("response", {}).get("metadata") == handoff.SUMMARY
        if not ours:
            relay.forward(call, event)
            return
        session.unheard.aside = event.response_id
        if current is not None and "summary" in current.waits and event.agent == current.source:
            current.summary_id = event.response_id
        return
    session.started(event.response_id)
    functions.pass_over(call, event.agent)
    call.out.stop_timer(f"answer:{event.agent}")
    if session.consult is not None:
        return
    if current is not None and current.asked and event.agent == current.target:
        handoff.commit(call)
    aloud = session.asked is not None and session.asked.aloud
    if session.unheard.next or not (aloud or (event.agent == call.route.active and call.handoff is None)):
        session.unheard.next = False
        session.unheard.muted = session.unheard.hidden = event.response_id
        call.out.do(CancelResponse(event.agent, event.response_id))
        return
    call.touch()
    relay.forward(call, event)


def hidden(call: State, agent: str, response_id: str) -> bool:
    """Return whether the caller is told nothing of this response."""
    unheard = call.sessions[agent].unheard
    return response_id in (unheard.hidden, unheard.aside)


def audio_produced(call: State, event: AudioProduced) -> None:
    """Give the caller audio."""
    call.sessions[event.agent].spoken = True
    if not hidden(call, event.agent, event.response_id):
        relay.forward(call, event)


def transcript_produced(call: State, event: TranscriptProduced) -> None:
    """Note an agent's words."""
    session = call.sessions[event.agent]
    session.spoken = True
    if session.consult is not None:
        consults.said(session, event)
    elif call.handoff is not None and event.response_id == call.handoff.summary_id:
        handoff.summarized(call, event)
    elif not hidden(call, event.agent, event.response_id):
        if event.response_id == session.response_id != session.unheard.muted:  # not one beside the conversation
            call.transcript.agent_said(event.agent, event.item_id, event.text)
        relay.forward(call, event)


def response_progressed(call: State, event: ResponseProgressed) -> None:
    """Pass on a step of a response."""
    if not hidden(call, event.agent, event.response_id):
        relay.forward(call, event)


def response_finished(call: State, event: ResponseFinished) -> None:
    """Note that a response is done: the farewell ends, debts are paid, a failure is tried again."""
    session, current = call.sessions[event.agent], call.handoff
    spend(call, event)
    if session.consult is not None:
        consults.responded(call, session, event)
        return
    if current is not None and event.response_id == current.summary_id:
        handoff.done_waiting(call, "summary")
        return
    if not hidden(call, event.agent, event.response_id):
        relay.forward(call, event)
    if event.response_id != session.response_id:
        return
    session.finished(event.response_id)
    handoff.say_bridge(call)
    if call.caller.floor.farewell == event.agent and not session.busy:
        relay.open_floor(call)
    if event.status == "failed" and event.agent in (call.route.active, call.listener.agent):
        response_failed(call, event)
        return
    if event.status == "completed":
        session.failures = 0
    call.pay(event.agent)
    if event.agent == call.route.active and not session.busy and session.owed is None:
        goodbye.said(call, session.asked)


def spend(call: State, event: ResponseFinished) -> None:
    """Count what a response has cost."""
    for kind, total in call.spent.tokens.items():
        call.spent.tokens[kind] = total + whole(event.usage.get(f"{kind}_tokens"))
    call.spent.money += event.cost
    goodbye.spent(call)


def whole(said: object) -> int:
    """Return a count that a service gave; 0 for what is none."""
    return said if isinstance(said, int) and said > 0 else 0


def response_failed(call: State, event: ResponseFinished) -> None:
    """Ask again for a response that failed, after a pause; then say what is wrong."""
    session = call.sessions[event.agent]
    if event.error in recovery.FATAL:
        lost = SessionLost(event.agent, "the provider refuses to answer", str(event.error), fatal=True)
        recovery.abandon(call, session, lost)
        return
    session.failures += 1
    if session.failures > RETRIES:
        message = f"The agent {event.agent!r} could not answer ({event.error or 'failed'})."
        call.out.do(Refuse("server_error", message))
        session.failures, session.owed = 0, None
        return
    session.owed = session.owed or session.asked or Ask(call.reply())
    call.out.start_timer(f"owed:{event.agent}", float(session.failures))


def refused(call: State, event: RequestRefused) -> None:
    """Sort an `error` of a session: a race, a response that is owed again, the caller's mistake."""
    session = call.sessions[event.agent]
    if event.code in RACES or event.code == EXPIRED:
        return
    if event.code == BUSY:
        call.out.stop_timer(f"answer:{event.agent}")
        if session.turn_open and session.response is ResponseState.ACTIVE:  # it was turn detection that was refused
            session.turn_open = False
            session.owed = session.owed or Ask(call.reply())
            return
        if session.asked is not None and session.asked.aloud:
            session.refused()
            silent_farewell(call, session)
            return
        if session.asked is not None and session.asked.by_caller:
            session.refused()
            call.out.do(Refuse(event.code, event.message, event_id=session.asked.event_id))
            return
        session.again()
        if not session.busy:
            call.out.start_timer(f"owed:{event.agent}", 1.0)
        return
    if session.rejected(event.event_id, event.param):
        call.out.stop_timer(f"answer:{event.agent}")
        silent_farewell(call, session)
        if session.consult is not None:
            consults.fail(call, session, "its request was refused")
            return
    if event.agent == call.route.active or event.event_id is not None or event.code == NOT_THERE:
        call.out.do(Refuse(event.code, event.message, event.param, event.event_id))


def silent_farewell(call: State, session: AgentSession) -> None:
    """Let the next agent be heard when nothing comes of the line that was to bridge the switch."""
    if call.caller.floor.farewell == session.agent and not session.busy:
        relay.open_floor(call)


def reported(call: State, event: SessionReported) -> None:
    """Pass on what only the caller cares about."""
    kind = event.payload.get("type")
    if kind == "conversation.item.retrieved":
        call.out.do(TellCaller(event.payload))
    elif kind not in ANSWERED:
        relay.forward(call, event)

"""What an agent's own session says: the caller's turns as it hears them, and its responses."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core import barge_in, briefing, functions, goodbye, handoff, opening, recovery, relay
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.response import BUSY, Ask, ResponseState
from orchestrator.core.session import AgentSession
from orchestrator.core.state import State
from orchestrator.core.tools import hosted, late
from orchestrator.core.turn import Cue, Turn
from orchestrator.core.wording import MARKER, SUMMARY

SPEECH_SECONDS = 60.0  # of a turn of which no end is reported; then it is ended here
RETRIES = 2  # of a response that failed, before an apology; of one that ended in silence it is one
BUSY_SECONDS = 1.0  # until a session is asked again that was busy
BUSY_TRIES = 10  # of asking a session that is busy with something of which nothing is known here
NOT_THERE = "item_retrieve_invalid_item_id"
# Refusals that are the echo of a race, not news: what was to be cancelled, cut or deleted is gone already.
RACES = frozenset({"response_cancel_not_active", "item_truncate_invalid_item_id", "item_delete_invalid_item_id"})
# Where an item of a response begins and ends.
ADDED, DONE = "response.output_item.added", "response.output_item.done"
EXPIRED = "session_expired"  # the session closes next, which is handled
# Events that the core sends to the caller itself.
ANSWERED = frozenset({"conversation.item.truncated", "conversation.item.deleted"})


# --- the caller's turns ---


def speech_started(call: State, session: AgentSession, event: ev.SpeechStarted) -> None:
    """Note that the caller speaks: what they hear is stopped, a handoff goes on."""
    current = call.route.handoff
    if current is not None and session.agent == current.target and current.asked:
        handoff.commit(call)
    if session is not call.active:
        return  # its microphone hears nothing new
    if not session.turn.speaking:
        session.cue(Cue.STARTED)
        session.spoke_at, session.heard_until = call.now, call.now + SPEECH_SECONDS
        call.caller.hold.still()  # from here on
        call.touch()
        call.watch(session)
    if call.turn_detection(session.agent).get("interrupt_response"):
        barge_in.stop(call)
        if call.route.handoff is not None and session.response.busy:
            relay.cancel(call, session)
    relay.forward(call, session, event)


def speech_stopped(call: State, session: AgentSession, event: ev.SpeechStopped) -> None:
    """Note that the caller has stopped; the turn is committed next, or that was lost."""
    session.heard_until = min(session.heard_until, call.now + call.team.limits.answer)
    relay.forward(call, session, event)


def committed(call: State, session: AgentSession, event: ev.TurnCommitted) -> None:
    """Note a turn of the caller: if turn detection will answer it, older debts are cancelled."""
    detected = call.turn_detection(session.agent).get("create_response")
    if event.item_id == session.silence:  # nobody has said anything
        call.items.add(event.item_id, session.agent)
        relay.forward(call, session, event)
        return
    if session.turn is Turn.RESUMED and session.response.since is not None:
        session.response.since += call.now - session.spoke_at  # they did not wait while they spoke
    session.cue(Cue.DETECTED if detected else Cue.COMMITTED)
    if session.turn is Turn.AWAITED:
        owed = session.response.owed
        if owed is not None and owed.by_caller:
            call.do(do.Refuse(BUSY, "The caller's turn is being answered.", event_id=owed.event_id))
        session.response.overtaken()
        call.expect(session)
    call.items.add(event.item_id, session.agent)
    call.transcript.caller_spoke(session.agent, event.item_id)
    call.route.turned()
    late.caller_went_on(call)
    call.caller.prompts = 0
    call.caller.hold.committed()
    call.touch()
    call.do(do.TellCaller(event.payload))


def transcribed(call: State, session: AgentSession, event: ev.TurnTranscribed) -> None:
    """Note the caller's words; an agent that has the caller but did not hear them is told."""
    line = call.transcript.transcribed(event.item_id, event.text)
    call.do(do.TellCaller(event.payload))
    if line is None:
        return
    if event.text and session is not call.listener:
        briefing.late_words(call, event.text, line.number)
    if not call.transcript.incomplete:
        call.caller.hold.transcribed()
        call.stop_timer(TimerKind.TRANSCRIPT)  # a handoff waited for these words


def item_reported(call: State, session: AgentSession, event: ev.ItemReported) -> None:
    """Pass on an item, unless the core put it there itself or it belongs to a hidden response."""
    item, hidden = event.payload.get("item", {}), session.response.unheard.hidden
    kind, callers = item.get("type"), call.items.owner(event.item_id) is not None
    if kind == "function_call_output":
        session.response.unread.discard(item.get("call_id"))
    if event.item_id in session.seeded or kind in hosted.KINDS or (kind == "function_call_output" and not callers):
        return
    if kind != "function_call" or item.get("name") in call.tool_names:  # nor can the caller name what the team does
        call.items.add(event.item_id, session.agent)
    spoken = item.get("role") == "assistant" or kind == "function_call"
    if not (spoken and hidden is not None and hidden == session.response.id):
        relay.forward(call, session, event)


# --- its responses ---


def response_started(call: State, session: AgentSession, event: ev.ResponseStarted) -> None:
    """Note that an agent begins to speak; one that does not have the caller is stopped."""
    if event.aside:
        aside_started(call, session, event)
        return
    response, current = session.response, call.route.handoff
    if response.id not in (None, event.response_id):  # its end was lost
        call.do(do.EndResponse(str(response.id), "completed" if response.progress.complete else "cancelled"))
    session.started(event.response_id)
    functions.pass_over(call, session)
    call.stop_timer(TimerKind.OWED, session.id)
    call.expect(session)
    if current is not None and current.asked and session.agent == current.target:
        handoff.commit(call)
    heard = response.aloud or (session is call.active and call.route.handoff is None)
    if response.unheard.next or not heard:
        response.unheard.next = False
        response.unheard.muted = response.unheard.hidden = event.response_id
        call.do(do.CancelResponse(session.id, event.response_id))
        return
    call.announce("response.started", agent=session.agent, response_id=event.response_id)
    relay.forward(call, session, event)


def aside_started(call: State, session: AgentSession, event: ev.ResponseStarted) -> None:
    """Pass on a response beside the conversation, unless it is a summary that we asked for."""
    session.response.started_aside(event.response_id)
    metadata = event.payload.get("response", {}).get("metadata") or {}
    if metadata.get(MARKER) != SUMMARY:
        relay.forward(call, session, event)
        return
    session.response.unheard.aside = event.response_id
    current = call.summed_up
    if current is not None and Timer(TimerKind.SUMMARY) in call.agenda.timers and session.agent == current.source:
        current.summary_id = event.response_id


def hidden(session: AgentSession, response_id: str) -> bool:
    """Return whether the caller is told nothing of this response."""
    unheard = session.response.unheard
    return response_id in (unheard.hidden, unheard.aside)


def audio_produced(call: State, session: AgentSession, event: ev.AudioProduced) -> None:
    """Give the caller audio."""
    response = session.response
    if event.ms and event.response_id == response.id:
        progress = response.progress
        progress.at, progress.audible, progress.spoken = call.now, True, True
        response.since = call.now
    if not hidden(session, event.response_id):
        relay.forward(call, session, event)


def transcript_produced(call: State, session: AgentSession, event: ev.TranscriptProduced) -> None:
    """Note an agent's words."""
    response, current = session.response, call.summed_up
    if event.text and event.response_id == response.id:
        response.progress.at, response.progress.spoken = call.now, True
        if recovery.answered(call, session):
            response.since = call.now
    if current is not None and event.response_id == current.summary_id:
        current.summary += event.text
    elif not hidden(session, event.response_id):
        if event.response_id == response.id != response.unheard.muted:  # not one beside the conversation
            begins = not opening.says_notice(call, session)  # the greeting comes after it
            call.transcript.agent_said(session.agent, event.item_id, event.text, begins=begins)
        relay.forward(call, session, event)


def response_progressed(call: State, session: AgentSession, event: ev.ResponseProgressed) -> None:
    """Pass on a step of a response."""
    progress, payload = session.response.progress, event.payload
    if event.response_id == session.response.id and payload.get("delta", True):
        progress.at = call.now
        progress.spoken = progress.spoken or bool(payload.get("text"))  # not every server writes it in pieces
        if payload.get("type") in (ADDED, DONE):
            progress.complete = payload["type"] == DONE
    if not hidden(session, event.response_id):
        relay.forward(call, session, replace(event, payload=hosted.visible(call, session, payload)))


def response_finished(call: State, session: AgentSession, event: ev.ResponseFinished) -> None:
    """Note that a response is done; one that failed, or of which nothing was heard, is tried again."""
    response, current = session.response, call.route.handoff
    stopped = response.ending or session is not call.active or current is not None
    summed_up = call.summed_up
    if summed_up is not None and event.response_id == summed_up.summary_id:
        call.stop_timer(TimerKind.SUMMARY)
        return
    if not hidden(session, event.response_id):
        relay.forward(call, session, replace(event, payload=hosted.visible(call, session, event.payload)))
    if not response.finished(event.response_id) or session.agent in call.team.persons:
        return
    if event.status == "failed" and session in (call.active, call.listener):
        response_failed(call, session, event)
        return
    if recovery.answered(call, session):
        response.missed = 0
    elif not stopped and session.turn is Turn.QUIET:
        recovery.unheard(call, session, event.error or "nothing audible")
        return
    if event.status == "completed":
        session.failures = 0
    if session is call.active:
        goodbye.ended(call, response.asked, said=True)


def response_failed(call: State, session: AgentSession, event: ev.ResponseFinished) -> None:
    """Ask again for a response that failed, after a pause."""
    if event.error in opening.FATAL:
        lost = ev.SessionLost(session.id, "the provider refuses to answer", str(event.error), fatal=True)
        recovery.abandon(call, session, lost)
        return
    recovery.unheard(call, session, event.error or "failed", tries=RETRIES)
    if session.ready and session.response.owed is not None:
        call.start_timer(TimerKind.OWED, float(session.response.missed), session.id)


# --- what it refuses, and the rest ---


def refused(call: State, session: AgentSession, event: ev.RequestRefused) -> None:
    """Sort an `error` of a session: a race, a response that is owed again, the caller's mistake."""
    if event.code in RACES or event.code == EXPIRED:
        return
    if event.code == BUSY:
        busy(call, session, event)
        return
    asked = session.response.asked
    if session.response.rejected(event.event_id, event.param):
        call.stop_timer(TimerKind.ANSWER, session.id)
        goodbye.ended(call, asked, said=False)
    if session is call.active or event.event_id is not None or event.code == NOT_THERE:
        call.do(do.Refuse(event.code, event.message, event.param, event.event_id, event.kind))


def busy(call: State, session: AgentSession, event: ev.RequestRefused) -> None:
    """Handle that a session had a response already: whoever may wait asks again later."""
    response, asked = session.response, session.response.asked
    if session.turn.awaited and response.state is ResponseState.ACTIVE:  # it was turn detection that was refused
        session.cue(Cue.REFUSED)
        response.owe(response.owed or Ask(call.reply()))
    elif response.aloud:
        response.refused()  # the next agent is heard without the line that was to bridge the switch
    elif asked is not None and asked.by_caller and response.state is ResponseState.ACTIVE:
        response.refused()
        call.do(do.Refuse(event.code, event.message, event_id=asked.event_id))
    else:
        response.owe_again()
        if response.busy:
            return
        response.refusals += 1
        if response.refusals < BUSY_TRIES:
            call.start_timer(TimerKind.OWED, BUSY_SECONDS, session.id)
        else:
            recovery.give_up(call, session, event.code)


def reported(call: State, session: AgentSession, event: ev.SessionReported) -> None:
    """Pass on what only the caller cares about."""
    kind = event.payload.get("type")
    if kind == "input_audio_buffer.timeout_triggered":
        session.silence = event.payload.get("item_id")
        if session is call.active and call.turn_detection(session.agent).get("create_response"):
            session.cue(Cue.SILENT)
            call.expect(session)
            goodbye.prompted(call)
    if kind == "mcp_list_tools.failed":
        hosted.unlisted(call, session)
    if kind == "conversation.item.retrieved":
        call.do(do.TellCaller(event.payload))
    elif kind not in ANSWERED:
        relay.forward(call, session, event)

"""What reaches the caller's ear.

Only the agent that has the caller is heard, and the one before it until its farewell is over. Audio of a response
that was cancelled is dropped by its id, however late it comes.
"""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.response import ResponseState
from orchestrator.core.session import AgentSession
from orchestrator.core.state import State


def forward(call: State, session: AgentSession, event: ev.SessionSaid) -> None:
    """Give the caller an event of a session: now, behind a farewell, or not at all."""
    floor = call.caller.floor
    if floor.farewell is None:
        if session is call.active:
            give(call, session, event)
    elif session is call.sessions.own[floor.farewell]:
        give(call, session, event)
    elif session is call.active:
        floor.wait(event)
        if floor.full or call.room < 0:
            cut_farewell(call)


def give(call: State, session: AgentSession, event: ev.SessionSaid) -> None:
    """Give the caller an event now, and remember what it was given to hear."""
    if call.route.arrived is not None and session is call.active:
        spoken = ev.AudioProduced if "audio" in call.caller.settings.modalities else ev.TranscriptProduced
        if isinstance(event, spoken):
            arrived(call)
    if isinstance(event, ev.TranscriptProduced) and event.frame:
        call.do(do.TellWords(event.response_id, event.item_id, event.content_index, event.text, event.frame))
    elif not isinstance(event, ev.AudioProduced):
        call.do(do.TellCaller(event.payload))
    elif event.response_id != session.response.unheard.muted:
        call.caller.playback.add(session.agent, event.item_id, event.ms, call.now)
        call.do(do.PlayAudio(event.item_id, event.frame))


def arrived(call: State) -> None:
    """Announce that the handoff is complete for the caller."""
    assert call.route.arrived is not None
    seconds = round(call.now - call.route.arrived, 3)
    call.route.arrived = None
    names = {"from": call.route.previous, "to": call.route.active}
    call.announce("handoff.completed", **names, seconds=seconds)


def end_farewell(call: State) -> None:
    """Let the next agent be heard once the last one has finished and said its bridge; progress, see `call.py`."""
    floor = call.caller.floor
    if floor.farewell is None or call.sessions.own[floor.farewell].response.busy:
        return
    if floor.bridge is None or floor.bridge[0] != floor.farewell:
        open_floor(call)


def open_floor(call: State) -> None:
    """End the farewell: what the next agent has said meanwhile is heard now."""
    call.stop_timer(TimerKind.FAREWELL)
    for event in call.caller.floor.open():
        session = call.sessions.find(event.session)
        assert session is not None  # only an agent's own session has the caller
        forward(call, session, event)


def cut_farewell(call: State) -> None:
    """Close a farewell that goes on for too long, so that the next agent is heard."""
    agent = call.caller.floor.farewell
    assert agent is not None
    response = call.sessions.own[agent].response
    call.caller.floor.bridge = None
    if response.id is None:  # it was asked for and has not begun
        response.unheard.next = response.busy
    else:
        response.unheard.muted = response.unheard.hidden = response.id
        call.do(do.EndResponse(response.id, "cancelled"))
    open_floor(call)


def cancel(call: State, session: AgentSession) -> None:
    """Stop a response that runs, or one that was asked for as soon as it starts; its late audio is not heard."""
    response = session.response
    if response.state is ResponseState.ACTIVE:
        response.unheard.muted = response.id
        call.do(do.CancelResponse(session.id, response.id))
    else:
        response.unheard.next = True

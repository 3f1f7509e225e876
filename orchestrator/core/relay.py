"""What reaches the caller's ear, and what is taken back when the caller interrupts.

Only the agent that has the caller is heard, and the one before it until its farewell is over. Audio of a response
that was cancelled is dropped by its id, however late it comes.
"""

from __future__ import annotations

from orchestrator.core.effects import (
    CancelResponse,
    DeleteItem,
    EndResponse,
    PlayAudio,
    StopPlayback,
    TellCaller,
    TruncateAudio,
)
from orchestrator.core.events import AudioProduced, SessionSaid, TranscriptProduced
from orchestrator.core.session import AgentSession, ResponseState
from orchestrator.core.state import State


def forward(call: State, event: SessionSaid) -> None:
    """Give the caller an event of a session, now, behind a farewell, or not at all."""
    floor = call.caller.floor
    if event.agent == floor.farewell or (event.agent == call.route.active and floor.farewell is None):
        give(call, event)
    elif event.agent == call.route.active:
        floor.wait(event)
        if floor.full:
            cut_farewell(call)


def give(call: State, event: SessionSaid) -> None:
    """Give the caller an event now, and remember what it was given to hear."""
    arrive(call, event)
    if not isinstance(event, AudioProduced):
        call.out.do(TellCaller(event.payload))
    elif event.response_id != call.sessions[event.agent].unheard.muted:
        call.caller.playback.add(event.agent, event.item_id, event.ms, call.now)
        call.out.do(PlayAudio(event.item_id, event.frame))


def arrive(call: State, event: SessionSaid) -> None:
    """Note the first words of the agent that the caller was handed to."""
    spoken = AudioProduced if "audio" in call.caller.settings.modalities else TranscriptProduced
    if call.route.arrived is None or event.agent != call.route.active or not isinstance(event, spoken):
        return
    arrived(call)


def arrived(call: State) -> None:
    """Announce that the handoff is complete for the caller."""
    assert call.route.arrived is not None
    seconds = round(call.now - call.route.arrived, 3)
    call.route.arrived = None
    names = {"from": call.route.previous, "to": call.route.active}
    call.announce("handoff.completed", **names, seconds=seconds)


def open_floor(call: State) -> None:
    """End the farewell: what the next agent has said meanwhile is heard now."""
    call.out.stop_timer("farewell")
    for event in call.caller.floor.open():
        forward(call, event)


def cut_farewell(call: State) -> None:
    """Close a farewell that goes on for too long, so that the next agent is heard."""
    agent = call.caller.floor.farewell
    assert agent is not None
    session = call.sessions[agent]
    call.caller.floor.bridge = None
    if session.response_id is None:  # it was asked for and has not begun
        session.unheard.next = session.busy
    else:
        session.unheard.muted = session.unheard.hidden = session.response_id
        call.out.do(EndResponse(session.response_id, "cancelled"))
    open_floor(call)


def cancel(call: State, session: AgentSession) -> None:
    """Stop a response that runs, or that was asked for as soon as it starts; its late audio is not heard."""
    if session.response is ResponseState.ACTIVE:
        session.unheard.muted = session.response_id
        call.out.do(CancelResponse(session.agent, session.response_id))
    else:
        session.unheard.next = True


def barge_in(call: State) -> None:
    """Stop what the caller is hearing; what it was not even given yet is taken back from the agent that spoke it.

    How much was heard of the rest, the caller's side says. Its player is always stopped: a telephone's is behind the
    clock here, and may have audio when it has none.
    """
    side = call.caller
    side.floor.bridge = None
    never = [item_id for item_id in side.floor.silence() if not side.playback.knows(item_id)]
    side.playback.stop(call.now)
    session = call.active
    if session.response is ResponseState.ACTIVE:
        session.unheard.muted = session.response_id
    call.out.do(StopPlayback())
    for item_id in never:
        take_back(call, call.route.active, item_id, 0, 0.0)
    if side.floor.farewell is not None:
        cut_farewell(call)


def take_back(call: State, agent: str, item_id: str, ms: int, share: float) -> None:
    """Cut an agent's item to what was heard; an item never heard is deleted, since it cannot be cut to nothing."""
    call.transcript.cut(item_id, share)
    if call.sessions[agent].ready:
        call.out.do(TruncateAudio(agent, item_id, ms) if ms > 0 else DeleteItem(agent, item_id))

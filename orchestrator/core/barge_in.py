"""The caller interrupts: what they hear is stopped, and items are cut to what was heard."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core.relay import cut_farewell
from orchestrator.core.response import ResponseState
from orchestrator.core.state import State


def stop(call: State, *, told: bool = False) -> None:
    """Stop what the caller is hearing; what was never sent to them is taken back from the agent that spoke it.

    The caller's side reports how much of the rest was heard. Its player is always stopped: a telephone's lags behind
    our clock, and may still have audio when by our estimate it has none. A client is only `told` to stop where it does
    not by itself, as it does when the caller begins to speak.
    """
    side = call.caller
    side.floor.bridge = None
    never = [item_id for item_id in side.floor.silence() if not side.playback.knows(item_id)]
    side.playback.stop(call.now)
    response = call.active.response
    if response.state is ResponseState.ACTIVE:
        response.unheard.muted = response.id
    call.do(do.StopPlayback(told))
    for item_id in never:
        take_back(call, call.route.active, item_id, 0, 0.0)
    if side.floor.farewell is not None:
        cut_farewell(call)


def take_back(call: State, agent: str, item_id: str, ms: int, share: float) -> None:
    """Cut an agent's item to what was heard; an item never heard is deleted, since it cannot be cut to nothing."""
    call.transcript.cut(item_id, share)
    session = call.sessions.own[agent]
    if session.ready:
        call.do(do.TruncateAudio(session.id, item_id, ms) if ms > 0 else do.DeleteItem(session.id, item_id))

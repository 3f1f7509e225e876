"""What the caller does: speaks, types, asks, interrupts, configures. Whatever nobody can take now is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from orchestrator.core import functions, goodbye, opening, relay
from orchestrator.core.effects import (
    AddItem,
    ClearAudio,
    CommitAudio,
    CreateResponse,
    DeleteItem,
    Refuse,
    RetrieveItem,
    SendAudio,
    TellCaller,
)
from orchestrator.core.events import (
    CallerAction,
    CallerAnswered,
    CallerAsked,
    CallerCleared,
    CallerCommitted,
    CallerConfigured,
    CallerDeleted,
    CallerInterrupted,
    CallerJoined,
    CallerRetrieved,
    CallerSpoke,
    CallerTruncated,
    CallerTyped,
)
from orchestrator.core.session import BUSY, Ask, exactly
from orchestrator.core.state import State

APPLICATION_HEADING = "# From the caller's application"  # stands above its instructions, under the agent's own
# `response.create` keys that a caller may set for one response; the team keeps voice, tools and formats.
OPTIONS = frozenset(
    {"conversation", "input", "output_modalities", "metadata", "max_output_tokens", "tool_choice", "reasoning"}
)


def joined(call: State, event: CallerJoined) -> None:
    """Open the first agent's session and start the clocks of the call."""
    call.caller.settings = event.settings
    for name, value in event.variables.items():
        call.variables.set(name, value)  # what the team does not declare, or lets only a tool set, is left out
    call.out.start_timer("call", call.team.limits.call.at)
    call.touch()
    call.announce("call.started", team=call.team.name, agent=call.route.active)
    opening.open_session(call, call.route.active)


def spoke(call: State, event: CallerSpoke) -> None:
    """Forward a frame to the session that listens, or hold it."""
    if not call.listening:
        hold(call, event)
        return
    session = call.listener
    unfinished = session.hearing or session.by_hand or call.handoff is not None
    call.caller.hold.sent(event, speaking=unfinished)
    call.out.do(SendAudio(session.agent, event.frame))


def hold(call: State, event: CallerAction | CallerSpoke) -> None:
    """Keep an event until a session can take it; nothing goes without a word."""
    if call.caller.hold.keep(event):
        return
    if isinstance(event, CallerSpoke):
        message = "The call is being connected; the oldest audio held for the agent was dropped."
    else:
        message = "Too many events are waiting for the agent to be connected; this one was refused."
    call.out.do(Refuse("rate_limit_exceeded", message, event_id=getattr(event, "event_id", None)))


def release(call: State) -> None:
    """Handle what was held, in order, as soon as somebody can take it."""
    if not call.caller.hold.waiting or not call.listening:
        return
    for event in call.caller.hold.release():
        if isinstance(event, CallerSpoke):
            spoke(call, event)
        else:
            acted(call, event)


def acted(call: State, event: CallerAction) -> None:
    """Handle what the caller does to the conversation; held while nobody can take it."""
    if not call.listening:
        hold(call, event)
        return
    match event:
        case CallerCommitted():
            call.transcript.begun = True  # its item is on the way: a `response.create` right behind is about it
            call.out.do(CommitAudio(call.listener.agent, event.event_id))
        case CallerCleared():
            call.caller.hold.clear_audio()
            call.out.do(ClearAudio(call.listener.agent))
            unheard(call)
        case CallerTyped():
            typed(call, event)
        case CallerAnswered():
            functions.caller_answered(call, event)
        case CallerAsked():
            asked(call, event)
        case _:
            assert_never(event)


def typed(call: State, event: CallerTyped) -> None:
    """Add the caller's message to the conversation of the agent that listens."""
    agent, item_id, text = call.listener.agent, str(event.item["id"]), text_of(event.item)
    match event.item.get("role"):
        case "user":
            call.transcript.caller_typed(agent, item_id, text)
            call.route.turn_since = True
        case "assistant":
            call.transcript.agent_said(agent, item_id, text)
        case "system":
            call.transcript.noted(agent, item_id, text)
    after = event.previous_item_id
    if after != "root" and call.items.owner(after or "") != agent:
        after = None  # that item is on another agent's session, or unknown: append
    call.items.add(item_id, agent)
    if "call_id" in event.item:
        call.items.add(str(event.item["call_id"]), agent)  # its output, when that is told too, belongs there
    call.touch()
    call.out.do(AddItem(agent, event.item, after, event.event_id))


def text_of(item: Mapping[str, Any]) -> str:
    """Return the words of a message item."""
    parts = item.get("content") or []
    return " ".join(str(part.get("text") or part.get("transcript") or "") for part in parts).strip()


def asked(call: State, event: CallerAsked) -> None:
    """Ask the agent to speak; the greeting is what it says when nothing was said in the call yet."""
    agent = call.listener.agent
    options = {**call.reply(), **{key: event.options[key] for key in OPTIONS & event.options.keys()}}
    said = event.options.get("instructions")
    extra = f"{APPLICATION_HEADING}\n{said}" if said else ""
    greeting = call.team.agents[agent].greeting
    if greeting and not extra and not call.transcript.begun and "input" not in options:
        options["instructions"] = exactly(greeting)
    if "input" in options:
        options["input"] = [known_here(call, agent, item) for item in options["input"]]
    if options.get("conversation") == "none":
        call.out.do(CreateResponse(agent, options, extra, event.event_id))
    elif taken(call, agent) and not event.patient:
        message = "Conversation already has an active response in progress."
        call.out.do(Refuse(BUSY, message, event_id=event.event_id))
    else:
        call.ask(agent, Ask(options, extra, event.event_id, by_caller=not event.patient))


def taken(call: State, agent: str) -> bool:
    """Return whether an answer runs, is owed, or is about to be made by turn detection."""
    session = call.sessions[agent]
    return (session.busy and not session.ending) or session.owed is not None or session.turn_open


def known_here(call: State, agent: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write out a reference to an item that is on another agent's session: an id of one means nothing on another."""
    if item.get("type") != "item_reference" or call.items.owner(str(item["id"])) in (agent, None):
        return item
    known = call.transcript.item(str(item["id"]), lambda text: call.variables.mask(text, call.readable(agent)))
    return known or item


def interrupted(call: State, event: CallerInterrupted) -> None:
    """Stop the response that the caller hears (`response.cancel`)."""
    named = (session for session in call.sessions.values() if session.response_id == event.response_id is not None)
    session = next(named, call.active if event.response_id is None else None)
    if session is not None:
        session.owed = None
    if session is None or not session.busy:
        message = "Cancellation failed: no active response found."
        call.out.do(Refuse("response_cancel_not_active", message, event_id=event.event_id))
    else:
        relay.cancel(call, session)


def truncated(call: State, event: CallerTruncated) -> None:
    """Believe how much of an item the caller's side has played (`conversation.item.truncate`)."""
    if not call.caller.playback.knows(event.item_id):
        message = f"Item {event.item_id!r} was not found among the audio sent in this call."
        call.out.do(Refuse("item_truncate_invalid_item_id", message, "item_id", event.event_id))
        return
    cut = call.caller.playback.truncate(event.item_id, event.ms)
    if cut:
        agent, ms, share = cut
        relay.take_back(call, agent, event.item_id, ms, share)
    payload = {"content_index": 0, "audio_end_ms": event.ms}
    call.out.do(TellCaller({"type": "conversation.item.truncated", "item_id": event.item_id, **payload}))


def deleted(call: State, event: CallerDeleted) -> None:
    """Remove an item from the session that has it (`conversation.item.delete`)."""
    agent = call.items.owner(event.item_id)
    if agent is None:
        message = f"Item {event.item_id!r} was not found in this call."
        call.out.do(Refuse("item_delete_invalid_item_id", message, "item_id", event.event_id))
        return
    call.items.forget(event.item_id)
    call.transcript.forget(event.item_id)
    if call.sessions[agent].ready:  # a session that is opened again is not told of it
        call.out.do(DeleteItem(agent, event.item_id))
    call.out.do(TellCaller({"type": "conversation.item.deleted", "item_id": event.item_id}))


def retrieved(call: State, event: CallerRetrieved) -> None:
    """Ask the session that has an item for it (`conversation.item.retrieve`)."""
    if call.transcript.unheard(event.item_id):
        known = {"id": event.item_id, "object": "realtime.item", "type": "message", "role": "assistant"}
        item = {**known, "status": "incomplete", "content": [{"type": "output_audio", "transcript": ""}]}
        call.out.do(TellCaller({"type": "conversation.item.retrieved", "item": item}))
        return
    agent = call.items.owner(event.item_id)
    if agent is None or not call.sessions[agent].ready:
        message = f"Item {event.item_id!r} was not found in this call."
        call.out.do(Refuse("item_retrieve_invalid_item_id", message, "item_id", event.event_id))
        return
    call.out.do(RetrieveItem(agent, event.item_id, event.event_id))


def configured(call: State, event: CallerConfigured) -> None:
    """Put the caller's settings in force on every session of the call."""
    call.caller.settings = event.settings
    opening.reconfigure(call)
    if not call.turn_detection(call.listener.agent):
        unheard(call)


def unheard(call: State) -> None:
    """Note that no turn will come of what the caller is saying: what waited for its end goes on."""
    call.listener.hearing = False
    call.pay(call.listener.agent)
    goodbye.proceed(call)

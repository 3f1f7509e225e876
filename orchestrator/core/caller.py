"""What the caller does: speaks, types, asks, interrupts, configures. What no session can take now is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from orchestrator.core import barge_in, briefing, functions, opening, relay
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.away import coming_back
from orchestrator.core.ids import TimerKind
from orchestrator.core.response import BUSY, Ask, ResponseState
from orchestrator.core.session import AgentSession
from orchestrator.core.state import Phase, State
from orchestrator.core.tools import late
from orchestrator.core.turn import Cue
from orchestrator.core.wording import APPLICATION_HEADING, EXACTLY, exactly, marked, unmarked

# `response.create` keys that a caller may set for one response; the team keeps voice, tools and formats.
OPTIONS = frozenset(
    {"conversation", "input", "output_modalities", "metadata", "max_output_tokens", "tool_choice", "reasoning"}
)


def joined(call: State, event: ev.CallerJoined) -> None:
    """Open the first agent's session and start the clocks of the call."""
    call.caller.settings, call.caller.reach = event.settings, event.reach
    call.set_variables(event.variables)  # what the team does not declare, or lets only a tool set, is left out
    call.set_variables(event.found, event.by)
    began = call.shared.began = call.now if call.shared.began is None else call.shared.began
    call.start_timer(TimerKind.CALL, max(0.0, began + call.team.limits.call.at - call.now))
    call.touch()
    call.announce("call.started", team=call.team.name, agent=call.route.active)
    opening.open_session(call, call.active)


def spoke(call: State, event: ev.CallerSpoke) -> None:
    """Forward a frame to the session that listens, or hold it; what is said to somebody outside is theirs."""
    if call.phase is Phase.AWAY:
        return
    if not call.listening:
        hold(call, event)
        return
    session = call.listener
    unfinished = session.turn.speaking or session.by_hand or call.route.handoff is not None
    call.caller.hold.sent(event, speaking=unfinished)
    call.do(do.SendAudio(session.id, event.frame))


def hold(call: State, event: ev.CallerAction | ev.CallerSpoke) -> None:
    """Keep an event until a session can take it; nothing is dropped silently."""
    if call.caller.hold.keep(event, call.room):
        return
    if isinstance(event, ev.CallerSpoke):
        message = "The call is being connected; the oldest audio held for the agent was dropped."
    else:
        message = "Too many or too large events are waiting for the agent to be connected; this one was refused."
    call.do(do.Refuse("rate_limit_exceeded", message, event_id=getattr(event, "event_id", None)))


def release(call: State) -> None:
    """Handle what was held, in order, as soon as somebody can take it; progress, see `call.py`."""
    if not call.caller.hold.waiting or not call.listening:
        return
    for event in call.caller.hold.release():
        if isinstance(event, ev.CallerSpoke):
            spoke(call, event)
        else:
            acted(call, event)


def acted(call: State, event: ev.CallerAction) -> None:
    """Handle what the caller does to the conversation; it is held while no session can take it.

    A caller who is away is back when an answer is asked for (`response.create`).
    """
    if call.phase is Phase.AWAY and isinstance(event, ev.CallerAsked):
        coming_back.returned(call)
    elif not call.listening:
        hold(call, event)
    else:
        act(call, event)


def act(call: State, event: ev.CallerAction) -> None:
    """Do to the conversation what the caller wants."""
    match event:
        case ev.CallerCommitted():
            call.transcript.begun = True  # its item is on the way: a `response.create` right behind is about it
            call.do(do.CommitAudio(call.listener.id, event.event_id))
        case ev.CallerCleared():
            call.caller.hold.clear_audio()
            call.do(do.ClearAudio(call.listener.id))
            call.listener.cue(Cue.CLEARED)
        case ev.CallerTyped():
            typed(call, event)
        case ev.CallerAnswered():
            answered(call, event)
        case ev.CallerAsked():
            asked(call, event)
        case _:
            assert_never(event)


def typed(call: State, event: ev.CallerTyped) -> None:
    """Add the caller's message, or an earlier function call, to the conversation of the agent that listens."""
    session, item_id, text = call.listener, str(event.item["id"]), text_of(event.item)
    agent = session.agent
    call_id = event.item.get("call_id")
    if call_id is not None and not call.items.add_call(str(call_id), agent):
        message = f"The function call {call_id!r} is not yours."
        call.do(do.Refuse("invalid_value", message, "item.call_id", event.event_id))
        return
    match event.item.get("role"):
        case "user":
            call.transcript.caller_typed(agent, item_id, text)
            call.route.turned()
            late.caller_went_on(call)
            session.response.rounds = 0
            call.caller.prompts = 0
        case "assistant":
            call.transcript.agent_said(agent, item_id, text)
        case "system":
            call.transcript.noted(agent, item_id, text)
    after = event.previous_item_id
    if after != "root" and call.items.owner(after or "") != agent:
        after = None  # that item is on another agent's session, or unknown: append
    elif told := briefing.held(call, session, after or ""):
        after = told.item_ids[-1]
    call.items.add(item_id, agent)
    call.touch()
    call.do(do.AddItem(session.id, event.item, after, event.event_id))


def text_of(item: Mapping[str, Any]) -> str:
    """Return the words of a message item."""
    parts = item.get("content") or []
    return " ".join(str(part.get("text") or part.get("transcript") or "") for part in parts).strip()


def asked(call: State, event: ev.CallerAsked) -> None:
    """Ask the agent to speak; the greeting is what it says when nothing was said in the call yet."""
    session = call.listener
    options = {**call.reply(), **{key: event.options[key] for key in OPTIONS & event.options.keys()}}
    if "metadata" in options:  # a caller cannot pass for us
        options["metadata"] = unmarked(options["metadata"])
    instructions = event.options.get("instructions")
    extra = f"{APPLICATION_HEADING}\n{instructions}" if instructions else ""
    greeting = call.team.agents[session.agent].greeting
    if greeting and not extra and not call.transcript.begun and "input" not in options:
        options = marked({**options, "instructions": exactly(greeting)}, EXACTLY)
    if unknown := [item["id"] for item in options.get("input", ()) if refers(item) and not holder(call, item["id"])]:
        message = f"Item {unknown[0]!r} was not found in this call."
        call.do(do.Refuse("invalid_value", message, "response.input", event.event_id))
        return
    if "input" in options:
        options["input"] = [known_here(call, session.agent, item) for item in options["input"]]
    if options.get("conversation") == "none" and session.agent in call.team.persons:
        message = "A person has the caller; no response can be made beside the conversation."
        call.do(do.Refuse("invalid_value", message, "response.conversation", event.event_id))
    elif options.get("conversation") == "none":
        options |= beside(call, event.options)
        call.do(do.CreateResponse(session.id, options, extra, event.event_id))
    elif taken(session) and not event.patient and not opening.says_notice(call, session):
        message = "Conversation already has an active response in progress."
        call.do(do.Refuse(BUSY, message, event_id=event.event_id))
    else:
        call.ask(session, Ask(options, extra, event.event_id, by_caller=not event.patient))


def taken(session: AgentSession) -> bool:
    """Return whether an answer runs, is owed, or is about to be made by turn detection."""
    response = session.response
    return (response.busy and not response.ending) or response.owed is not None or session.turn.awaited


def beside(call: State, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the functions of a response beside the conversation: the caller's own, and none of the team's."""
    tools = list(asked.get("tools", call.caller.settings.tools))
    choice = asked.get("tool_choice", call.caller.settings.session.get("tool_choice", "auto"))
    return {"tools": tools, "tool_choice": choice if tools else "none"}


def refers(item: Mapping[str, Any]) -> bool:
    """Return whether an item of a response's `input` stands for one that is in the call."""
    return item.get("type") == "item_reference"


def known_here(call: State, agent: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write out a reference to an item that is not on an agent's session: an id of one means nothing on another."""
    if not refers(item):
        return item
    item_id, own = str(item["id"]), call.items.owner(str(item["id"])) == agent
    if own and briefing.held(call, call.sessions.own[agent], item_id) is None:
        return item
    known = call.transcript.item(item_id, lambda text: text if own else call.variables.mask(text, call.readable(agent)))
    return known or item


def answered(call: State, event: ev.CallerAnswered) -> None:
    """Pass the answer of one of the caller's own tools to the agent that asked; the caller asks for the response."""
    call_id = str(event.item.get("call_id"))
    function = functions.forget(call, functions.of_application(call, call_id) or "")
    earlier = call.items.caller_of(call_id)
    if function is not None:
        session = call.sessions.own[function.session.agent]  # only with the caller are the caller's tools offered
        if function.orphan:
            functions.tell(call, session, function, str(event.item.get("output")))
        else:
            add(call, session, event)
    elif earlier is not None and call.sessions.own[earlier].ready:
        add(call, call.sessions.own[earlier], event)  # the caller's application adds an earlier conversation
    else:
        message = f"No function call {call_id!r} is waiting for an output."
        call.do(do.Refuse("invalid_value", message, "item.call_id", event.event_id))


def add(call: State, session: AgentSession, event: ev.CallerAnswered) -> None:
    """Add the caller's item to the conversation in which the function was called."""
    call.items.add(str(event.item["id"]), session.agent)
    call.do(do.AddItem(session.id, event.item, event_id=event.event_id))


def holder(call: State, item_id: str) -> AgentSession | None:
    """Return the session that holds an item; None when no session is known to."""
    agent = call.items.owner(item_id)
    return None if agent is None else call.sessions.own[agent]


def interrupted(call: State, event: ev.CallerInterrupted) -> None:
    """Stop the response that the caller hears (`response.cancel`), or the one that they name."""
    session: AgentSession | None = call.active
    if event.response_id is not None:
        named = (one for one in call.sessions.own.values() if one.response.id == event.response_id)
        session = next(named, None)
    if session is not None:
        session.response.owe(None)
    if session is None or not session.response.busy:
        message = "Cancellation failed: no active response found."
        call.do(do.Refuse("response_cancel_not_active", message, event_id=event.event_id))
    else:
        relay.cancel(call, session)


def pressed(call: State) -> None:
    """Stop what the caller hears: whoever presses a key has heard enough, whatever turn detection makes of words.

    A person goes on speaking.
    """
    call.touch()
    call.caller.prompts = 0
    if call.active.agent in call.team.persons:
        return
    barge_in.stop(call)
    if call.active.response.state is ResponseState.ACTIVE:
        relay.cancel(call, call.active)


def truncated(call: State, event: ev.CallerTruncated) -> None:
    """Accept how much of an item the caller's side has played (`conversation.item.truncate`)."""
    if not call.caller.playback.knows(event.item_id):
        message = f"Item {event.item_id!r} was not found among the audio sent in this call."
        call.do(do.Refuse("item_truncate_invalid_item_id", message, "item_id", event.event_id))
        return
    cut = call.caller.playback.truncate(event.item_id, event.ms)
    if cut:
        agent, ms, share = cut
        barge_in.take_back(call, agent, event.item_id, ms, share)
    payload = {"content_index": 0, "audio_end_ms": event.ms}
    call.do(do.TellCaller({"type": "conversation.item.truncated", "item_id": event.item_id, **payload}))


def deleted(call: State, event: ev.CallerDeleted) -> None:
    """Remove an item from the session that holds it (`conversation.item.delete`)."""
    session = holder(call, event.item_id)
    if session is None:
        message = f"Item {event.item_id!r} was not found in this call."
        call.do(do.Refuse("item_delete_invalid_item_id", message, "item_id", event.event_id))
        return
    told = briefing.held(call, session, event.item_id)
    call.items.forget(event.item_id)
    call.transcript.forget(event.item_id)
    if told is not None:
        briefing.tell_earlier(call, session, told.before)
    elif session.ready:  # a session that is opened again is not told of it
        call.do(do.DeleteItem(session.id, event.item_id))
    call.do(do.TellCaller({"type": "conversation.item.deleted", "item_id": event.item_id}))


def retrieved(call: State, event: ev.CallerRetrieved) -> None:
    """Ask the session that holds an item for it (`conversation.item.retrieve`)."""
    if call.transcript.erased(event.item_id):
        known = {"id": event.item_id, "object": "realtime.item", "type": "message", "role": "assistant"}
        item = {**known, "status": "incomplete", "content": [{"type": "output_audio", "transcript": ""}]}
        call.do(do.TellCaller({"type": "conversation.item.retrieved", "item": item}))
        return
    session = holder(call, event.item_id)
    if session is None or not session.ready:
        message = f"Item {event.item_id!r} was not found in this call."
        call.do(do.Refuse("item_retrieve_invalid_item_id", message, "item_id", event.event_id))
        return
    line = call.transcript.item(event.item_id, str)
    if line is not None and briefing.held(call, session, event.item_id) is not None:
        known = {"id": event.item_id, "object": "realtime.item", "status": "completed"}
        call.do(do.TellCaller({"type": "conversation.item.retrieved", "item": {**known, **line}}))
        return
    call.do(do.RetrieveItem(session.id, event.item_id, event.event_id))


def configured(call: State, event: ev.CallerConfigured) -> None:
    """Put the caller's settings in force on every session of the call."""
    call.caller.settings = event.settings
    opening.reconfigure(call)
    if not call.turn_detection(call.listener.agent):
        call.listener.cue(Cue.CLEARED)

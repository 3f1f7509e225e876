"""Who handles an event that means different things for different sessions: by kind of session, or by who answers.

An agent's own session can have the caller, a consult's answers a question, a successor's waits for a quiet moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from orchestrator.core import consults, functions, goodbye, handoff, opening, recovery, relay, renewal
from orchestrator.core.events import FunctionCalled, SessionLost, SessionOpened, ToolFailed, ToolReturned
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.core.in_progress import Answerer, FunctionCall
from orchestrator.core.keys import pressing
from orchestrator.core.people import waiting
from orchestrator.core.permission import Rule
from orchestrator.core.seats import messages
from orchestrator.core.session import AgentSession, SessionState
from orchestrator.core.state import State
from orchestrator.core.wording import ALREADY_YOURS, NO_FUNCTION, NO_FUNCTIONS, NOBODY_WAITS, NOT_WANTED, UNABLE

# --- function calls ---


def called(call: State, session: AgentSession, event: FunctionCalled) -> None:
    """Send a function call to whoever answers it: of the team's, only what the agent calls in the conversation."""
    agent, response = session.agent, session.response
    of_caller = session.own and event.name in call.tool_names
    if event.response_id not in response.asides:
        progress = response.progress
        progress.at, progress.called, progress.complete = call.now, True, True
        response.since = call.now
    if (event.item_id, event.call_id) in response.reported:
        return  # the session reported the same call twice
    response.reported.add((event.item_id, event.call_id))
    if not of_caller:
        call.items.reserve_call(event.call_id)
    if event.response_id in response.asides:
        relay.forward(call, session, event)  # the caller sees a call of its own tools; an answer has no place
    elif session.own and not wanted(call, session, event.response_id):
        functions.answer(call, session.id, event.call_id, {"error": NOT_WANTED})
    elif session.own and (way := handoff.edge(call, agent, event.name)):
        handoff.request(call, session, event, way)
    elif session.own and (handle := built_in(call, agent, event.name)):
        handle(call, session, event)
    elif consult := consults.edge(call, agent, event.name):
        consults.begin(call, session, event, consult)
    elif message := messages.edge(call, agent, event.name):
        messages.send(call, session, event, message)
    elif event.name in call.functions.tools[agent]:
        functions.run(call, event)
    elif of_caller:
        functions.remember(call, event, Answerer.CALLER)
        relay.forward(call, session, event)
    else:
        functions.refuse(call, event, Rule.UNKNOWN, {"error": unknown(call, session, event.name)})


def built_in(call: State, agent: str, name: str) -> Callable[[State, AgentSession, FunctionCalled], None] | None:
    """Return what handles a function of an agent that leads to nobody and is no tool; None for any other."""
    if name == call.team.stop_waiting:
        return waiting.stopped
    return pressing.request if name == call.team.press_keys and call.team.agents[agent].press else None


def wanted(call: State, session: AgentSession, response_id: str) -> bool:
    """Return whether the caller waits for what an agent does in a response: it has the caller, or had when it began."""
    if response_id == session.response.unheard.hidden:
        return False
    return session is call.active or response_id == session.response.id


def unknown(call: State, session: AgentSession, name: str) -> str:
    """Tell the model that there is no such function, and which there are."""
    agent = session.agent
    known = sorted(call.functions.tools[agent]) + [edge.function for edge in call.team.agents[agent].consult]
    known += [edge.function for edge in call.team.agents[agent].messages]
    if session.own:
        known += [edge.function for edge in call.team.edges(agent)]
        known += [call.team.press_keys] if call.team.agents[agent].press else []
    if name == call.team.back(agent).function:
        return NOBODY_WAITS
    if name.removeprefix("transfer_to_") == agent:
        return ALREADY_YOURS.format(agent=agent)
    return NO_FUNCTION.format(name=name, known=", ".join(known) or NO_FUNCTIONS)


def returned(call: State, event: ToolReturned) -> None:
    """Answer a function call with what the tool returned; move the caller or end the call if the tool wants it."""
    function = functions.finished(call, event.call_id, ok=True)
    if function is None:
        return
    known = call.known(function.session.agent)
    values = {name: value for name, value in event.variables.items() if name in known}
    faults = call.set_variables(values, function.name)
    found(call, function, event.output)
    functions.show_output(call, event.call_id, event.output)
    opening.reconfigure(call)
    if event.transfer is not None and (refused := handoff.refer(call, event.transfer)):
        faults.append(refused)
    if event.parting is not None and (refused := goodbye.part(call, function, event.parting)):
        faults.append(refused)
    output: Mapping[str, str] | str = event.output
    if faults:
        output = {"result": event.output, "error": "; ".join(faults)}
    functions.conclude(call, function, output)


def failed(call: State, event: ToolFailed) -> None:
    """Answer a function call with why the tool could not do it."""
    function = functions.finished(call, event.call_id, ok=False)
    if function is None:
        return
    if not event.ran:
        call.functions.runs[function.name] -= 1
    found(call, function, event.reason)
    functions.show_output(call, event.call_id, event.reason)
    functions.conclude(call, function, {"error": event.reason})


def found(call: State, function: FunctionCall, output: str) -> None:
    """Record what a tool returned; what a consulted agent found out is in its own answer, unless it is asked again.

    Its line has an id that nobody is told: by the function call's, an item of the caller's could take its place.
    """
    if function.session.kind is SessionKind.OWN:
        call.transcript.tool_returned(function.session.agent, call.items.new_id(), function.name, output)
    else:
        consults.consult_of(call.sessions.beside[function.session]).note(function.name, output)


# --- sessions ---


def opened(call: State, event: SessionOpened) -> None:
    """Put a session that is open to use, by its kind."""
    session = call.sessions.find(event.session)
    if session is None or session.state is not SessionState.OPENING:
        return
    session.move(SessionState.READY)
    session.since = call.now
    opening.reconfigure(call)
    if session.consult is not None:
        consults.opened(call, session)
        return
    renewal.plan(call, session, event.lasts)
    if session.own:
        recovery.opened(call, session)
    else:
        renewal.look(call, session.agent)


def lost(call: State, event: SessionLost) -> None:
    """Handle the loss of a session, by its kind."""
    session = call.sessions.find(event.session)
    if session is None or session.state is SessionState.CLOSED:
        return
    if session.consult is not None:
        consults.give_up(call, session, replace(event, reason=UNABLE))  # a service's own words are for the log
    elif session.own:
        recovery.lost(call, session, event)
    else:
        renewal.lost(call, session, fatal=event.fatal)


def look(call: State, session_id: SessionId) -> None:
    """Look whether a session goes on with what it is at, by its kind; nothing is expected of a successor."""
    session = call.sessions.find(session_id)
    assert session is not None  # the timer stops with it
    (recovery if session.consult is None else consults).look(call, session)

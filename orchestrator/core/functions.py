"""Function calls of the agents: tools of the team, tools of the caller's application, ways to others, and mistakes.

Every function call is answered exactly once unless its session is gone. When the last answer of a response is in, the
agent is asked to go on, once. What takes long is bridged by a filler, so that the caller does not wait in silence. An
agent that calls functions over and over is asked for words alone after `ROUNDS` responses, and then no more until the
caller has said something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core import consults, goodbye, handoff, opening, relay, requirements
from orchestrator.core.effects import AddItem, CancelTool, Refuse, RunTool, SendFunctionOutput
from orchestrator.core.events import CallerAnswered, FunctionCalled, ToolFailed, ToolReturned
from orchestrator.core.session import agent_of
from orchestrator.core.state import ROUNDS, Phase, State

if TYPE_CHECKING:
    from orchestrator.team import Filler

PENDING = 64  # function calls that the caller's application has not answered; the oldest is forgotten
LOOKING = "Tell the caller in a few words that you are looking into it and that it takes a moment. Nothing else."


class Answerer(Enum):
    """Who answers a function call."""

    TOOL = "tool"
    CALLER = "caller"
    HANDOFF = "handoff"
    CONSULT = "consult"


@dataclass(slots=True)
class FunctionCall:
    """A function call that waits for its answer."""

    agent: str  # the session that made it
    name: str
    answerer: Answerer
    since: float  # when the model made it
    filler: Filler | None = None  # what is said when it takes long
    orphan: bool = False  # its session is gone: nobody is waiting under this id any more
    passed_over: bool = False  # the caller's application has not answered it, and the agent has gone on

    @property
    def running(self) -> bool:
        """Whether a tool works on it."""
        return self.answerer is Answerer.TOOL


def called(call: State, event: FunctionCalled) -> None:
    """Send a function call to whoever answers it."""
    if event.call_id in call.functions:
        return  # the session told of the same call twice
    agent, asked = agent_of(event.agent), call.sessions[event.agent].consult is not None
    if not asked and (edge := handoff.edge(call, agent, event.name)):
        handoff.request(call, event, edge)
    elif consult := consults.edge(call, agent, event.name):
        consults.begin(call, event, consult)
    elif event.name in call.tools[agent]:
        run(call, event)
    elif not asked and event.name in {tool.get("name") for tool in call.caller.settings.tools}:
        remember(call, event, Answerer.CALLER)
        relay.forward(call, event)
    else:
        refuse(call, event, unknown(call, event.agent, event.name))


def run(call: State, event: FunctionCalled) -> None:
    """Run a tool, or refuse it when a rule forbids it now."""
    agent, runs = agent_of(event.agent), call.spent.runs
    if fault := forbidden(call, agent, event.name):
        refuse(call, event, fault)
        return
    runs[event.name] = runs.get(event.name, 0) + 1
    remember(call, event, Answerer.TOOL, call.tools[agent][event.name])
    call.announce("tool.called", agent=agent, name=event.name, call_id=event.call_id)
    known, values = call.known(agent), call.variables.values()
    variables = {name: values[name] for name in known}
    call.out.do(RunTool(event.agent, event.call_id, event.name, event.arguments, variables))


def forbidden(call: State, agent: str, tool: str) -> Mapping[str, Any] | None:
    """Return why a rule forbids a tool now, for the model; None when none does."""
    most = call.team.most(tool)
    if most is not None and call.spent.runs.get(tool, 0) >= most:
        often = "once" if most == 1 else f"{most} times"
        return {
            "error": f"{tool} can run {often} in a call, and it has. Tell the caller that this cannot be done again."
        }
    return requirements.unmet(call, agent, call.team.needed_by(tool), tool)


def remember(call: State, event: FunctionCalled, answerer: Answerer, filler: Filler | None = None) -> None:
    """Keep a function call until it is answered; the caller hears a filler meanwhile."""
    call.functions[event.call_id] = FunctionCall(event.agent, event.name, answerer, call.now, filler)
    open_ = [call_id for call_id, function in call.functions.items() if function.answerer is Answerer.CALLER]
    for call_id in open_[:-PENDING]:
        forget(call, call_id)
    if filler is not None and event.agent == call.route.active:
        call.out.start_timer(f"filler:{event.call_id}", filler.after)


def fill(call: State, call_id: str) -> None:
    """Say that something takes long, once nothing else is said."""
    function, session = call.functions[call_id], call.active
    filler = function.filler
    assert filler is not None  # its timer starts with it
    if function.agent != session.agent or function.orphan or call.caller.goodbye is not None:
        return
    speaking = session.busy or session.hearing or session.turn_open or call.caller.playback.remaining(call.now) > 0
    if call.phase is not Phase.TALKING or speaking:
        call.out.start_timer(f"filler:{call_id}", filler.after)
    else:
        call.ask(session.agent, call.line(filler.say, LOOKING))


def forget(call: State, call_id: str) -> FunctionCall | None:
    """Forget a function call; None when it was forgotten before."""
    call.out.stop_timer(f"filler:{call_id}")
    return call.functions.pop(call_id, None)


def cancel(call: State, call_id: str) -> None:
    """Forget a function call whose answer nobody waits for, and stop what was to answer it."""
    function = finished(call, call_id, ok=False)
    assert function is not None
    if function.answerer is Answerer.CONSULT:
        consults.drop(call, consults.of(call, call_id))
    else:
        call.out.do(CancelTool(call_id))


def refuse(call: State, event: FunctionCalled, output: Mapping[str, Any]) -> None:
    """Answer a function call at once with why it cannot be done; the agent goes on."""
    answer(call, event.agent, event.call_id, output)
    settle(call, event.agent)


def unknown(call: State, session: str, name: str) -> Mapping[str, Any]:
    """Tell the model that there is no such function, and which there are."""
    agent = agent_of(session)
    known = sorted(call.tools[agent]) + [consult.function for consult in call.team.agents[agent].consult]
    if session == agent:
        known += [edge.function for edge in call.team.edges(agent)]
    if name == call.team.back(agent).function:
        return {"error": "Nobody waits to have the caller back: they did not come for something. Help them yourself."}
    if name.removeprefix("transfer_to_") == agent:
        return {"error": f"You are {agent!r} and have the caller already. Answer them yourself."}
    listed = ", ".join(known) if known else "none; answer in words"
    return {"error": f"There is no function {name!r}. Functions you can call: {listed}."}


def answer(call: State, agent: str, call_id: str, output: Mapping[str, Any] | str) -> None:
    """Answer a function call on the session that made it."""
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    call.out.do(SendFunctionOutput(agent, call_id, text))


def settle(call: State, agent: str) -> None:
    """Go on once nothing of the agent waits for an answer: with the handoff it wanted, or by asking it to speak."""
    asked = call.sessions[agent].consult is not None
    if call.handoff is not None and not asked:
        handoff.proceed(call)
    elif call.caller.goodbye is not None and not asked:
        goodbye.proceed(call)
    elif (asked or agent == call.route.active) and not waiting(call, agent) and call.sessions[agent].rounds <= ROUNDS:
        call.ask(agent)


def waiting(call: State, agent: str) -> bool:
    """Return whether a function call of the agent waits for its answer."""
    of_agent = (function for function in call.functions.values() if function.agent == agent)
    return any(not function.orphan and not function.passed_over for function in of_agent)


def working(call: State, agent: str) -> bool:
    """Return whether a tool or another agent, which have their time, still work for the agent."""
    kinds = (Answerer.TOOL, Answerer.CONSULT)
    return any(function.agent == agent and function.answerer in kinds for function in call.functions.values())


def pass_over(call: State, agent: str) -> None:
    """Note that an agent begins another response: the caller's application need not answer what was called before."""
    for function in call.functions.values():
        function.passed_over |= function.agent == agent and function.answerer is Answerer.CALLER


def orphan(call: State, agent: str) -> None:
    """Note that the session which called functions is gone; a handoff that it wanted is answered to nobody."""
    for call_id, function in list(call.functions.items()):
        if function.agent == agent:
            function.orphan = True
            if function.answerer is Answerer.HANDOFF:
                forget(call, call_id)


def returned(call: State, event: ToolReturned) -> None:
    """Answer a function call with what the tool returned, and move the caller if the tool wants it."""
    function = finished(call, event.call_id, ok=True)
    if function is None:
        return
    agent = agent_of(function.agent)
    known = call.known(agent)
    values = {name: value for name, value in event.variables.items() if name in known}
    faults = [fault for name, value in values.items() if (fault := call.variables.set(name, value, function.name))]
    found(call, function, event.call_id, event.output)
    opening.reconfigure(call)
    refusal = handoff.refer(call, event.transfer) if event.transfer else None
    if refusal:
        faults.append(refusal)
    output = {"result": event.output, "error": "; ".join(faults)} if faults else event.output
    conclude(call, function, event.call_id, output)


def failed(call: State, event: ToolFailed) -> None:
    """Answer a function call with why the tool could not do it."""
    function = finished(call, event.call_id, ok=False)
    if function is not None:
        call.spent.runs[function.name] -= not event.ran
        found(call, function, event.call_id, event.reason)
        conclude(call, function, event.call_id, {"error": event.reason})


def found(call: State, function: FunctionCall, call_id: str, output: str) -> None:
    """Note what a tool has brought; what a consulted agent found out is in its answer."""
    if function.agent == agent_of(function.agent):
        call.transcript.tool_returned(function.agent, call_id, function.name, output)


def finished(call: State, call_id: str, *, ok: bool) -> FunctionCall | None:
    """Forget a function call that has its answer; None when nobody waits for it any more."""
    function = forget(call, call_id)
    if function is not None:
        what = "consult" if function.answerer is Answerer.CONSULT else "tool"
        seconds = round(call.now - function.since, 3)
        call.announce(f"{what}.returned", agent=agent_of(function.agent), name=function.name, ok=ok, seconds=seconds)
    return function


def conclude(call: State, function: FunctionCall, call_id: str, output: Mapping[str, Any] | str) -> None:
    """Give the agent the answer; a session that was reopened meanwhile is told as a note."""
    if function.orphan:
        note(call, function, output)
    else:
        answer(call, function.agent, call_id, output)
    settle(call, function.agent)


def note(call: State, function: FunctionCall, output: Mapping[str, Any] | str) -> None:
    """Tell a session that was opened again what a function returned that it does not remember calling."""
    session = call.sessions[function.agent]
    if session.ready:
        text = f"The function {function.name!r} that you called before the line dropped returned: {output}"
        call.tell(function.agent, text)


def caller_answered(call: State, event: CallerAnswered) -> None:
    """Pass the answer of one of the caller's own tools to the agent that asked; the caller asks for the response."""
    call_id = str(event.item.get("call_id"))
    function = call.functions.get(call_id)
    if function is not None and function.answerer is Answerer.CALLER:
        forget(call, call_id)
        if function.orphan:
            note(call, function, str(event.item.get("output")))
        else:
            add(call, function.agent, event)
        handoff.proceed(call)
    elif (agent := call.items.owner(call_id)) is not None and call.sessions[agent].ready:
        add(call, agent, event)  # the caller's application tells of an earlier conversation
    else:
        message_ = f"No function call {call_id!r} is waiting for an output."
        call.out.do(Refuse("invalid_value", message_, "item.call_id", event.event_id))


def add(call: State, agent: str, event: CallerAnswered) -> None:
    """Add the caller's item to the conversation in which the function was called."""
    call.items.add(str(event.item["id"]), agent)
    call.out.do(AddItem(agent, event.item, event_id=event.event_id))

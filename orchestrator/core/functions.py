"""Function calls of the agents: tools of the team, tools of the caller's application, transfers, and mistakes.

Every function call is answered exactly once unless its session is gone. When the last answer of a response is in, the
agent is asked to go on, once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from orchestrator.core import handoff, hearing, sessions
from orchestrator.core.effects import AddItem, Refuse, RunTool, SendFunctionOutput
from orchestrator.core.events import CallerAnswered, FunctionCalled, ToolFailed, ToolReturned
from orchestrator.core.state import State
from orchestrator.core.transcript import message


class Answerer(Enum):
    """Who answers a function call."""

    TOOL = "tool"
    CALLER = "caller"
    HANDOFF = "handoff"


@dataclass(slots=True)
class FunctionCall:
    """A function call that waits for its answer."""

    agent: str
    name: str
    answerer: Answerer
    since: float  # when the model made it
    orphan: bool = False  # its session is gone: nobody is waiting under this id any more

    @property
    def running(self) -> bool:
        """Whether a tool works on it."""
        return self.answerer is Answerer.TOOL


def called(call: State, event: FunctionCalled) -> None:
    """Send a function call to whoever answers it."""
    if event.call_id in call.functions:
        return  # the session told of the same call twice
    if edge := handoff.edge(call, event.agent, event.name):
        handoff.request(call, event, edge)
    elif event.name in call.tools[event.agent]:
        remember(call, event, Answerer.TOOL)
        call.announce("tool.called", agent=event.agent, name=event.name, call_id=event.call_id)
        run = RunTool(event.agent, event.call_id, event.name, event.arguments, dict(call.variables))
        call.out.do(run)
    elif event.name in {tool.get("name") for tool in call.caller.settings.tools}:
        remember(call, event, Answerer.CALLER)
        hearing.relay(call, event)
    else:
        answer(call, event.agent, event.call_id, unknown(call, event.agent, event.name))
        settle(call, event.agent)


def remember(call: State, event: FunctionCalled, answerer: Answerer) -> None:
    """Keep a function call until it is answered."""
    call.functions[event.call_id] = FunctionCall(event.agent, event.name, answerer, call.now)


def unknown(call: State, agent: str, name: str) -> Mapping[str, Any]:
    """Tell the model that there is no such function, and which there are."""
    known = sorted(call.tools[agent]) + [edge.function for edge in call.team.edges(agent)]
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
    if call.handoff is not None:
        handoff.proceed(call)
    elif agent == call.route.active and not waiting(call, agent):
        call.ask(agent)


def waiting(call: State, agent: str) -> bool:
    """Return whether a function call of the agent waits for its answer."""
    return any(function.agent == agent and not function.orphan for function in call.functions.values())


def returned(call: State, event: ToolReturned) -> None:
    """Answer a function call with what the tool returned, and move the caller if the tool wants it."""
    function = finished(call, event.call_id, ok=True)
    if function is None:
        return
    call.variables.update(event.variables)
    call.transcript.tool_returned(function.agent, event.call_id, function.name, event.output)
    sessions.reconfigure(call)
    refusal = handoff.refer(call, event.transfer) if event.transfer else None
    if refusal:
        conclude(call, function, event.call_id, {"result": event.output, "error": refusal})
    else:
        conclude(call, function, event.call_id, event.output)


def failed(call: State, event: ToolFailed) -> None:
    """Answer a function call with why the tool could not do it."""
    function = finished(call, event.call_id, ok=False)
    if function is not None:
        conclude(call, function, event.call_id, {"error": event.reason})


def finished(call: State, call_id: str, *, ok: bool) -> FunctionCall | None:
    """Forget a function call whose tool is done; None when nobody waits for it any more."""
    function = call.functions.pop(call_id, None)
    if function is not None:
        seconds = round(call.now - function.since, 3)
        call.announce("tool.returned", agent=function.agent, name=function.name, ok=ok, seconds=seconds)
    return function


def conclude(call: State, function: FunctionCall, call_id: str, output: Mapping[str, Any] | str) -> None:
    """Give the agent the answer; a session that was reopened meanwhile is told as a note."""
    if function.orphan:
        note(call, function, call_id, output)
    else:
        answer(call, function.agent, call_id, output)
    settle(call, function.agent)


def note(call: State, function: FunctionCall, call_id: str, output: Mapping[str, Any] | str) -> None:
    """Tell a session that was opened again what a function returned that it does not remember calling."""
    session = call.sessions[function.agent]
    if session.ready:
        text = f"The function {function.name!r} that you called before the line dropped returned: {output}"
        item = message("system", "input_text", text, f"note_{call_id}"[:32])
        session.seeded.add(str(item["id"]))
        call.out.do(AddItem(function.agent, item))


def caller_answered(call: State, event: CallerAnswered) -> None:
    """Pass the answer of one of the caller's own tools to the agent that asked; the caller asks for the response."""
    call_id = str(event.item.get("call_id"))
    function = call.functions.get(call_id)
    if function is not None and function.answerer is Answerer.CALLER:
        del call.functions[call_id]
        if function.orphan:
            note(call, function, call_id, str(event.item.get("output")))
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

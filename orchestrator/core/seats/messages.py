"""An agent writes to another one: the function call `message_NAME(text, urgent)`, answered at once.

`delivered` says that the other agent has it, `queued` that it waits until a caller is with that agent, `refused` why it
was not taken. An agent of kind `text`, which never has a caller, works on a message by itself; what it says goes back
as a message.

Limits: 4,000 characters; 16 messages that wait for one agent; 6 messages that follow from each other without a word
from a caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.core import consults, functions, permission, wording
from orchestrator.core.events import FunctionCalled
from orchestrator.core.memory.shared import WAITING, Message
from orchestrator.core.memory.transcript import Speaker
from orchestrator.core.permission import Forbidden, Rule
from orchestrator.core.seats import mail
from orchestrator.core.session import AgentSession
from orchestrator.core.state import State

if TYPE_CHECKING:
    from orchestrator.team import Message as Edge

LONGEST = 4_000  # characters
STEPS = 6


def edge(call: State, agent: str, name: str) -> Edge | None:
    """Return the way to the agent to whom a function of this name writes."""
    return next((edge for edge in call.team.agents[agent].messages if edge.function == name), None)


def send(call: State, session: AgentSession, event: FunctionCalled, edge: Edge) -> None:
    """Post a message, or refuse it with a reason that the model can act on."""
    try:
        text, urgent = parse(event.arguments, edge)
        steps = permit(call, session, edge)
        if alone := call.team.agents[edge.to].kind == "text":
            consults.allow(call, edge.to, depth=1)
    except ValueError as error:
        functions.refuse(call, event, permission.rule_of(error), {"outcome": "refused", "error": str(error)})
        return
    masked = call.variables.mask(text, call.readable(edge.to))
    message = Message(call.items.new_id(), session.agent, edge.to, masked, urgent, steps)
    if session.own:
        words = wording.MESSAGE_TO.format(to=edge.to, text=text)
        call.transcript.noted(session.agent, call.items.new_id(), words, Speaker.MESSAGE)
    outcome = {"outcome": consults.write(call, session, message) if alone else mail.post(call, message)}
    if outcome["outcome"] == mail.QUEUED:
        outcome["note"] = wording.MESSAGE_QUEUED.format(to=edge.to)
    functions.go_on_with(call, session, event.call_id, outcome)


def parse(arguments: str, edge: Edge) -> tuple[str, bool]:
    """Read a message, and whether it is urgent; raises ValueError with what is wrong."""
    given = permission.arguments(arguments)
    text = given.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(wording.NO_TEXT.format(function=edge.function))
    if len(text) > LONGEST:
        raise ValueError(wording.TOO_LONG_A_MESSAGE.format(most=LONGEST, function=edge.function))
    return text.strip(), given.get("urgent") is True


def permit(call: State, session: AgentSession, edge: Edge) -> int:
    """Return the number of messages that led to this one, itself included; raises `Forbidden` if it may not be sent."""
    steps = (session.consult.steps if session.consult else call.route.steps) + 1
    if call.caller.goodbye is not None:
        raise Forbidden(Rule.ENDING, wording.CALL_ENDS)
    if steps > STEPS:
        raise Forbidden(Rule.MESSAGES, wording.TOO_MANY_STEPS)
    if len(call.shared.mail.get(edge.to, ())) >= WAITING:
        raise Forbidden(Rule.MESSAGES, wording.TOO_MANY_MESSAGES.format(most=WAITING, to=edge.to))
    return steps

"""Messages on their way from one agent to another: posted at once, delivered when the other agent has a caller.

A message becomes one item of the session of the agent that it is for, which speaks of it as soon as nothing else is
said, or at once when it is urgent. Those for one agent keep their order. One that was delivered is in the transcript: a
session that is opened again knows it.
"""

from __future__ import annotations

from collections import deque

from orchestrator.core import wording
from orchestrator.core.memory.shared import Message
from orchestrator.core.memory.transcript import Speaker
from orchestrator.core.people import notes
from orchestrator.core.people.events import When
from orchestrator.core.state import Phase, State

DELIVERED, QUEUED = "delivered", "queued"


def post(call: State, message: Message) -> str:
    """Put a message in the other agent's mail; return what becomes of it now."""
    call.shared.mail.setdefault(message.to, deque()).append(message)
    call.shared.sent.append(message)
    holder = call.shared.holder(message.to)
    outcome = DELIVERED if holder is not None and reads(holder, message.to) else QUEUED
    names = {"from": message.sender, "to": message.to}
    call.announce("message.sent", **names, id=message.id, urgent=message.urgent, outcome=outcome)
    if message.to in call.team.persons:
        desk = call.team.agents[message.to].desk
        call.announce("person.message", **names, id=message.id, desk=desk, text=message.text)
    return outcome


def reads(call: State, agent: str) -> bool:
    """Return whether an agent has a caller here, and can be told something now."""
    talking = call.phase is Phase.TALKING and call.caller.goodbye is None
    return talking and call.route.active == agent and call.active.ready


def deliver(call: State) -> None:
    """Tell the agent that has the caller what was written to it; progress, see `call.py`."""
    agent, session = call.route.active, call.active
    mail = call.shared.mail.get(agent)
    while mail and reads(call, agent):
        message = mail.popleft()
        call.route.steps = max(call.route.steps, message.steps)
        words = call.variables.mask(message.text, call.readable(agent))  # it may hold what was found to be secret since
        text = wording.MESSAGE_FROM.format(sender=message.sender, text=words)
        item_id = call.items.new_id()
        call.transcript.noted(agent, item_id, text, Speaker.MESSAGE)
        call.tell(session, text, item_id=item_id)
        call.announce("message.delivered", **{"from": message.sender, "to": agent}, id=message.id)
        notes.bring_up(call, session, When.INTERRUPT if message.urgent else When.WHEN_IDLE)

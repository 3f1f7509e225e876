"""The function tools with which an agent reaches others, in the shape of the Realtime session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.team.edges import Consult, Edge, Handoff, Message
from orchestrator.team.functions import (
    ASK,
    CONNECT,
    HAND_BACK,
    HAND_OVER,
    PRESS_KEYS,
    STOP_WAITING,
    USE_FOR,
    WRITE,
    consult_name,
    transfer_name,
    with_examples,
)
from orchestrator.team.schema import Team

REASON = {"type": "string", "description": "why, in a few words, as the next agent should know it"}
TEXT = {"type": "string", "description": "the message, with all that must be known to understand it"}
URGENT = {"type": "boolean", "description": "whether it cannot wait until the other agent has finished speaking"}
KEYS = {"type": "string", "description": "the keys: 0-9, * and #, and w for a pause of half a second", "maxLength": 32}
QUESTION = {"type": "string", "description": "the whole question, with all that must be known to answer it"}


def reserved_names(team: Team) -> dict[str, str]:
    """Return the function names that no tool of this team may have: name → what the function does."""
    hand_over = {transfer_name(name): f"hands the caller over to {name!r}" for name in team.agents}
    consult = {consult_name(name): f"consults {name!r}" for name in team.agents}
    messages = (message for agent in team.agents.values() for message in agent.messages)
    write = {message.function: f"writes a message to {message.to!r}" for message in messages}
    waiting = {STOP_WAITING: "takes the caller out of the queue"} if team.persons else {}
    if any(agent.press for agent in team.agents.values()):
        waiting |= {PRESS_KEYS: "presses keys"}
    return {HAND_BACK: "gives the caller back", **waiting, **hand_over, **consult, **write}


def handoff_tools(agent: str, team: Team) -> list[dict[str, Any]]:
    """Build the function tools of an agent that has the caller: its transfers, and those that go with them."""
    tools = [transfer_tool(edge, team) for edge in team.edges(agent)]
    if any(edge.to in team.persons for edge in team.edges(agent)):
        tools.append(stop_waiting_tool())
    if team.gives_back(agent):
        tools.append(hand_back_tool())
    if team.agents[agent].press:
        tools.append(press_keys_tool())
    return tools


def consult_tools(agent: str, team: Team) -> list[dict[str, Any]]:
    """Build the function tools with which an agent consults others."""
    return [consult_tool(consult, team) for consult in team.agents[agent].consult]


def transfer_tool(edge: Handoff, team: Team) -> dict[str, Any]:
    """Build the function tool of a handoff; its arguments are a reason, the edge's own, and needed variables."""
    needs = f"It needs {', '.join(edge.needs)}." if edge.needs else ""
    sentences = [*_about(edge, CONNECT if edge.to in team.outsiders else HAND_OVER, team), needs]
    arguments = {name: value.schema_of() for name, value in team.arguments(edge).items()}
    return _function(edge.function, sentences, edge.examples, {"reason": REASON, **arguments}, list(edge.args))


def hand_back_tool() -> dict[str, Any]:
    """Build the function tool that gives the caller back to the agent who handed them over."""
    sentences = ["Give the caller back to the colleague who handed them to you, once you are done."]
    return _function(HAND_BACK, sentences, (), {"reason": REASON}, [])


def stop_waiting_tool() -> dict[str, Any]:
    """Build the function tool that takes a caller who waits for a person out of the queue."""
    sentences = ["Take the caller, who waits for a person and no longer wants to, out of the queue."]
    return _function(STOP_WAITING, sentences, (), {}, [])


def press_keys_tool() -> dict[str, Any]:
    """Build the function tool that presses keys."""
    sentences = ["Press keys of the telephone, which the other end hears as tones, after what you have said."]
    return _function(PRESS_KEYS, sentences, (), {"keys": KEYS}, ["keys"])


def consult_tool(consult: Consult, team: Team) -> dict[str, Any]:
    """Build the function tool of a consult; its argument is the question."""
    return _function(
        consult.function, _about(consult, ASK, team), consult.examples, {"question": QUESTION}, ["question"]
    )


def message_tools(agent: str, team: Team) -> list[dict[str, Any]]:
    """Build the function tools with which an agent writes to others."""
    return [message_tool(message, team) for message in team.agents[agent].messages]


def message_tool(message: Message, team: Team) -> dict[str, Any]:
    """Build the function tool of messages to an agent; its arguments are the text, and whether it is urgent."""
    properties = {"text": TEXT, "urgent": URGENT}
    return _function(message.function, _about(message, WRITE, team), message.examples, properties, ["text"])


def _about(edge: Edge, act: str, team: Team) -> list[str]:
    """Return what the function of an edge does, who the other agent is, and when to use it."""
    return [act.format(agent=edge.to), _sentence(team.agents[edge.to].description), _sentence(edge.when, USE_FOR)]


def _function(
    name: str, sentences: Sequence[str], examples: Sequence[str], properties: dict[str, Any], required: list[str]
) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    description = with_examples(" ".join(filter(None, sentences)), examples)
    return {"type": "function", "name": name, "description": description, "parameters": parameters}


def _sentence(text: str, lead: str = "") -> str:
    text = text.strip()
    if not text:
        return ""
    end = "" if text.endswith((".", "!", "?")) else "."
    return f"{lead}{text}{end}"

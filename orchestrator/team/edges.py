"""Edges from one agent to another: handoffs move the caller; with consults and messages the caller stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from orchestrator.team.base import Short, Strict
from orchestrator.team.functions import HAND_BACK, consult_name, message_name, transfer_name
from orchestrator.team.values import Arg, VariableName

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
# Where an edge keeps the name that its keys are listed under. A file cannot set it: a `to:` could contradict the name.
TARGET = "(target)"


class Context(Short):
    """What an agent is told about the call so far."""

    short: ClassVar[str] = "share"
    share: Literal["spoken", "all", "summary", "none"] = "spoken"
    last: int = Field(default=20, ge=1, le=400, description="lines passed on at most")
    drop: tuple[Name, ...] = Field(default=(), description="agents whose part of the call is not passed on")


class Filler(Short):
    """What the caller hears while something takes a long time."""

    short: ClassVar[str] = "say"
    say: str = Field(default="", description="spoken word for word; without it the agent uses its own words")
    after: float = Field(default=2.0, gt=0, description="seconds to wait before it is spoken")


class Edge(Strict):
    """What handoffs, consults and messages have in common."""

    to: Name = Field(alias="(target)")  # `TARGET`, as a literal for type checkers
    when: str = ""
    examples: tuple[str, ...] = ()


class Handoff(Edge):
    """A handoff: the caller moves to the other agent."""

    args: dict[str, Arg] = Field(default_factory=dict, description="what the model fills in for the handoff")
    needs: tuple[VariableName, ...] = Field(default=(), description="variables that must be set first")
    context: Context = Context()
    bridge: str = Field(default="", description="a line spoken in the old voice while the next session takes over")
    opening: Literal["continue", "greet", "wait"] = "continue"
    returns: bool = Field(default=False, description="the next agent can give the caller back")

    @property
    def function(self) -> str:
        """The name of its transfer function."""
        return transfer_name(self.to)


class Back(Handoff):
    """The handoff back to the agent that handed the caller over."""

    @property
    def function(self) -> str:
        """The name of its function, which does not depend on the target."""
        return HAND_BACK


class ConsultContext(Context):
    """What a consulted agent is told about the call so far; the question itself serves as the summary."""

    share: Literal["spoken", "all", "none"] = "spoken"


class Consult(Edge):
    """A consult: the other agent answers a question, and the caller stays."""

    context: ConsultContext = ConsultContext()
    filler: Filler | None = Filler()
    timeout: float = Field(
        default=30.0, gt=0, description="seconds after which the asking agent continues without an answer"
    )

    @property
    def function(self) -> str:
        """The name of its function."""
        return consult_name(self.to)


class Message(Edge):
    """Messages: the agent writes to another one, which speaks of it to its own caller, and nobody waits for it."""

    @property
    def function(self) -> str:
        """The name of its function."""
        return message_name(self.to)


def _edges(value: Any) -> Any:
    """Convert each form of a list of edges to a list of full ones."""
    if isinstance(value, Mapping):
        return [_edge(to, keys) for to, keys in value.items()]
    if isinstance(value, list):
        return [_edge(*_name_and_keys(item)) for item in value]
    return value


def _name_and_keys(item: Any) -> tuple[Any, Any]:
    """Split an item of a list: `billing`, `billing: invoices` or `billing: {when: invoices}`."""
    if isinstance(item, Mapping) and len(item) == 1:
        return next(iter(item.items()))
    return item, None


def _edge(to: Any, keys: Any) -> dict[str, Any]:
    if isinstance(keys, Mapping):
        return {TARGET: to, **keys}
    return {TARGET: to, "when": "" if keys is None else keys}


def _forms(description: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "description": description,
            "anyOf": [
                {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
                {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
            ],
        }
    )


FORMS = "names, or `name: when`, or `name: {when, …}`."
Handoffs = Annotated[
    tuple[Handoff, ...], BeforeValidator(_edges), _forms(f"Agents that the caller can be handed to: {FORMS}")
]
Consults = Annotated[
    tuple[Consult, ...], BeforeValidator(_edges), _forms(f"Agents that can be consulted in the background: {FORMS}")
]
Messages = Annotated[
    tuple[Message, ...], BeforeValidator(_edges), _forms(f"Agents to which messages can be written: {FORMS}")
]

"""Ways from one agent to another: handoffs, which move the caller, and consults, in which the caller stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from orchestrator.team.functions import HAND_BACK, consult_name, transfer_name
from orchestrator.team.strict import Short, Strict
from orchestrator.team.values import Arg, VariableName

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
# What the name above an edge's keys becomes. No file can say it: a `to:` below a name would contradict the name.
TARGET = "(target)"


class Context(Short):
    """What an agent is told of the call so far."""

    short: ClassVar[str] = "share"
    share: Literal["spoken", "all", "summary", "none"] = "spoken"
    last: int = Field(default=20, ge=1, le=400, description="lines that travel at the most")
    drop: tuple[Name, ...] = Field(default=(), description="agents whose part of the call does not travel")


class Filler(Short):
    """What the caller hears while something takes long."""

    short: ClassVar[str] = "say"
    say: str = Field(default="", description="said word for word; without it the agent finds its own words")
    after: float = Field(default=2.0, gt=0, description="seconds of waiting before it is said")


class Edge(Strict):
    """A way to another agent."""

    to: Name = Field(alias="(target)")  # `TARGET`, which type checkers want to see written out
    when: str = ""
    examples: tuple[str, ...] = ()


class Handoff(Edge):
    """A way on which the caller moves."""

    args: dict[str, Arg] = Field(default_factory=dict, description="what the model fills in when it hands over")
    needs: tuple[VariableName, ...] = Field(default=(), description="variables that must be set before")
    context: Context = Context()
    bridge: str = Field(default="", description="a line said in the old voice while the next session takes over")
    opening: Literal["continue", "greet", "wait"] = "continue"
    returns: bool = Field(default=False, description="the next agent can give the caller back")

    @property
    def function(self) -> str:
        """The name of its transfer function."""
        return transfer_name(self.to)


class Back(Handoff):
    """The way back to the agent who handed the caller over."""

    @property
    def function(self) -> str:
        """The name of its function, the same wherever it leads."""
        return HAND_BACK


class ConsultContext(Context):
    """What a consulted agent is told of the call so far; the question is the summary of the agent that asks."""

    share: Literal["spoken", "all", "none"] = "spoken"


class Consult(Edge):
    """A way on which only a question goes: the caller stays, the answer comes back."""

    context: ConsultContext = ConsultContext()
    filler: Filler | None = Filler()
    timeout: float = Field(
        default=30.0, gt=0, description="seconds after which the asking agent goes on without an answer"
    )

    @property
    def function(self) -> str:
        """The name of its function."""
        return consult_name(self.to)


def _edges(value: Any) -> Any:
    """Bring the three forms of edges into one: a list of full ones."""
    if isinstance(value, Mapping):
        return [_edge(to, said) for to, said in value.items()]
    if isinstance(value, list):
        return [_edge(*_only(item)) for item in value]
    return value


def _only(item: Any) -> tuple[Any, Any]:
    return next(iter(item.items())) if isinstance(item, Mapping) and len(item) == 1 else (item, None)


def _edge(to: Any, said: Any) -> dict[str, Any]:
    if said is None or isinstance(said, str):
        return {TARGET: to, "when": said or ""}
    return {TARGET: to, **said} if isinstance(said, Mapping) else {TARGET: to, "when": said}


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


WHOM = "names, or `name: when`, or `name: {when, …}`."
Handoffs = Annotated[
    tuple[Handoff, ...], BeforeValidator(_edges), _forms(f"Agents that the caller can be handed to: {WHOM}")
]
Consults = Annotated[
    tuple[Consult, ...], BeforeValidator(_edges), _forms(f"Agents that are asked in the background: {WHOM}")
]

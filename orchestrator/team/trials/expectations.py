"""What is expected in a test: after a turn, at the end of the call, and of a call that a simulated caller holds.

Words are found in upper or lower case alike; text between slashes (`/order \\d+/`) is a regular expression. A list of
one entry can be written without brackets.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BeforeValidator, Field

from orchestrator.team.base import Short, Strict
from orchestrator.team.edges import Name
from orchestrator.team.trials.given import Json
from orchestrator.team.values import VariableName

Item = TypeVar("Item")


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _called(value: Any) -> Any:
    """Expand `refund` to `{refund: {}}`: with whatever arguments."""
    return {value: {}} if isinstance(value, str) else value


Many = Annotated[tuple[Item, ...], BeforeValidator(_as_list, json_schema_input_type=Item | tuple[Item, ...])]
# A function with those of its arguments that matter; `*` stands for anything.
CallExpected = Annotated[
    dict[str, dict[str, Json]],
    BeforeValidator(_called, json_schema_input_type=str | dict[str, dict[str, Json]]),
    Field(min_length=1, max_length=1),
]


class HandoffExpected(Short):
    """A handoff that is expected in a turn."""

    short: ClassVar[str] = "to"
    to: Name | None = None
    source: Name | None = Field(None, alias="from")
    within: float | None = Field(None, gt=0, description="seconds from the function call to the next first sound")
    opens: Many[str] | None = Field(None, description="what the next agent's first words contain")


class Expected(Strict):
    """What is expected when the team has nothing more to say after a turn of the caller."""

    agent: Name | None = Field(None, description="who has the caller")
    says: Many[str] = Field((), description="what the team says")
    says_not: Many[str] = Field((), description="what it does not say")
    first_audio: float | None = Field(None, gt=0, description="seconds from the end of the turn to the first sound")
    handoff: HandoffExpected | None = None
    calls: Many[CallExpected] = Field((), description="tools that run, in this order; others may run too")
    never_calls: Many[str] = Field((), description="tools that do not run")
    refused: Many[str] | None = Field(None, description="rules that refuse; an empty list: none does")
    consults: Many[Name] = Field((), description="agents that are asked")
    knows: Many[str] = Field((), description="what has arrived at the agent who has the caller")
    instructed: Many[str] = Field((), description="what the instructions of this agent say, with variables filled in")
    never_told: Many[str] = Field((), description="what has not arrived there: a variable's value, or words")
    voice: str | None = Field(None, description="the voice that speaks last")


class EndExpected(Strict):
    """What is expected when the caller has hung up, or the team has ended the call."""

    agent: Name | None = Field(None, description="who had the caller last")
    variables: dict[VariableName, Json] = Field(default_factory=dict)
    refused: Many[str] | None = Field(None, description="all rules that refused; an empty list: none did")
    calls: Many[CallExpected] = Field((), description="tools that ran, in this order; others may have run too")
    never_calls: Many[str] = ()
    handoffs: int | None = Field(None, ge=0)
    ending: str | None = Field(None, description="how it ended: left, goodbye, limit …")
    cost: float | None = Field(None, ge=0, description="US dollars at most")


class WholeExpected(EndExpected):
    """What is expected of a call that a simulated caller holds."""

    reaches: Many[Name] = Field((), description="agents that have had the caller")
    never_reaches: Many[Name] = ()
    says_not: Many[str] = ()
    judge: Many[str] = Field((), description="what a language model judges, with a quote; measured facts come first")

"""What is expected in a test: after a turn, at the end of the call, and of a call that a simulated caller holds.

Words are found in upper or lower case alike; text between slashes (`/order \\d+/`) is a regular expression. A list of
one entry can be written without brackets.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from orchestrator.team.base import Short, Strict
from orchestrator.team.edges import Name
from orchestrator.team.trials.given import Json
from orchestrator.team.values import VariableName

Item = TypeVar("Item")
EXPRESSION = re.compile(r"/(.+)/", re.DOTALL)  # a regular expression, as a test writes it
# What kind of rule refused, in the core's words; and how a call ends.
Refusal = Literal[
    "needs",
    "before",
    "at most",
    "handoffs",
    "ping-pong",
    "outside",
    "occupied",
    "waiting",
    "ending",
    "consults",
    "messages",
    "arguments",
    "unknown",
    "unwanted",
]
EndOfCall = Literal[
    "left",
    "finished",
    "silence",
    "idle",
    "too long",
    "spent",
    "too slow",
    "too big",
    "beta",
    "unreachable",
    "transferred",
    "shutting down",
    "failed",
]


def expression_in(text: str) -> str | None:
    """Return the regular expression that a text between slashes is; None for words."""
    found = EXPRESSION.fullmatch(text)
    return found[1] if found else None


def _words(text: str) -> str:
    """Refuse a regular expression that is none."""
    try:
        re.compile(expression_in(text) or "")
    except re.error as error:
        raise ValueError(f"invalid regular expression: {error.msg}") from None
    return text


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _called(value: Any) -> Any:
    """Expand `refund` to `{refund: {}}`: with whatever arguments."""
    if isinstance(value, dict):
        return {name: {} if arguments is None else arguments for name, arguments in value.items()}
    return {value: {}} if isinstance(value, str) else value


class OneOrMany:
    """Marks a list whose only entry can be written without brackets, for editors too."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read both forms."""
        return core_schema.no_info_before_validator_function(_as_list, handler(source))

    @staticmethod
    def __get_pydantic_json_schema__(schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe both forms."""
        listed = handler(schema)
        return {"anyOf": [listed["items"], listed]}


Many = Annotated[tuple[Item, ...], OneOrMany()]
Words = Annotated[str, Field(min_length=1), AfterValidator(_words)]
One = Field(min_length=1, max_length=1)
# A function with those of its arguments that matter; `*` stands for anything.
CallExpected = Annotated[
    dict[str, dict[str, Json]],
    One,
    BeforeValidator(_called, json_schema_input_type=str | Annotated[dict[str, dict[str, Json] | None], One]),
]


class HandoffExpected(Short):
    """A handoff that is expected in a turn."""

    short: ClassVar[str] = "to"
    to: Name | None = Field(None, description="who gets the caller")
    source: Name | None = Field(None, alias="from", description="who had the caller")
    within: float | None = Field(None, gt=0, description="seconds from the function call to the next first sound")
    opens: Many[Words] | None = Field(None, description="what the next agent's first words contain")


class Expected(Strict):
    """What is expected when the team has nothing more to say after a turn of the caller."""

    agent: Name | None = Field(None, description="who has the caller")
    says: Many[Words] = Field((), description="what the team says")
    says_not: Many[Words] = Field((), description="what it does not say")
    first_audio: float | None = Field(None, gt=0, description="seconds from the end of the turn to the first sound")
    handoff: HandoffExpected | None = Field(None, description="who hands the caller over, and to whom")
    calls: Many[CallExpected] = Field((), description="tools that run, in this order; others may run too")
    never_calls: Many[str] = Field((), description="tools that do not run")
    refused: Many[Refusal] | None = Field(
        None, description="kinds of rules that refuse (needs, before, at most …); an empty list: none does"
    )
    consults: Many[Name] = Field((), description="agents that are asked")
    knows: Many[Words] = Field((), description="what has arrived at the agent who has the caller")
    instructed: Many[Words] = Field((), description="what the instructions of this agent say, with variables filled in")
    never_told: Many[Words] = Field((), description="what has not arrived there: a variable's value, or words")
    voice: str | None = Field(None, description="the voice that speaks last")


class EndExpected(Strict):
    """What is expected when the caller has hung up, or the team has ended the call."""

    agent: Name | None = Field(None, description="who had the caller last")
    variables: dict[VariableName, Json] = Field(default_factory=dict, description="variables and their values")
    refused: Many[Refusal] | None = Field(None, description="all kinds of rules that refused; an empty list: none did")
    calls: Many[CallExpected] = Field((), description="tools that ran, in this order; others may have run too")
    never_calls: Many[str] = Field((), description="tools that never ran")
    handoffs: int | None = Field(None, ge=0, description="how many there were")
    ending: EndOfCall | None = Field(None, description="how it ended: left (the caller hung up), finished, silence …")
    cost: float | None = Field(None, ge=0, description="US dollars at most")


class WholeExpected(EndExpected):
    """What is expected of a call that a simulated caller holds."""

    reaches: Many[Name] = Field((), description="agents that have had the caller")
    never_reaches: Many[Name] = Field((), description="agents that have not")
    says_not: Many[Words] = Field((), description="what the team never says")
    judge: Many[str] = Field((), description="what a language model judges, with a quote; measured facts come first")

"""What holds when a test of a team begins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from orchestrator.team.base import Short, Strict, read_scalar
from orchestrator.team.edges import Name
from orchestrator.team.values import Scalar, VariableName

NOW = datetime(2026, 12, 1, 10, 0)  # a Tuesday, for tests that name no time
REAL = "real"


def _read(value: Any) -> Any:
    """Read numbers without quotes, however deep."""
    if isinstance(value, dict):
        return {key: _read(item) for key, item in value.items()}
    return [_read(item) for item in value] if isinstance(value, list) else read_scalar(value)


# `2026-12-01 10:00` is one too, which editors would not accept as the `date-time` of JSON Schema.
Moment = Annotated[datetime, WithJsonSchema({"type": "string"})]
Json = Annotated[Any, BeforeValidator(_read)]


class Mock(Short):
    """What a tool does in a test, in place of its function."""

    short: ClassVar[str] = "returns"
    returns: Json = Field("done", description="what it returns, as JSON")
    sets: dict[VariableName, Json] = Field(default_factory=dict, description="variables that it sets")
    fails: str | None = Field(None, description="it fails, with this reason")
    takes: float = Field(0.0, ge=0, le=600, description="seconds that it takes")


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) or value == REAL else [value]


# One mock for each call of a tool, the last one for all further calls; or the function itself.
Mocks = Annotated[
    tuple[Mock, ...] | Literal["real"],
    BeforeValidator(_as_list, json_schema_input_type=Mock | tuple[Mock, ...] | Literal["real"]),
]


class Given(Strict):
    """What holds when a test begins."""

    agent: Name | None = Field(None, description="who has the caller (default: `start`)")
    variables: dict[VariableName, Annotated[Scalar, BeforeValidator(read_scalar)]] = Field(
        default_factory=dict, description="variables, whoever has to set them"
    )
    tools: dict[str, Mocks] | Literal["real"] = Field(
        default_factory=dict, description="tool → what it does; `real`: all tools run as they are"
    )
    away: tuple[Name, ...] = Field((), description="persons who do not come, and those outside who do not answer")
    now: Moment = Field(NOW, description="date and time of the call, as the caller's clock shows it")

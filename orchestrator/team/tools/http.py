"""HTTP requests among an agent's tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, FiniteFloat, StringConstraints

from orchestrator.team.base import read_scalar
from orchestrator.team.tools.common import ToolKeys, ToolName
from orchestrator.team.tools.templates import Text, check
from orchestrator.team.values import Scalar, Type, Value

Request = Annotated[str, StringConstraints(pattern=r"^(GET|HEAD|POST|PUT|PATCH|DELETE) +\S+$")]


class HttpArg(Value):
    """An argument that the model fills in."""

    short: ClassVar[str] = "type"
    type: Type = "string"
    default: Scalar = Field(None, description="its value when the model leaves it out")
    required: bool = Field(True, description="false: the model may leave it out; so it may with a default")
    minimum: int | FiniteFloat | None = None
    maximum: int | FiniteFloat | None = None


def _read(value: Any) -> Any:
    """Read numbers without quotes as numbers, and refuse what is no template."""
    if isinstance(value, Mapping):
        return {str(key): _read(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_read(each) for each in value]
    value = read_scalar(value)
    return check(value) if isinstance(value, str) else value


Nested = Annotated[Any, BeforeValidator(_read)]


class HttpRef(ToolKeys):
    """A tool that is an HTTP request."""

    own_name: ToolName = Field(alias="name", description="what models call it by")
    description: str = Field(min_length=1, description="what it does, and when to use it")
    http: Request = Field(description="`METHOD URL`; `{name}` in the path stands for an argument")
    args: dict[ToolName, HttpArg] = Field(default_factory=dict, description="what the model fills in")
    headers: dict[str, Text] = Field(default_factory=dict)
    query: dict[str, Nested] | None = Field(None, description="templates, instead of the arguments")
    body: Nested = Field(None, description="templates, instead of the arguments; sent as JSON")
    private: bool = Field(False, description="the address may be one that is not public")

    @property
    def where(self) -> str:
        """The request, without what may be a key."""
        return self.http.partition("?")[0]

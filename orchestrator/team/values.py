"""Values that a call collects: variables, and the arguments that a model fills in when it hands the caller over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, FiniteFloat, StringConstraints, model_validator

from orchestrator.team.base import Short, Unquoted, read_scalar

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Scalar = str | int | FiniteFloat | bool | None
Type = Literal["string", "number", "integer", "boolean"]
LONGEST, LARGEST = 16_000, 1e300  # characters of a text, and the size of a number
# The Python types of each type; a boolean does not count as a number.
PYTHON: dict[str, type | tuple[type, ...]] = {"string": str, "number": (int, float), "integer": int, "boolean": bool}


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"invalid regular expression: {error.msg}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_regular)]


class Value(Short):
    """The constraints on a value: a JSON Schema of a single value."""

    type: Type | None = None
    description: str | None = None
    enum: tuple[Scalar, ...] | None = Field(default=None, min_length=1)
    pattern: Pattern | None = Field(default=None, description="a regular expression that must match part of the text")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        """Read its values: as text if that is their type, otherwise numbers as numbers."""
        if not isinstance(value, Mapping):
            return read_scalar(value)
        read = str if value.get("type") == "string" else read_scalar
        return {name: _each(read, item) if name in ("default", "enum") else item for name, item in value.items()}

    def schema_of(self) -> dict[str, Any]:
        """Return the JSON Schema for a model that fills the value in."""
        keys = self.model_dump(mode="json", include={"type", "description", "enum", "pattern"}, exclude_none=True)
        return {"type": "string", **keys}

    def fault(self, value: Any) -> str:
        """Return the constraint that a value violates, as "must be …"; "" when it violates none."""
        if isinstance(value, str) and len(value) > LONGEST:
            return f"must have at most {LONGEST} characters"
        if isinstance(value, int | float) and abs(value) > LARGEST:
            return "must be a number of a common size"
        if self.type is not None and not _is(value, self.type):
            return f"must be of type {self.type}"
        if self.enum is not None and value not in self.enum:
            return f"must be one of {', '.join(map(str, self.enum))}"
        if self.pattern is not None and not re.search(self.pattern, str(value)):
            return f"must match {self.pattern}"
        return ""


def _each(read: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, list):
        return [_each(read, item) for item in value]
    return read(value) if isinstance(value, Unquoted) else value


def _is(value: Any, kind: Type) -> bool:
    return isinstance(value, PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))


class Arg(Value):
    """An argument that the model fills in when it hands the caller over."""

    short: ClassVar[str] = "type"
    type: Type = "string"

    def like(self, variable: Value | None) -> Arg:
        """Return the argument with whatever it leaves out taken from the variable that it sets."""
        known = variable.model_dump(include={"type", "description", "enum", "pattern"}) if variable else {}
        return Arg.model_validate({name: value for name, value in known.items() if value is not None} | self.written())


class Variable(Value):
    """A variable of a call."""

    short: ClassVar[str] = "default"
    default: Scalar = Field(default=None, description="its value when a call begins; null leaves it unset")
    set_by: str | None = Field(default=None, description="the only tool that may set it, so that no model can")
    secret: bool = Field(default=False, description="never logged, and known only to agents that it is handed to")

    def met(self, value: Any) -> bool:
        """Return whether the variable counts as set: a boolean if it is true, any other if it has a value."""
        return value not in (None, "", False)

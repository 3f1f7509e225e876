"""Values that a call collects: variables, and the arguments that a model fills when it hands the caller over."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from orchestrator.team.strict import Short

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Scalar = str | int | float | bool | None
Type = Literal["string", "number", "integer", "boolean"]
# What a value of each type is in Python; a boolean is no number here.
PYTHON: dict[str, type | tuple[type, ...]] = {"string": str, "number": (int, float), "integer": int, "boolean": bool}


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error.msg}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_regular)]


class Value(Short):
    """What a value must be like: a JSON Schema of one value."""

    type: Type | None = None
    description: str | None = None
    enum: tuple[Scalar, ...] | None = Field(default=None, min_length=1)
    pattern: Pattern | None = Field(default=None, description="a regular expression that its text matches somewhere")

    def schema_of(self) -> dict[str, Any]:
        """Return it as JSON Schema, for a model that is to fill it."""
        said = self.model_dump(mode="json", include={"type", "description", "enum", "pattern"}, exclude_none=True)
        return {"type": "string", **said}

    def fault(self, value: Any) -> str:
        """Say what is wrong with a value, as what it must be; "" when nothing is."""
        if self.type is not None and not _is(value, self.type):
            return f"must be of type {self.type}"
        if self.enum is not None and value not in self.enum:
            return f"must be one of {', '.join(map(str, self.enum))}"
        if self.pattern is not None and not re.search(self.pattern, str(value)):
            return f"must match {self.pattern}"
        return ""


def _is(value: Any, kind: Type) -> bool:
    return isinstance(value, PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))


class Arg(Value):
    """An argument that the model fills when it hands the caller over."""

    short: ClassVar[str] = "type"
    type: Type = "string"

    def like(self, variable: Value | None) -> Arg:
        """Return it completed by the variable that it sets: what is said of that need not be said twice."""
        known = variable.model_dump(include={"type", "description", "enum", "pattern"}) if variable else {}
        return Arg.model_validate({name: said for name, said in known.items() if said is not None} | self.said())


class Variable(Value):
    """A variable of a call."""

    short: ClassVar[str] = "default"
    default: Scalar = Field(default=None, description="its value when a call begins; null is not set yet")
    set_by: str | None = Field(default=None, description="the only tool that may set it: no model can claim it")
    secret: bool = Field(default=False, description="never in logs, nor told to an agent that it is not handed to")

    def met(self, value: Any) -> bool:
        """Return whether the variable counts as set: a boolean when it is true, any other when it has a value."""
        return value not in (None, "", False)

"""The keys that tools of every kind have: one vocabulary, wherever a tool runs."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, TypeAdapter, ValidationError

from orchestrator.team.base import Strict
from orchestrator.team.edges import Filler
from orchestrator.team.people import Agreement, Confirm
from orchestrator.team.tools.templates import Text
from orchestrator.team.values import VariableName

VALID_NAME = re.compile(r"^[A-Za-z0-9_-]{1,64}$")  # of functions and arguments, as services take them
NAME = "Use at most 64 letters (a-z), digits and underscores."
ToolName = Annotated[str, StringConstraints(pattern=VALID_NAME.pattern)]
WhenLate = Literal["silent", "when_idle", "interrupt"]


def _key(value: Any) -> Any:
    """Read a text that is no template as true or false."""
    if not isinstance(value, str) or "{{" in value:
        return value
    try:
        return TypeAdapter(bool).validate_python(value)
    except ValidationError:
        raise ValueError("invalid template: neither true nor false, nor the template of a key") from None


class ToolKeys(Strict):
    """What an entry of `tools:` can say of what it lists, of whatever kind it is."""

    own_name: ToolName | None = Field(None, alias="name", description="what models call it by")
    description: str = Field("", description="what it does, and when to use it")
    examples: tuple[str, ...] = Field((), description="what callers say when they want it")
    confirm: Agreement = Field(None, description="who has to agree before it runs: `caller` or `person`")
    filler: Filler | None = Field(Filler(), description="what the caller hears while it takes long")
    timeout: float | None = Field(None, gt=0, description="seconds it may take; by default `limits.tool`")
    idempotent: Annotated[bool | Text, BeforeValidator(_key)] = Field(
        False, description="it does no harm when it runs twice for one function call"
    )
    result: Text | None = Field(None, description="what the model is told, as a template")
    sets: dict[VariableName, Text] = Field(default_factory=dict, description="variable → template of its new value")
    when_late: WhenLate = Field("when_idle", description="what becomes of an answer after the caller has gone on")
    hide: tuple[str, ...] = Field((), description="arguments whose values are shown nowhere")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its tools, as far as the team file has them."""
        return (self.own_name,) if self.own_name else ()

    @property
    def more(self) -> bool:
        """Whether it may bring tools whose names are only known once it is loaded."""
        return not self.names

    @property
    def where(self) -> str:
        """What does the work, as far as the team file says it; without secrets."""
        return ""

    @property
    def asks_caller(self) -> bool:
        """Whether the caller must agree before it runs."""
        return self.confirm is not None and self.confirm.by == "caller"

    @property
    def approval(self) -> Confirm | None:
        """How a person must agree before it runs; None when none has to."""
        return self.confirm if self.confirm is not None and self.confirm.by == "person" else None

"""Python functions among an agent's tools."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from orchestrator.team.base import Short
from orchestrator.team.functions import END_CALL
from orchestrator.team.tools.common import ToolKeys


class ToolRef(ToolKeys, Short):
    """A tool: `agents/x.py:find`, `agents/x.py` (all its public functions), `package.module:find` or `end_call`."""

    short: ClassVar[str] = "tool"
    ref: str = Field(alias="tool", min_length=1)

    @property
    def function(self) -> str | None:
        """The name of the function; None for a whole file, whose functions are only known once it is loaded."""
        _, colon, name = self.ref.rpartition(":")
        return name if colon or self.built_in else None

    @property
    def where(self) -> str:
        """The file or module, and its function."""
        return self.ref

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the tool, unless it is a whole file."""
        name = self.own_name or self.function
        return (name,) if name else ()

    @property
    def built_in(self) -> bool:
        """Whether it is the function that ends the call, which needs no Python."""
        return self.ref == END_CALL

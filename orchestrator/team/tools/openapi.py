"""Operations of an OpenAPI file among an agent's tools."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from orchestrator.team.base import Copied, Short
from orchestrator.team.tools.common import VALID_NAME, ToolKeys
from orchestrator.team.tools.templates import Text


class OpenApiFile(Short):
    """An OpenAPI file, and what of it is used."""

    short: ClassVar[str] = "file"
    file: str = Field(min_length=1, description="its path, relative to the team file")
    allow: tuple[str, ...] | None = Field(None, description="operations that are tools, also as patterns: `search*`")
    headers: dict[str, Text] = Field(default_factory=dict)
    server: Copied[str] | None = Field(None, description="the address of the service, instead of the one in the file")
    private: bool = Field(False, description="the address may be one that is not public")


class OpenApiRef(ToolKeys):
    """Tools that are operations of an OpenAPI file."""

    openapi: OpenApiFile

    @property
    def where(self) -> str:
        """The file."""
        return self.openapi.file

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its tools, as far as the team file has them: a pattern of `allow` may be one."""
        if self.own_name:
            return (self.own_name,)
        return tuple(pattern for pattern in self.openapi.allow or () if VALID_NAME.match(pattern))

    @property
    def more(self) -> bool:
        """Whether the file may bring tools of other names."""
        patterns = self.openapi.allow
        return not self.own_name and (patterns is None or len(self.names) < len(patterns))

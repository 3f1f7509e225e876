"""An entry of an agent's `tools:`, and of which kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Tag

from orchestrator.team.tools.common import ToolKeys
from orchestrator.team.tools.http import HttpRef
from orchestrator.team.tools.mcp import PREFIX, McpRef
from orchestrator.team.tools.openapi import OpenApiRef
from orchestrator.team.tools.python import ToolRef

# Key that tells of which kind an entry is → its model. Errors name the model, which is no key of the file.
KINDS: Mapping[str, type[ToolKeys]] = {"tool": ToolRef, "http": HttpRef, "openapi": OpenApiRef, "mcp": McpRef}


def _kind(value: Any) -> str:
    """Return the name of the model of an entry."""
    if isinstance(value, ToolKeys):
        return type(value).__name__
    if isinstance(value, str) and value.startswith(PREFIX):
        return McpRef.__name__
    named = [key for key in KINDS if isinstance(value, Mapping) and key in value]
    return KINDS[named[0] if named else "tool"].__name__


Listed: TypeAlias = Annotated[
    Annotated[ToolRef, Tag("ToolRef")]
    | Annotated[HttpRef, Tag("HttpRef")]
    | Annotated[OpenApiRef, Tag("OpenApiRef")]
    | Annotated[McpRef, Tag("McpRef")],
    Discriminator(_kind),
]
Tools: TypeAlias = tuple[Listed, ...]

"""The text files that an agent can look things up in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, SecretStr, WithJsonSchema, model_validator

from orchestrator.team.base import Copied, Short
from orchestrator.team.tools.common import ToolKeys

LOOK_UP = "look_up"  # what the tool is called that searches them


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


FILES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
Patterns = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1), WithJsonSchema(FILES)]


class Knowledge(ToolKeys, Short):
    """Text files that are searched for answers: `[docs/*.md, faq.txt]`. A `url` that is left empty is none."""

    short: ClassVar[str] = "files"
    files: Patterns = Field(description="paths or patterns, relative to the team file; .md and .txt")
    url: Copied[str] | None = Field(None, description="a server with /embeddings, instead of the embedded encoder")
    model: str | None = Field(None, description="its model")
    api_key: Copied[SecretStr] | None = None
    private: bool = Field(False, description="the address may be one that is not public")

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping | cls) else {cls.short: value}

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the tool."""
        return (self.own_name or LOOK_UP,)

"""The base of everything in a team file: unknown keys are refused, many mappings have a short form, and numbers without
quotes are kept as they are written, until it is known whether text or a number is meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from orchestrator.outside.variables import plain

Text = TypeVar("Text")
# An address or a key, without what copying leaves around it.
Copied = Annotated[Text, BeforeValidator(lambda value: plain(value) if isinstance(value, str) else value)]

# A plus or a needless zero at the start is no part of a number: they make a telephone number, or a code.
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,3999})")
FLOAT = re.compile(r"-?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


class Unquoted(str):
    """A number as the file has it, without quotes."""

    __slots__ = ()


def unquoted(text: str) -> str:
    """Return what stands without quotes in a file: text, marked if it can be read as a number."""
    return Unquoted(text) if INTEGER.fullmatch(text) or FLOAT.fullmatch(text) else text


def read_scalar(value: Any) -> Any:
    """Return the number that a value without quotes is; any other value as it is."""
    if not isinstance(value, Unquoted):
        return value
    return int(value) if INTEGER.fullmatch(value) else float(value)


class Strict(BaseModel):
    """A mapping in the team file: unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def written(self) -> dict[str, Any]:
        """Return the keys that the file sets, as JSON values; defaults are left out."""
        return self.model_dump(mode="json", exclude_unset=True)


class Short(Strict):
    """A mapping that can be written as the value of its main key: `silence: 30` for `silence: {at: 30}`."""

    short: ClassVar[str]  # the main key

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping | list | cls) else {cls.short: value}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe both forms, so that editors accept the short one too."""
        whole = handler(schema)
        main = handler.resolve_ref_schema(whole)["properties"][cls.short]
        short = {name: value for name, value in main.items() if name not in ("title", "default")}
        return {"anyOf": [short, whole]}

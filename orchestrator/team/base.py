"""The base classes of everything in a team file: unknown keys are refused, and many mappings have a short form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from orchestrator.outside.variables import plain

Text = TypeVar("Text")
# An address or a key, without what copying leaves around it.
Copied = Annotated[Text, BeforeValidator(lambda value: plain(value) if isinstance(value, str) else value)]


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

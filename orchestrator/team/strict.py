"""What every mapping of the team file has in common: unknown keys are refused, and many have a short form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Strict(BaseModel):
    """A mapping of the team file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def said(self) -> dict[str, Any]:
        """Return the keys that the file names, in wire shape."""
        return self.model_dump(mode="json", exclude_unset=True)


class Short(Strict):
    """A mapping that can be written as the one value that matters most: `silence: 30` for `silence: {at: 30}`."""

    short: ClassVar[str]  # the key that the value stands for

    @model_validator(mode="before")
    @classmethod
    def _lengthen(cls, value: Any) -> Any:
        return value if isinstance(value, Mapping | list | cls) else {cls.short: value}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Offer the short form to editors too."""
        whole = handler(schema)
        keys = handler.resolve_ref_schema(whole)["properties"][cls.short]
        return {"anyOf": [{key: said for key, said in keys.items() if key not in ("title", "default")}, whole]}

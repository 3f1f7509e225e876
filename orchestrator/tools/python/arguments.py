"""The arguments of a function: their schema, and the values that reach the function, of the types in its signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from orchestrator.tools.python.parameters import arguments_model, parameters_schema
from orchestrator.tools.reading import left_out, object_of


class Arguments:
    """What a function takes: its schema for the model, and the reading of what the model writes."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises TypeError when a model cannot call the function."""
        # Validates.
        self._model = arguments_model(function)
        # The JSON Schema.
        self.schema = parameters_schema(self._model)

    def read(self, text: str) -> dict[str, Any]:
        """Return the values by parameter, without those left to the function's defaults; raises ValueError."""
        given = object_of(text)
        if given == [] and "required" not in self.schema:
            given = {}
        given = left_out(given, self.schema, self.schema.get("$defs", {}))
        try:
            # As JSON again: only so a model with `strict` fields takes dates and the like.
            model = self._model.model_validate_json(json.dumps(given, allow_nan=False))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False, include_context=False)
            listed = (f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in faults)
            raise ValueError("; ".join(listed)) from None
        fields = type(model).model_fields
        return {str(fields[name].alias): getattr(model, name) for name in model.model_fields_set}

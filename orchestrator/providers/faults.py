"""The error codes of services that decide what is done about an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core.opening import FATAL

# Another try cannot help: the key, the model, the account or the configuration is wrong.
FATAL_CODES = FATAL | {
    "invalid_api_key",
    "missing_model",
    "invalid_model",
    "model_not_found",
    "beta_api_shape_disabled",
}
HTTP_CODES = {401: "invalid_api_key", 403: "invalid_api_key", 404: "model_not_found"}  # status of a refused connection


def fault(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the error object of an `error` event; empty when it is malformed."""
    error = event.get("error")
    return error if isinstance(error, Mapping) else {}

"""An operation of an OpenAPI file as a tool."""

from __future__ import annotations

from typing import Any

from orchestrator.team.tools import OpenApiRef
from orchestrator.tools.call_view import CallView
from orchestrator.tools.entries import Entry
from orchestrator.tools.openapi.operations import Operation
from orchestrator.tools.tool import Tool


class OpenApiTool(Tool):
    """An HTTP request that is described in an OpenAPI file."""

    kind = "openapi"

    def __init__(self, name: str, operation: Operation, server: str, ref: OpenApiRef, entry: Entry) -> None:
        super().__init__(ref.own_name or name, ref.description or operation.about, operation.schema, ref)
        self._operation = operation
        self._server = server

    @property
    def where(self) -> str:
        """The request."""
        return f"{self._operation.method} {self._server.partition('?')[0].rstrip('/')}{self._operation.path}"

    def _validate(self, arguments: str) -> dict[str, Any]:
        raise NotImplementedError

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Any:
        raise NotImplementedError

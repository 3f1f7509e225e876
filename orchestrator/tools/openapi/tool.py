"""An operation of an OpenAPI file as a tool: a request like any other, except for where its arguments go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from orchestrator.outside.pools import Way
from orchestrator.team.tools import OpenApiRef
from orchestrator.team.tools.templates import fill
from orchestrator.tools.call_view import CallView
from orchestrator.tools.http.address import InvalidValue
from orchestrator.tools.http.request import KEY, LARGEST_BODY, LONGEST_QUERY, Request, Template, header_text
from orchestrator.tools.http.tool import HttpTool
from orchestrator.tools.openapi.operations import Operation
from orchestrator.tools.schema_arguments import SchemaArguments


class OpenApiTool(HttpTool):
    """A tool that is an operation."""

    kind = "openapi"

    def __init__(
        self,
        name: str,
        operation: Operation,
        ref: OpenApiRef,
        *,
        request: Template,
        way: Way,
        secrets: tuple[str, ...] = (),
    ) -> None:
        """Raises ValueError for arguments that are no JSON Schema."""
        about = ref.description or operation.about
        super().__init__(ref.own_name or name, about, operation.schema, ref, request=request, way=way, secrets=secrets)
        # What it takes and sends.
        self._operation = operation
        # Reads arguments without filling defaults in: they are the service's, and part of an object would be sent.
        self._arguments = SchemaArguments(_without_defaults(operation.schema))

    @property
    def where(self) -> str:
        """The request."""
        return f"{self._request.method} {self._request.address.origin}{self._request.address.path}"

    def _filled(self, values: dict[str, Any], call: CallView) -> Request:
        try:
            parts = self._operation.parts(values)
        except ValueError as error:
            raise InvalidValue(str(error)) from None
        request, known = self._request, self.known(values, call)
        written: dict[str, Any] = {name: fill(template, known) for name, template in request.headers.items()}
        if request.key is not None:
            written[KEY] = fill(request.key, known)
        headers = {name: header_text(name, value) for name, value in {**parts.headers, **written}.items()}
        url, query = request.address.filled(parts.path), urlencode(parts.query)
        if len(query) > LONGEST_QUERY:
            raise InvalidValue(f"arguments: longer than {LONGEST_QUERY} characters in an address")
        if query:
            url = f"{url}{'&' if request.address.query else '?'}{query}"
        if parts.body is None:
            return Request(request.method, url, headers)
        content = json.dumps(parts.body, ensure_ascii=False).encode("utf-8", "replace")
        if len(content) > LARGEST_BODY:
            raise InvalidValue(f"arguments: larger than {LARGEST_BODY} bytes")
        return Request(request.method, url, {"Content-Type": self._operation.content_type, **headers}, content)


def _without_defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of arguments of which none has a default."""
    properties = {
        name: {key: value for key, value in each.items() if key != "default"}
        for name, each in schema["properties"].items()
    }
    return {**schema, "properties": properties}

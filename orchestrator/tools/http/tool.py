"""A request as a tool: sent within the time limit of the tool, to the address in the file and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.outside.pools import Way
from orchestrator.team import ToolKeys
from orchestrator.team.tools.templates import UnknownPath
from orchestrator.tools.call_view import CallView
from orchestrator.tools.http.address import InvalidValue
from orchestrator.tools.http.answer import FAILED, FOR_MODEL, Answer, Failed, Unsent, judge, without
from orchestrator.tools.http.request import Request, Template
from orchestrator.tools.results import written
from orchestrator.tools.schema_arguments import SchemaArguments
from orchestrator.tools.tool import Tool


class HttpTool(Tool):
    """A tool that is a request."""

    kind = "http"
    answers = ("body", "status")

    def __init__(
        self,
        name: str,
        description: str,
        schema: Mapping[str, Any],
        keys: ToolKeys,
        *,
        request: Template,
        way: Way,
        secrets: tuple[str, ...] = (),
    ) -> None:
        """Raises ValueError for what is no JSON Schema; `secrets` are hidden should the server repeat them."""
        # What it takes.
        self._arguments = SchemaArguments(schema)
        # What is sent, and how its address is reached.
        self._request, self._way = request, way
        # What no answer may tell the model.
        self._secrets = secrets
        super().__init__(name, description, self._arguments.schema, keys)

    def _read(self, arguments: str) -> dict[str, Any]:
        return self._arguments.read(arguments)

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Answer:
        try:
            request = self._filled(values, call)
        except InvalidValue as error:
            raise self.refused(error) from None
        except UnknownPath as error:
            raise ToolError(f"{self.name} cannot be called: there is no {error}.", ran=False) from None
        from orchestrator.tools.http.sending import send  # only teams that have requests need an HTTP library

        try:
            answer = await send(request, self._way)
        except Failed as error:
            raise ToolError(FAILED.format(name=self.name), ran=not isinstance(error, Unsent)) from error
        judge(self.name, answer, self._request.address.origin, self._secrets)
        return answer

    def _filled(self, values: dict[str, Any], call: CallView) -> Request:
        return self._request.filled(self.known(values, call))

    async def _text(self, result: Answer) -> str:
        return written(result.body, most=FOR_MODEL)

    async def _outcome(self, values: dict[str, Any], call: CallView) -> str:
        return without(await super()._outcome(values, call), self._secrets)

    def _answer(self, result: Answer) -> Mapping[str, Any]:
        return {"body": result.body, "status": result.status}

"""A tool that a server lists, as an agent has it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.team import ToolKeys
from orchestrator.tools.call_view import CallView
from orchestrator.tools.mcp.listing import Listed
from orchestrator.tools.mcp.results import Answer, answer, failure
from orchestrator.tools.mcp.servers import Held
from orchestrator.tools.results import written
from orchestrator.tools.tool import Tool

LONGEST = 1_000_000.0  # seconds that a request may take here: the limit of the tool is `Tool.run`'s


class McpTool(Tool):
    """A tool of an MCP server; what it says of itself holds where the team file says nothing."""

    kind = "mcp"

    def __init__(self, name: str, listed: Listed, server: Held, keys: ToolKeys) -> None:
        super().__init__(name, keys.description or listed.description, listed.arguments.schema, keys)
        # Where it is, and by which name.
        self._server, self._listed = server, listed

    def _read(self, arguments: str) -> dict[str, Any]:
        return self._listed.arguments.read(arguments)

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Answer:
        loop = asyncio.get_running_loop()

        def progress() -> None:
            with suppress(RuntimeError):  # the loop of the call has ended
                loop.call_soon_threadsafe(call.progressed)

        result = await self._server.call(self._listed.name, values, LONGEST, progress)
        if result.is_error:
            raise ToolError(written(failure(result)) or f"{self.name} failed.")
        return answer(result)

    async def _text(self, result: Answer) -> str:
        return await super()._text(result.told)

    def _answer(self, result: Answer) -> Mapping[str, Any]:
        return {"result": result.value}

"""A tool that a server lists, as an agent has it."""

from __future__ import annotations

import asyncio

import pytest
from mcp.server.mcpserver.exceptions import ToolError as Told

from orchestrator.errors import ToolError
from orchestrator.team import Variable
from orchestrator.tools import CallView, Variables
from orchestrator.tools.mcp.sources import offer
from orchestrator.tools.mcp.tool import McpTool
from tests.patience import PATIENCE
from tests.tools.mcp.house import Inside


def find_order(number: str, verbose: bool = False) -> dict[str, object]:
    """Find an order by its number."""
    if number == "0":
        raise Told("There is no order 0.")
    return {"number": number, "id": 7, "verbose": verbose}


async def wait() -> str:
    """Wait for ever."""
    await asyncio.sleep(1000)
    return "never"


def tool(crm: Inside, ref: object = None) -> McpTool:
    """The first tool that an agent has of a server."""
    return offer([crm.source(ref)], ()).tools[0]


def view() -> CallView:
    """A call with a variable."""
    return CallView("call_1", "front", Variables({"order": None}, {"order": Variable(type="integer")}))


async def test_it_is_called_with_what_the_model_wrote() -> None:
    """Read as models write it, and validated here: what does not fit never reaches the server."""
    with Inside(find_order).up() as crm:
        found = tool(crm)

        assert found.definition()["description"] == "Find an order by its number."
        assert await found.run('{"number": 48213}', view(), seconds=PATIENCE) == (
            '{"number":"48213","id":7,"verbose":false}'
        )
        with pytest.raises(ToolError, match=r"Invalid arguments for find_order: number: Field required") as caught:
            await found.run("{}", view(), seconds=PATIENCE)
        assert not caught.value.ran


async def test_what_the_tool_says_of_its_failure_is_for_the_model() -> None:
    """It can act on it, or tell the caller."""
    with Inside(find_order).up() as crm, pytest.raises(ToolError, match="There is no order 0"):
        await tool(crm).run('{"number": "0"}', view(), seconds=PATIENCE)


async def test_templates_know_its_result() -> None:
    """Variables are set from it, and the model is told what the file says."""
    with Inside(find_order).up() as crm:
        keys = {"mcp": "crm/find_order", "sets": {"order": "{{ result.id }}"}, "result": "Order {{ result.number }}."}
        call = view()

        assert await tool(crm, keys).run('{"number": "1"}', call, seconds=PATIENCE) == "Order 1."
        assert call.variables["order"] == 7


async def test_its_time_is_limited() -> None:
    """As for any other tool: its own limit, else that of its server."""
    with Inside(wait).up() as crm:
        slow = offer([crm.source(None, timeout=0.05)], ()).tools[0]
        assert slow.seconds == 0.05
        with pytest.raises(ToolError, match=r"wait did not finish within 0.05 seconds"):
            await slow.run("{}", view(), seconds=PATIENCE)

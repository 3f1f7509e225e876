"""The tools that a server lists, as far as they can be used."""

from __future__ import annotations

from typing import Any

import pytest
import structlog
from mcp_types import ListToolsResult, Tool

from orchestrator.tools.mcp.listing import (
    FEW,
    LONGEST,
    MOST,
    MOST_TOLD,
    PAGES,
    Listed,
    TooMany,
    allowed,
    fault,
    listed,
)

OBJECT: dict[str, Any] = {"type": "object", "properties": {"number": {"type": "string"}}}


class Pages:
    """A client whose server lists its tools page by page, without an end perhaps."""

    def __init__(self, *pages: list[Tool], endless: bool = False) -> None:
        self.pages, self.endless = pages, endless
        self.asked: list[str | None] = []

    async def list_tools(self, cursor: str | None = None) -> ListToolsResult:
        self.asked.append(cursor)
        at = int(cursor or 0)
        more = self.endless or at + 1 < len(self.pages)
        return ListToolsResult(tools=self.pages[at % len(self.pages)], next_cursor=str(at + 1) if more else None)


def tool(name: str, schema: dict[str, Any] | None = None, description: str | None = "Does it.") -> Tool:
    """A tool as a server describes it."""
    return Tool(name=name, description=description, input_schema=OBJECT if schema is None else schema)


async def test_all_pages_are_read_and_each_name_is_there_once() -> None:
    """What it does is said in one line; a server that says nothing of a tool has given it a name."""
    pages = Pages([tool("a", description="Does\n it."), tool("b_c", description=None)], [tool("a"), tool("d")])

    found = await listed(pages, "crm")  # type: ignore[arg-type]

    assert [(one.name, one.description) for one in found] == [("a", "Does it."), ("b_c", "b c"), ("d", "Does it.")]
    assert pages.asked == [None, "1"]


async def test_tools_that_cannot_be_used_are_told_in_one_line() -> None:
    """Of a list that is read again and again: how many, and the first few of them."""
    unfit = Pages([tool(f"t{at}", {"type": "string"}) for at in range(MOST + 5)], endless=True)

    with structlog.testing.capture_logs() as logs:
        assert await listed(unfit, "crm") == ()  # type: ignore[arg-type]
    (line,) = logs

    assert (line["of"], len(line["reasons"]), len(unfit.asked)) == (MOST, MOST_TOLD, 1)


async def test_a_list_without_an_end_is_read_to_a_limit() -> None:
    """Pages, tools, and what is said of one."""
    few, many = Pages([tool("t")], endless=True), Pages([tool(f"t{at}") for at in range(MOST + 5)], endless=True)
    pages = Pages([tool("t", description="x" * 10_000)])

    found = await listed(pages, "crm")  # type: ignore[arg-type]

    assert len(await listed(few, "crm")) == 1  # type: ignore[arg-type]
    assert len(few.asked) == PAGES
    assert len(await listed(many, "crm")) == MOST  # type: ignore[arg-type]
    assert len(many.asked) == 1
    assert len(found[0].description) == LONGEST


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "string"}, "no object"),
        ({}, "no object"),
        ({"type": "object", "properties": []}, "no object"),
        ({"type": "object", "properties": {"a": {"type": "nonsense"}}}, "no JSON Schema"),
        ({"type": "object", "description": "x" * 60_000}, "more than"),
    ],
)
async def test_a_tool_that_no_model_can_call_is_left_out(schema: dict[str, Any], why: str) -> None:
    """With a word in the log; the others stay."""
    assert why in fault(tool("a", schema))
    assert [one.name for one in await listed(Pages([tool("a", schema), tool("b")]), "crm")] == ["b"]  # type: ignore[arg-type]


def test_a_tool_has_a_name() -> None:
    """The empty one is none."""
    assert fault(tool("")) == "it has no name"
    assert fault(tool("a", {"type": "object"})) == ""


def test_the_file_says_which_tools_agents_may_have() -> None:
    """By name or pattern; without that a few are enough."""
    few = [Listed(f"find_{at}", "", OBJECT) for at in range(FEW)]

    assert allowed(few, None) == tuple(few)
    assert allowed(few, ["find_1*", "nothing"]) == (few[1], few[10], few[11])
    with pytest.raises(TooMany, match="it lists 13 tools"):
        allowed([*few, few[0]], None)

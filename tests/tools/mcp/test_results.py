"""What a server's answer becomes for the model."""

from __future__ import annotations

from typing import Any

import pytest
from mcp_types import CallToolResult, EmbeddedResource, ImageContent, ResourceLink, TextContent, TextResourceContents

from orchestrator.tools.mcp.results import answer, failure

IMAGE = ImageContent(type="image", data="AAAA", mime_type="image/png")
LINK = ResourceLink(type="resource_link", name="x", uri="file:///x")
WITHIN = EmbeddedResource(type="resource", resource=TextResourceContents(uri="file:///y", text="secret"))


def result(*texts: str, data: Any = None, more: tuple[Any, ...] = ()) -> CallToolResult:
    """A result with these texts, data and other parts."""
    parts = [*(TextContent(type="text", text=text) for text in texts), *more]
    return CallToolResult(content=parts, structured_content=data)


@pytest.mark.parametrize(
    ("given", "told", "value"),
    [
        (result("one", "two"), "one\ntwo", "one\ntwo"),
        (result(), None, ""),
        (result(data={"a": 1}), {"a": 1}, {"a": 1}),
        (result('{\n "a": 1\n}', data={"a": 1}), {"a": 1}, {"a": 1}),
        (result('{\n "a": 1\n}'), {"a": 1}, {"a": 1}),
        (result("3", data={"result": 3}), 3, 3),
        (result("48213", data={"result": "48213"}), "48213", {"result": "48213"}["result"]),
        (result("1", "2", data={"result": [1, 2]}), [1, 2], [1, 2]),
        (result("In words.", data={"a": 1}), "In words.", "In words."),
        (result("See:", more=(IMAGE, LINK)), "See:\n[image, image/png: it cannot be shown]\n[resource file:///x]", ...),
        (result(more=(WITHIN,)), "[resource file:///y]", ...),
    ],
    ids=["text", "nothing", "data", "both", "json", "number", "digits", "list", "words", "parts", "resource"],
)
def test_text_or_data(given: CallToolResult, told: Any, value: Any) -> None:
    """Data that the text only repeats goes as data; what is neither is named, and never shown."""
    found = answer(given)

    assert found.told == told
    assert value is ... or found.value == value


def test_a_failure_is_what_the_tool_says_of_it() -> None:
    """In its own words."""
    assert failure(result("There is no order 1.", more=(IMAGE,))) == "There is no order 1."
    assert failure(result()) == ""

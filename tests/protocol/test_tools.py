"""Function tools and the choice among them are checked as the service checks them."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.tools import function_tool, tool_choice

TOOL = {"type": "function", "name": "find_order"}
MISSING, UNKNOWN, WRONG = "missing_required_parameter", "unknown_parameter", "invalid_value"


@pytest.mark.parametrize(
    "tool",
    [
        TOOL,
        {**TOOL, "name": "a-B_9"},
        {**TOOL, "name": "x" * 64},
        {**TOOL, "description": "", "parameters": {"type": "object", "properties": {}}},
    ],
)
def test_a_function_tool_is_accepted(tool: dict[str, Any]) -> None:
    """A name is enough; parameters are any object."""
    function_tool(tool, "tools[0]")


@pytest.mark.parametrize(
    ("tool", "code", "param"),
    [
        ({"name": "a"}, MISSING, "tools[0].type"),
        ({"type": "function"}, MISSING, "tools[0].name"),
        ({**TOOL, "strict": True}, UNKNOWN, "tools[0].strict"),
        ({**TOOL, "name": ""}, WRONG, "tools[0].name"),
        ({**TOOL, "name": "x" * 65}, WRONG, "tools[0].name"),
        ({**TOOL, "name": "find order"}, WRONG, "tools[0].name"),
        ({**TOOL, "name": "für"}, WRONG, "tools[0].name"),
        ({**TOOL, "parameters": []}, WRONG, "tools[0].parameters"),
        ({"type": "custom", "name": "a"}, WRONG, "tools[0].type"),
        ("find_order", WRONG, "tools[0]"),
    ],
)
def test_anything_else_is_refused_with_its_place(tool: Any, code: str, param: str) -> None:
    """The form is flat; a name has letters, digits, `_` and `-`."""
    with pytest.raises(CallerError) as refused:
        function_tool(tool, "tools[0]")
    assert (refused.value.code, refused.value.param) == (code, param)


@pytest.mark.parametrize("check", [function_tool, tool_choice])
def test_mcp_tools_are_refused_with_a_remedy(check: Any) -> None:
    """The service would call the server itself; here nobody does."""
    with pytest.raises(CallerError, match="Declare functions") as refused:
        check({"type": "mcp", "server_label": "x"}, "at")
    assert (refused.value.code, refused.value.param) == (WRONG, "at.type")


@pytest.mark.parametrize("choice", ["auto", "none", "required", {"type": "function", "name": "find_order"}])
def test_a_choice_is_a_word_or_one_function(choice: Any) -> None:
    """The function is named."""
    tool_choice(choice, "tool_choice")


@pytest.mark.parametrize(("choice", "param"), [("some", "tool_choice"), ({"type": "function"}, "tool_choice.name")])
def test_another_choice_is_refused(choice: Any, param: str) -> None:
    """With its place."""
    with pytest.raises(CallerError) as refused:
        tool_choice(choice, "tool_choice")
    assert refused.value.param == param

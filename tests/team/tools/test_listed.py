"""Entries of `tools:`: of which kind each is."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from orchestrator.team.tools import HttpRef, McpRef, OpenApiRef, ToolKeys, ToolRef, Tools

HTTP = {"name": "ping", "description": "Pings.", "http": "GET https://example.com/"}


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("agents/x.py:find", ToolRef),
        ({"tool": "agents/x.py:find"}, ToolRef),
        ("mcp:crm/find", McpRef),
        ({"mcp": "crm"}, McpRef),
        (HTTP, HttpRef),
        ({"openapi": {"file": "crm.yaml"}}, OpenApiRef),
    ],
)
def test_the_kind_is_seen_from_the_entry(entry: Any, kind: type[ToolKeys]) -> None:
    """From its key, or from how its text begins."""
    (found,) = TypeAdapter(Tools).validate_python([entry])

    assert type(found) is kind
    assert TypeAdapter(Tools).validate_python([found]) == (found,)


def test_an_entry_has_one_kind() -> None:
    """Keys of another one are unknown to it."""
    with pytest.raises(ValidationError, match=r"ToolRef\.http"):
        TypeAdapter(Tools).validate_python([{**HTTP, "tool": "agents/x.py"}])


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ("agents/x.py:find", "agents/x.py:find"),
        ("mcp:crm/find", "crm"),
        ({**HTTP, "http": "GET https://example.com/?key=secret"}, "GET https://example.com/"),
        ({"openapi": "crm.yaml"}, "crm.yaml"),
    ],
)
def test_an_entry_says_who_does_the_work(entry: Any, where: str) -> None:
    """Without what may be a key."""
    (found,) = TypeAdapter(Tools).validate_python([entry])

    assert found.where == where
    assert ToolKeys.model_validate({}).where == ""

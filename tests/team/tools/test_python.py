"""Python functions among an agent's tools."""

from __future__ import annotations

from orchestrator.team import ToolRef


def test_the_short_form_is_the_reference() -> None:
    """Both forms are the same."""
    assert ToolRef.model_validate("agents/x.py:find") == ToolRef.model_validate({"tool": "agents/x.py:find"})


def test_a_name_of_the_file_goes_before_that_of_the_function() -> None:
    """A built-in one is known by its own."""
    named = ToolRef.model_validate({"tool": "agents/x.py:find", "name": "look"})

    assert (named.function, named.names) == ("find", ("look",))
    assert ToolRef.model_validate("end_call").names == ("end_call",)
    assert ToolRef.model_validate("end_call").built_in

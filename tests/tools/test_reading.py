"""Arguments as models write them; see the tests of functions and of schemas for what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.tools.reading import LONGEST, left_out, object_of


@pytest.mark.parametrize("text", ["", "null", "{}", '"{}"', "None", '"null"'])
def test_nothing_is_no_arguments(text: str) -> None:
    """However it is said."""
    assert object_of(text) == {}


@pytest.mark.parametrize("text", ["{", "x" * (LONGEST + 1), '{"a": NaN}'])
def test_what_is_no_json_is_refused(text: str) -> None:
    """So is what is too long to be meant."""
    with pytest.raises(ValueError, match=r"arguments|JSON"):
        object_of(text)


@pytest.mark.parametrize(
    ("value", "kept"), [({"a": None, "b": 1}, {"b": 1}), ({"a": "", "b": None}, {"b": None}), ({"a": "x"}, {"a": "x"})]
)
def test_what_says_nothing_is_left_out(value: dict[str, Any], kept: dict[str, Any]) -> None:
    """Unless it is required."""
    schema = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["b"]}

    assert left_out(value, schema, {}) == kept

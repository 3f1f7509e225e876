"""What a JSON Schema tells of one parameter."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.parameter import Parameter, parameters
from tests.local.brain.routing import text, tool


@pytest.mark.parametrize(
    ("schema", "length"),
    [
        ({"description": "the order number, five digits"}, 5),
        ({"description": "a 4-digit code"}, 4),
        ({"pattern": r"^\d{6}$"}, 6),
        ({"pattern": "[0-9]{3}"}, 3),
        ({"pattern": "[A-Z]+"}, None),
        ({"description": "the order number, digits"}, None),
    ],
)
def test_length_of_a_number_is_known(schema: dict[str, str], length: int | None) -> None:
    """Pattern and description tell how many digits a number has."""
    assert Parameter("number", schema, True).length == length


@pytest.mark.parametrize(
    ("description", "choices"),
    [
        ("basic, plus or family", ["basic", "plus", "family"]),
        ("small, or large", []),
        ("city, town or village", []),
        ("the plan, basic or family", []),
    ],
)
def test_values_are_listed_in_a_description(description: str, choices: list[str]) -> None:
    """A description that lists three words and says nothing else lists the values."""
    assert Parameter("plan", text(description), True).choices == choices


def test_optional_value_has_the_type_that_is_not_null() -> None:
    """Pydantic writes `str | None` as `anyOf`."""
    schema = {"anyOf": [{"type": "null"}, {"type": "integer", "enum": [1, 2]}, {"const": 3}]}

    parameter = Parameter("size", schema, False)

    assert (parameter.kind, parameter.choices) == ("integer", [1, 2, 3])


def test_parameters_of_a_tool() -> None:
    """Name, description and whether it is required come from the tool; a tool may have none."""
    found = parameters(tool("t", "d", a=text("first"), b=text("second", optional=True)))

    assert [(one.name, one.about, one.required) for one in found] == [("a", "a first", True), ("b", "b second", False)]
    assert parameters({"name": "bare"}) == []

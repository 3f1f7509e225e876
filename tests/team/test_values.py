"""Values of a call: what they must be like, and when a variable counts as set."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.team.base import Unquoted
from orchestrator.team.values import Arg, Value, Variable


@pytest.mark.parametrize(
    ("said", "value", "fault"),
    [
        ({}, [1], ""),
        ({"type": "string"}, "x", ""),
        ({"type": "string"}, 5, "must be of type string"),
        ({"type": "integer"}, 5, ""),
        ({"type": "integer"}, 5.5, "must be of type integer"),
        ({"type": "number"}, 5.5, ""),
        ({"type": "number"}, True, "must be of type number"),
        ({"type": "boolean"}, True, ""),
        ({"type": "boolean"}, 1, "must be of type boolean"),
        ({"enum": ["a", "b"]}, "c", "must be one of a, b"),
        ({}, "x" * 16_000, ""),
        ({}, "x" * 16_001, "must have at most 16000 characters"),
        ({}, 10**400, "must be a number of a common size"),
        ({"pattern": "1"}, -(10**4000), "must be a number of a common size"),
        ({"pattern": r"^\d{4}$"}, "4821", ""),
        ({"pattern": r"^\d{4}$"}, 4821, ""),
        ({"pattern": r"^\d{4}$"}, "482", r"must match ^\d{4}$"),
    ],
)
def test_a_bad_value_is_told_what_it_must_be(said: dict[str, Any], value: Any, fault: str) -> None:
    """In words that a model can act on; a boolean is not a number."""
    assert Value.model_validate(said).fault(value) == fault


@pytest.mark.parametrize(
    ("value", "met"), [(None, False), (False, False), ("", False), (True, True), ("x", True), (0.5, True)]
)
def test_a_variable_counts_as_set(value: Any, met: bool) -> None:
    """A boolean if it is true, any other if it has a value."""
    assert Variable().met(value) is met


def test_short_forms() -> None:
    """That of a variable is its default, that of an argument its type."""
    assert Variable.model_validate("Acme").default == "Acme"
    assert Variable.model_validate(None).default is None
    assert Arg.model_validate("number").schema_of() == {"type": "number"}


def test_an_argument_takes_what_it_leaves_out_from_its_variable() -> None:
    """Its own keys override those of the variable."""
    variable = Variable.model_validate({"type": "integer", "description": "how many", "enum": [1, 2, 3], "default": 1})

    assert Arg.model_validate({"enum": [1, 2]}).like(variable).schema_of() == {
        "type": "integer",
        "description": "how many",
        "enum": [1, 2],
    }
    assert Arg.model_validate({"description": "x"}).like(None).schema_of() == {"type": "string", "description": "x"}


def test_p66_numbers_without_quotes_are_text_where_the_type_says_so() -> None:
    """P66: without a type they are numbers, unless they would lose a sign or a zero."""
    twelve = Unquoted("12")
    assert Variable.model_validate({"type": "string", "default": twelve, "enum": [twelve]}).default == "12"
    assert Variable.model_validate({"type": "string", "enum": [twelve, None]}).enum == ("12", None)
    assert Variable.model_validate({"type": "integer", "default": twelve}).default == 12
    assert Variable.model_validate(twelve).default == 12
    assert Arg.model_validate({"enum": [twelve]}).like(Variable(type="integer")).enum == (12,)
    assert Variable.model_validate({"default": "12"}).default == "12"


@pytest.mark.parametrize("said", [{"default": float("inf")}, {"enum": [1, float("nan")]}])
def test_p63_values_are_finite(said: dict[str, Any]) -> None:
    """P63: JSON, in which models are told of them, has no other numbers."""
    with pytest.raises(ValueError, match="finite"):
        Variable.model_validate(said)

"""Arguments by a JSON Schema: values as they are meant, and errors that a model can act on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.tools.schema_arguments import SchemaArguments

SCHEMA = {
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Z]", "maxLength": 10},
        "count": {"type": "integer", "minimum": 1},
        "price": {"type": "number"},
        "sure": {"type": "boolean"},
        "size": {"enum": ["small", "large"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        "unit": {"type": "string", "default": "kg"},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def read(**given: Any) -> dict[str, Any]:
    """Read arguments, among them a name."""
    return SchemaArguments(SCHEMA).read(json.dumps({"name": "Ann", **given}))


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({}, {}),
        ({"count": "3", "price": "2.50", "sure": "true"}, {"count": 3, "price": 2.5, "sure": True}),
        ({"count": 3.0, "price": "7"}, {"count": 3, "price": 7}),
        ({"name": "A7", "count": None, "tags": "", "unit": ""}, {"name": "A7"}),
        ({"tags": '["a"]', "address": '{"city": "Kiel"}'}, {"tags": ["a"], "address": {"city": "Kiel"}}),
        ({"unit": "g"}, {"unit": "g"}),
    ],
)
def test_values_are_read_as_they_are_meant(given: dict[str, Any], values: dict[str, Any]) -> None:
    """With defaults for what is left out."""
    assert read(**given) == {"name": "Ann", "unit": "kg", **values}


def test_numbers_are_text_where_text_is_meant() -> None:
    """Models write order numbers as numbers."""
    schema = {"properties": {"number": {"type": "string"}}}

    assert SchemaArguments(schema).read('{"number": 7}') == {"number": "7"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": None}, "name: must be of type string"),
        ({"name": "ann"}, "name: must match ^[A-Z]"),
        ({"name": "A" * 11}, "name: maxLength is 10"),
        ({"count": 0}, "count: minimum is 1"),
        ({"count": "many"}, "count: must be of type integer"),
        ({"count": 1.5}, "count: must be of type integer"),
        ({"price": "1e999"}, "price: must be of type number"),
        ({"price": "nan"}, "price: must be of type number"),
        ({"size": "huge"}, "size: must be one of small, large"),
        ({"tags": [1]}, "tags.0: must be of type string"),
        ({"address": {"street": "x"}}, "address.city: Field required"),
        ({"nme": "x"}, "nme: there is no such argument"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(given: dict[str, Any], told: str) -> None:
    """The model can correct it."""
    with pytest.raises(ValueError, match=r".") as raised:
        read(**given)

    assert told in str(raised.value)


@pytest.mark.parametrize("text", ["{}", "[]", "null"])
def test_what_is_required_is_named(text: str) -> None:
    """Also if there are no arguments at all."""
    with pytest.raises(ValueError, match=r"name: Field required|must be of type object"):
        SchemaArguments(SCHEMA).read(text)
    assert SchemaArguments({}).read(text) == {}


@pytest.mark.parametrize("schema", [{"type": "strange"}, {"properties": {"a": {"minimum": "x"}}}])
def test_a_schema_that_is_none_is_refused(schema: dict[str, Any]) -> None:
    """When the tool is made, and not when it is called."""
    with pytest.raises(ValueError, match=r"."):
        SchemaArguments(schema)


def test_a_reference_to_elsewhere_is_never_followed(tmp_path: Path) -> None:
    """Neither to a file of this machine nor to an address."""
    (tmp_path / "whole.json").write_text('{"type": "integer"}')
    schema = {"properties": {"x": {"$ref": (tmp_path / "whole.json").as_uri()}}}

    with pytest.raises(ValueError, match="schema refers to what is not in it"):
        SchemaArguments(schema).read('{"x": "a"}')

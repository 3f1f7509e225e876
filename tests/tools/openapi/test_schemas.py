"""Schemas of an OpenAPI file as a model gets them."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.tools.openapi.reading import Fault
from orchestrator.tools.openapi.schemas import DEEPEST, MOST, shortened, without_null
from tests.tools.openapi.files import schema_of

NULL = {"type": "null"}


@pytest.mark.parametrize(
    ("schema", "read"),
    [
        ("{type: string, format: date}", {"type": "string", "format": "date"}),
        ("{type: string, format: int64}", {"type": "string"}),
        ("{type: string, enum: [1, 1.10, true, a]}", {"type": "string", "enum": ["1", "1.10", "true", "a"]}),
        ("{type: string, default: 7}", {"type": "string", "default": "7"}),
        ("{type: integer, enum: [1, 2], default: 2}", {"type": "integer", "enum": [1, 2], "default": 2}),
        ("{enum: [a, b]}", {"type": "string", "enum": ["a", "b"]}),
        ("{const: a}", {"type": "string", "enum": ["a"]}),
        ("{type: string, pattern: '^a+$'}", {"type": "string", "pattern": "^a+$"}),
        ("{type: string, pattern: '(?=a)b'}", {"type": "string"}),
        ("{type: string, pattern: '(?<n>a'}", {"type": "string"}),
        ("{type: string, pattern: '\\p{L}'}", {"type": "string"}),
        ("{type: string, example: x, deprecated: true, xml: {}}", {"type": "string"}),
        ("{type: string, maxLength: 5}", {"type": "string", "maxLength": 5}),
        ("{type: number, minimum: 1, exclusiveMinimum: true}", {"type": "number", "exclusiveMinimum": 1}),
        ("{type: number, minimum: 1, exclusiveMinimum: false}", {"type": "number", "minimum": 1}),
        ("{type: number, exclusiveMaximum: 1.5}", {"type": "number", "exclusiveMaximum": 1.5}),
        ("{type: array, items: {type: integer}}", {"type": "array", "items": {"type": "integer"}}),
        ("{type: array}", {"type": "array", "items": {}}),
        ("{items: {type: string}}", {"type": "array", "items": {"type": "string"}}),
        ("{type: object}", {"type": "object"}),
        ("{properties: {a: {type: string}}}", {"type": "object", "properties": {"a": {"type": "string"}}}),
        (
            "{additionalProperties: {type: string}}",
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        ("{title: A thing}", {"description": "A thing"}),
        ("true", {}),
        ("{type: [string, 'null']}", {"anyOf": [{"type": "string"}, NULL]}),
        ("{type: string, nullable: true}", {"anyOf": [{"type": "string"}, NULL]}),
        ("{type: [string, integer]}", {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ("{type: string, enum: [a, null], nullable: true}", {"anyOf": [{"type": "string", "enum": ["a"]}, NULL]}),
        ("{oneOf: [{type: string}, {type: 'null'}]}", {"anyOf": [{"type": "string"}, NULL]}),
        ("{anyOf: [{type: string}, {type: string}], description: It.}", {"type": "string", "description": "It."}),
        (
            "{oneOf: [{type: string}, {anyOf: [{type: integer}, {type: string}]}]}",
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        ),
        ("{oneOf: [{type: string}, true]}", {"anyOf": [{"type": "string"}, {"type": "object"}]}),
    ],
)
def test_values(schema: str, read: dict[str, Any]) -> None:
    """What a model needs is kept, in one form for 3.0 and 3.1."""
    assert schema_of(f"It: {schema}") == read


def test_objects_lack_what_is_read_only_and_what_is_old() -> None:
    """Neither is for the one who asks; what must be given stays."""
    read = schema_of("""
        It:
          type: object
          additionalProperties: false
          required: [id, name, old, nothing]
          properties:
            id: {type: string, readOnly: true}
            name: {type: string}
            old: {type: string, deprecated: true}
            older: {type: string, deprecated: true}
    """)

    assert read == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "old": {"type": "string"}},
        "required": ["name", "old"],
        "additionalProperties": False,
    }


def test_all_of_several_is_one() -> None:
    """Members of all, and of everything else the last word."""
    read = schema_of("""
        Named: {type: object, required: [name], properties: {name: {type: string, description: A.}}, description: N.}
        It:
          allOf:
            - $ref: "#/components/schemas/Named"
            - {required: [age], properties: {age: {type: integer}, name: {type: string}}}
          description: A person.
    """)

    assert read == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "description": "A person.",
    }


def test_what_is_said_of_all_alternatives_holds_for_each() -> None:
    """A member beside `oneOf` is in every one of them."""
    read = schema_of("""
        It:
          properties: {kind: {type: string}}
          required: [kind]
          oneOf:
            - {properties: {a: {type: string}}}
            - {properties: {b: {type: string}}, required: [b]}
    """)

    kind = {"kind": {"type": "string"}}
    assert read["anyOf"] == [
        {"type": "object", "properties": {**kind, "a": {"type": "string"}}, "required": ["kind"]},
        {"type": "object", "properties": {**kind, "b": {"type": "string"}}, "required": ["kind", "b"]},
    ]


def test_a_description_beside_a_reference_counts() -> None:
    """In 3.1 it is that of this use."""
    read = schema_of("""
        Name: {type: string, description: Any name.}
        It: {$ref: "#/components/schemas/Name", description: The last name.}
    """)

    assert read == {"type": "string", "description": "The last name."}


@pytest.mark.parametrize(
    "schema",
    [
        "{properties: {next: {$ref: '#/components/schemas/It'}}}",
        "{properties: {next: {allOf: [{$ref: '#/components/schemas/It'}]}}}",
        "{properties: {next: {allOf: [{description: x}, {$ref: '#/components/schemas/Other'}]}}}",
    ],
)
def test_what_refers_to_itself_ends(schema: str) -> None:
    """Where it begins again, any object will do."""
    read = schema_of(
        f"""
        Other: {{$ref: '#/components/schemas/It'}}
        First: {{$ref: '#/components/schemas/It'}}
        It: {schema}
    """,
        "First",
    )

    assert read["properties"]["next"] == {"type": "object"}


def test_a_circle_of_alternatives_ends() -> None:
    """An alternative that is the whole is any object."""
    read = schema_of(
        """
        First: {$ref: '#/components/schemas/It'}
        It: {oneOf: [{type: string}, {$ref: '#/components/schemas/It'}]}
    """,
        "First",
    )

    assert read == {"anyOf": [{"type": "string"}, {"type": "object"}]}


def test_what_lies_deep_is_any_object() -> None:
    """A model does not fill it in, and the schema stays small."""
    nested = "{properties: {a: " * 20 + "{}" + "}}" * 20
    read = schema_of(f"It: {nested}")

    depth = 0
    while "properties" in read:
        read, depth = read["properties"]["a"], depth + 1
    assert depth == DEEPEST + 1
    assert read == {"type": "object"}


def test_what_is_too_large_is_told() -> None:
    """Values that refer to others many times over become no schema of megabytes."""

    def eight(of: int) -> str:
        return ", ".join(f"p{each}: {{$ref: '#/components/schemas/S{of}'}}" for each in range(8))

    rows = "\n".join(f"S{row}: {{properties: {{{eight(row + 1)}}}}}" for row in range(6))
    with pytest.raises(Fault, match=f"more than {MOST} parts"):
        schema_of(f"{rows}\nS6: {{type: string}}", "S0")


def test_what_need_not_be_given_is_never_null() -> None:
    """It is left out instead."""
    assert without_null({"anyOf": [{"type": "string"}, NULL], "default": "x"}) == {"type": "string", "default": "x"}
    assert without_null({"anyOf": [NULL]}) == NULL
    assert without_null({"type": "string"}) == {"type": "string"}


def test_descriptions_are_short() -> None:
    """One line, no markup, cut after a sentence or a word."""
    assert shortened("A\n  <b>bold</b> word.") == "A bold word."
    assert shortened("First part here. Second one is too long", 30) == "First part here."
    assert shortened("a few words and more", 12) == "a few words …"

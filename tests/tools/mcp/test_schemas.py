"""What is checked here of the arguments that a server wants."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.tools.mcp.listing import Listed
from orchestrator.tools.mcp.schemas import MOST, checked

TREE: dict[str, Any] = {"type": "object", "properties": {"below": {"$ref": "#/$defs/tree"}}}
DOUBLED = {f"d{at}": {"anyOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 2} for at in range(60)}


def read(schema: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Read arguments for a server that wants an argument `x` of this schema."""
    known = {"type": "object", "properties": {"x": schema}, "$defs": {"tree": TREE, "few": {"enum": ["a"]}, **DOUBLED}}
    return Listed("a", "Does it.", known).arguments.read(json.dumps(given))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"$ref": "#/$defs/few"}, "b"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "many"),
        ({"oneOf": [{"type": "integer"}, {"$ref": "#/$defs/few"}]}, "b"),
        ({"type": "array", "items": {"type": "object", "required": ["y"]}}, [{}]),
        ({"type": "object", "properties": {}, "additionalProperties": False}, {"y": 1}),
        ({"$ref": "#/$defs/tree"}, {"below": {"below": 7}}),
    ],
)
def test_what_is_plainly_wrong_is_told_at_once(schema: dict[str, Any], value: Any) -> None:
    """Without asking the server."""
    with pytest.raises(ValueError, match=r"x|no such argument"):
        read(schema, x=value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "pattern": "^(a+)+$"}, "a" * 60 + "!"),
        ({"$ref": "#/$defs/d0"}, "b"),
        ({"$ref": "#/$defs/none"}, "b"),
        ({"$ref": "http://169.254.169.254/"}, "b"),
        ({"oneOf": [{"pattern": "^a"}, {"pattern": "^b"}]}, "b"),
        ({"type": "object", "patternProperties": {"^y": {}}, "additionalProperties": False}, {"y": 1}),
        (True, "b"),
    ],
)
def test_what_may_be_dear_is_left_to_the_server(schema: Any, value: Any) -> None:
    """A pattern, references in a circle or to elsewhere: nothing is fetched, and no other call has to wait."""
    assert read(schema, x=value) == {"x": value}


def test_a_schema_that_grows_is_cut() -> None:
    """What it would become is never made."""
    assert json.dumps(checked({"$ref": "#/$defs/d0", "$defs": DOUBLED})).count("{") <= 2 * MOST


def test_the_model_is_shown_all_of_it() -> None:
    """Also what is not checked here."""
    schema = {"type": "object", "properties": {"x": {"type": "string", "pattern": "^a"}}}

    assert Listed("a", "Does it.", schema).arguments.schema == schema

"""The small shapes: what is taken as it is, what is mended, and what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.protocol import shapes
from orchestrator.protocol.shapes import BAD, Shape

POINT = shapes.fields({"x": shapes.integer}, {"label": shapes.string})
CLOSED = shapes.fields({}, {"x": shapes.number}, grows=False)
TAKEN = [
    pytest.param(shapes.string, "", "", id="string"),
    pytest.param(shapes.name, "a", "a", id="name"),
    pytest.param(shapes.number, 1.5, 1.5, id="number"),
    pytest.param(shapes.integer, 7, 7, id="integer"),
    pytest.param(shapes.integer, 7.9, 7, id="a float is made an integer"),
    pytest.param(shapes.word("a", 24000), 24000, 24000, id="word"),
    pytest.param(shapes.nullable(shapes.string), None, None, id="null"),
    pytest.param(shapes.nullable(shapes.string), "a", "a", id="not null"),
    pytest.param(shapes.every(shapes.string), ["a", 1, None, "b"], ["a", "b"], id="what is odd in an array goes"),
    pytest.param(POINT, {"x": 1.0, "label": None, "new": {}}, {"x": 1, "new": {}}, id="what is odd in an object goes"),
    pytest.param(CLOSED, {"x": 1, "y": 2}, {"x": 1}, id="only what is known"),
]  # fmt: skip
UNREADABLE = [
    pytest.param(shapes.string, None, id="null string"),
    pytest.param(shapes.name, "", id="empty name"),
    pytest.param(shapes.number, True, id="true is no number"),
    pytest.param(shapes.number, float("inf"), id="infinite"),
    pytest.param(shapes.number, float("nan"), id="not a number"),
    pytest.param(shapes.number, 10**400, id="larger than a float"),
    pytest.param(shapes.integer, -(10**400), id="smaller than a float"),
    pytest.param(shapes.integer, 1e300, id="larger than anything that is counted"),
    pytest.param(shapes.mapping, [], id="array for any object"),
    pytest.param(shapes.integer, "7", id="string for an integer"),
    pytest.param(shapes.word("a"), ["a"], id="array for a word"),
    pytest.param(shapes.word(1), True, id="true is not one"),
    pytest.param(shapes.every(shapes.string), "ab", id="string for an array"),
    pytest.param(POINT, [], id="array for an object"),
    pytest.param(POINT, {"label": "a"}, id="needed and missing"),
    pytest.param(POINT, {"x": "1"}, id="needed and odd"),
]


@pytest.mark.parametrize(("shape", "value", "expected"), TAKEN)
def test_what_can_be_read_is_taken(shape: Shape, value: Any, expected: Any) -> None:
    """As it is, or mended."""
    taken = shape(value)

    assert taken == expected
    assert type(taken) is type(expected)


@pytest.mark.parametrize(("shape", "value"), UNREADABLE)
def test_what_cannot_be_read_is_bad(shape: Shape, value: Any) -> None:
    """Nothing raises."""
    assert shape(value) is BAD

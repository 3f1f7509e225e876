"""JSON Schema as services take it: each type of a signature end to end, and what JSON does not have."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NotRequired
from typing import TypedDict as PlainTypedDict
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from orchestrator.tools import CallView, FunctionTool, Tool
from orchestrator.tools.python.json_schema import NotStrict, schema_of
from orchestrator.tools.python.parameters import TYPED_DICT, TYPES, Unusable
from tests.patience import PATIENCE


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Level(IntEnum):
    HIGH = 2


class Word(StrEnum):
    YES = "yes"


class Access(Flag):
    READ = 1


class Pair(Enum):
    BOTH = (1, 2)


class Endless(Enum):
    ALL = math.inf


@dataclass
class Address:
    street: str
    size: Size = Size.SMALL
    tags: list[str] = field(default_factory=list)


class Place(NamedTuple):
    street: str
    number: int = 1


class Stay(TypedDict):
    day: date
    nights: NotRequired[int]


class Old(PlainTypedDict):
    day: date


class Guest(BaseModel):
    name: str
    born: date | None = None


@dataclass
class Unbounded:
    limit: float = math.inf


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
DAY = {"type": "string", "format": "date"}
GUEST = {
    "type": "object",
    "properties": {"name": STRING, "born": {"anyOf": [DAY, {"type": "null"}], "default": None}},
    "required": ["name"],
}
PLACE = {
    "type": "object",
    "properties": {"street": STRING, "number": {**INTEGER, "default": 1}},
    "required": ["street"],
    "additionalProperties": False,
}
SIZE = {"type": "string", "enum": ["small", "large"]}
FEBRUARY = date(2026, 2, 1)

# A type, its schema, what a model writes, what the function gets, and the same as a result.
TYPES_IN_USE: list[tuple[Any, Any, Any, Any, str]] = [
    (str, STRING, "a", "a", "a"),
    (int, INTEGER, 1, 1, "1"),
    (float, NUMBER, 1.5, 1.5, "1.5"),
    (bool, {"type": "boolean"}, True, True, "true"),
    (bytes, {"type": "string", "format": "binary"}, "a", b"a", '"a"'),
    (date, DAY, "2026-02-01", FEBRUARY, '"2026-02-01"'),
    (time, {"type": "string", "format": "time"}, "14:30", time(14, 30), '"14:30:00"'),
    (
        datetime,
        {"type": "string", "format": "date-time"},
        "2026-02-01T14:30:00",
        datetime(2026, 2, 1, 14, 30),
        '"2026-02-01T14:30:00"',
    ),
    (timedelta, {"type": "string", "format": "duration"}, "PT90M", timedelta(minutes=90), '"PT1H30M"'),
    (Decimal, NUMBER, 19.99, Decimal("19.99"), '"19.99"'),
    (
        Annotated[Decimal, Field(ge=0, le=Decimal("9.5"))],
        {**NUMBER, "minimum": 0, "maximum": 9.5},
        "2.50",
        Decimal("2.50"),
        '"2.50"',
    ),
    (UUID, {"type": "string", "format": "uuid"}, str(UUID(int=1)), UUID(int=1), f'"{UUID(int=1)}"'),
    (Path, {"type": "string", "format": "path"}, "a/b", Path("a/b"), '"a/b"'),
    (Literal["a", 2], {"enum": ["a", 2]}, 2, 2, "2"),
    (Literal["a"], {"const": "a", "type": "string"}, "a", "a", "a"),
    (Size, SIZE, "large", Size.LARGE, '"large"'),
    (Level, {"type": "integer", "enum": [2]}, 2, Level.HIGH, "2"),
    (Word, {"type": "string", "enum": ["yes"]}, "yes", Word.YES, "yes"),
    (Access, {"type": "integer", "enum": [1]}, 1, Access.READ, "1"),
    (
        Address,
        {
            "type": "object",
            "properties": {
                "street": STRING,
                "size": {**SIZE, "default": "small"},
                "tags": {"type": "array", "items": STRING},
            },
            "required": ["street"],
        },
        {"street": "Elm", "size": "large"},
        Address("Elm", Size.LARGE),
        '{"street":"Elm","size":"large","tags":[]}',
    ),
    (Place, PLACE, {"street": "Elm", "number": 2}, Place("Elm", 2), '{"street":"Elm","number":2}'),
    (
        Stay,
        {"type": "object", "properties": {"day": DAY, "nights": INTEGER}, "required": ["day"]},
        {"day": "2026-02-01"},
        {"day": FEBRUARY},
        '{"day":"2026-02-01"}',
    ),
    (Guest, GUEST, {"name": "Ann"}, Guest(name="Ann"), '{"name":"Ann","born":null}'),
    (int | None, {"anyOf": [INTEGER, {"type": "null"}]}, None, None, "done"),
    (int | str, {"anyOf": [INTEGER, STRING]}, "a", "a", "a"),
    (list[date], {"type": "array", "items": DAY}, ["2026-02-01"], [FEBRUARY], '["2026-02-01"]'),
    (list[Guest], {"type": "array", "items": GUEST}, [{"name": "A"}], [Guest(name="A")], '[{"name":"A","born":null}]'),
    (list, {"type": "array", "items": {}}, [1, "a"], [1, "a"], '[1,"a"]'),
    (Sequence[int], {"type": "array", "items": INTEGER}, [1], [1], "[1]"),
    (set[str], {"type": "array", "items": STRING, "uniqueItems": True}, ["a"], {"a"}, '["a"]'),
    (
        dict[str, date],
        {"type": "object", "additionalProperties": DAY},
        {"a": "2026-02-01"},
        {"a": FEBRUARY},
        '{"a":"2026-02-01"}',
    ),
    (dict, {"type": "object", "additionalProperties": True}, {"a": 1}, {"a": 1}, '{"a":1}'),
    (Mapping[str, int], {"type": "object", "additionalProperties": INTEGER}, {"a": 1}, {"a": 1}, '{"a":1}'),
    (tuple[int, ...], {"type": "array", "items": INTEGER}, [1, 2], (1, 2), "[1,2]"),
    (
        tuple[int, date],
        {
            "type": "array",
            "prefixItems": [INTEGER, DAY],
            "items": {"anyOf": [INTEGER, DAY]},
            "minItems": 2,
            "maxItems": 2,
        },
        [1, "2026-02-01"],
        (1, FEBRUARY),
        '[1,"2026-02-01"]',
    ),
    (tuple, {"type": "array", "items": {}}, [1], (1,), "[1]"),
    (tuple[()], {"type": "array", "items": {}, "minItems": 0, "maxItems": 0}, [], (), "[]"),
    (Any, {}, {"a": [1]}, {"a": [1]}, '{"a":[1]}'),
    (
        Annotated[int, Field(ge=1, description="how many")],
        {**INTEGER, "minimum": 1, "description": "how many"},
        1,
        1,
        "1",
    ),
    (Annotated[str, "the order's number"], {**STRING, "description": "the order's number"}, "1", "1", "1"),
    ("Guest", GUEST, {"name": "A"}, Guest(name="A"), '{"name":"A","born":null}'),
    (
        "list[Place]",
        {"type": "array", "items": PLACE},
        [{"street": "Elm"}],
        [Place("Elm")],
        '[{"street":"Elm","number":1}]',
    ),
]


def tool(annotation: Any, *default: Any) -> Tool:
    """Return a tool that gives back its argument."""

    def find(value):  # type: ignore[no-untyped-def]
        "Find."
        seen.append(value)
        return value

    seen: list[Any] = []
    find.__annotations__["value"] = annotation
    find.__defaults__ = default
    find.seen = seen  # type: ignore[attr-defined]
    return FunctionTool(find)


def plain(schema: Any) -> Any:
    """Return a schema without what versions of pydantic differ in."""
    if isinstance(schema, dict) and "properties" in schema and schema["properties"].keys() & {"size", "day"}:
        return {key: value for key, value in schema.items() if key != "additionalProperties"}
    return schema


@pytest.mark.parametrize(
    ("annotation", "schema", "said", "given", "result"), TYPES_IN_USE, ids=lambda value: str(value)[:30]
)
async def test_p63_each_type_works_end_to_end(annotation: Any, schema: Any, said: Any, given: Any, result: str) -> None:
    """P63: it has a schema, its value reaches the function as what the signature says, and returns as text."""
    one = tool(annotation)

    assert plain(one.parameters["properties"]["value"]) == schema
    assert one.parameters["required"] == ["value"]
    assert await one.run(json.dumps({"value": said}), CallView("c", "a"), seconds=PATIENCE) == result
    assert one._runs._function.seen == [given]  # type: ignore[attr-defined]
    assert type(one._runs._function.seen[0]) is type(given)  # type: ignore[attr-defined]


DEFAULTS: list[tuple[Any, Any, Any]] = [
    (date, FEBRUARY, "2026-02-01"),
    (time, time(14, 30), "14:30:00"),
    (datetime, datetime(2026, 2, 1), "2026-02-01T00:00:00"),
    (timedelta, timedelta(days=1), "P1D"),
    (Decimal, Decimal("2.50"), 2.5),
    (UUID, UUID(int=1), str(UUID(int=1))),
    (bytes, b"a", "a"),
    (Size, Size.LARGE, "large"),
    (Level, Level.HIGH, 2),
    (Address, Address("Elm"), {"street": "Elm", "size": "small", "tags": []}),
    (Place, Place("Elm"), {"street": "Elm", "number": 1}),
    (Guest, Guest(name="A"), {"name": "A", "born": None}),
    (tuple[int, date], (1, FEBRUARY), [1, "2026-02-01"]),
    (set[int], {2, 1}, [1, 2]),
    (dict[str, date], {"a": FEBRUARY}, {"a": "2026-02-01"}),
    (str, None, None),
]


@pytest.mark.parametrize(("annotation", "default", "shown"), DEFAULTS, ids=lambda value: str(value)[:30])
def test_p63_each_default_is_in_the_schema(annotation: Any, default: Any, shown: Any) -> None:
    """P63: as JSON, in the form in which the model would write it."""
    one = tool(annotation, default)

    assert one.parameters["properties"]["value"]["default"] == shown
    assert "required" not in one.parameters


@pytest.mark.parametrize(
    ("annotation", "default", "told"),
    [
        (float, math.inf, "inf"),
        (float, math.nan, "nan"),
        (Decimal, Decimal("NaN"), "NaN"),
        (list[float], [1.0, math.inf], "[1.0, inf]"),
        (dict[str, Any], {"a": math.nan}, "{'a': nan}"),
        (str, object, "<class 'object'>"),
        (bytes, b"\xff", "b'\\xff'"),
        (str, "\ud83d", "\ud83d"),
        (Unbounded, ..., "inf"),
        (list[Unbounded], ..., "inf"),
    ],
    ids=repr,
)
def test_p63_a_default_that_json_does_not_have_is_told(annotation: Any, default: Any, told: str) -> None:
    """P63: it is left out of the schema, where it is the function's own, and in its types; the author is warned."""
    one = tool(annotation, *([] if default is ... else [default]))

    json.dumps(one.parameters, allow_nan=False, ensure_ascii=False).encode()
    warnings = [what for what, _ in one.doubts if "default" in what]
    assert warnings == [f"has a default for 'value' that JSON does not have: {told}"]


@pytest.mark.parametrize(
    ("annotation", "what", "remedy"),
    [
        pytest.param(
            Old,
            "the type of 'value' cannot be described in JSON Schema",
            TYPED_DICT,
            marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="pydantic takes it there"),
        ),
        (Pair, "the type of 'value' cannot be described in JSON Schema", TYPES),
        (type[int], "the type of 'value' cannot be described in JSON Schema", TYPES),
        (Callable[[], int], "the type of 'value' cannot be described in JSON Schema", TYPES),
        (Endless, "the type of 'value' holds inf, which JSON does not have", "Leave it out."),
        (
            Annotated[float, Field(examples=[math.nan])],
            "the type of 'value' holds nan, which JSON does not have",
            "Leave it out.",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_p63_types_that_do_not_work_are_told(annotation: Any, what: str, remedy: str) -> None:
    """P63: with the parameter, and what to write in their place."""
    with pytest.raises(Unusable) as raised:
        tool(annotation)

    assert (str(raised.value), raised.value.remedy) == (what, remedy)


def test_p63_arrays_in_arrays_have_items() -> None:
    """P63: a service refuses an array without `items`, wherever it is."""
    found = tool(dict[str, list[tuple[int, tuple[str, date]]]]).parameters

    def arrays(schema: Any) -> list[Any]:
        inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
        own = [schema] if isinstance(schema, dict) and schema.get("type") == "array" else []
        return own + [array for one in inside for array in arrays(one)]

    assert len(arrays(found)) > 3
    assert all("items" in array for array in arrays(found))


def test_p63_properties_may_have_the_names_of_keywords() -> None:
    """P63: a parameter called `default` or `enum` is described like any other."""

    def find(default: Size, enum: Size, title: Size, const: list[Size]) -> None:
        "Find."

    assert FunctionTool(find).parameters["properties"] == {
        "default": SIZE,
        "enum": SIZE,
        "title": SIZE,
        "const": {"type": "array", "items": SIZE},
    }


def test_what_is_no_json_is_named() -> None:
    """The first value that cannot be written."""
    with pytest.raises(NotStrict, match="nan"):
        schema_of(TypeAdapter(Annotated[int, Field(json_schema_extra={"a": 1, "b": [1, math.nan]})]).core_schema)

"""What a tool returned, as the text that a model reads: strict JSON, and only as much as the model is given."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

import numpy
import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from orchestrator.tools.results import DEEPEST, RESULT, Unwritable, written


class Size(Enum):
    SMALL = "small"
    NONE = math.nan


class Level(IntEnum):
    HIGH = 2


class Word(StrEnum):
    YES = "yes"


class Place(NamedTuple):
    street: str
    number: int = 1


class Guest(BaseModel):
    name: str
    score: float = 1.0


@dataclass
class Order:
    number: str
    total: float = 0.0
    guests: list[Guest] = field(default_factory=list)


@checked
class Checked:
    day: date


class Mute:
    def __str__(self) -> str:
        raise RuntimeError


def refuse(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("as it is", "as it is"),
        ("half \ud83d of a pair", "half ? of a pair"),
        (["\ud83d"], '["?"]'),
        (numpy.float32(1.5), "1.5"),
        (numpy.array([[1.0, math.nan]]), "[[1.0,null]]"),
        ({"paid": numpy.bool_(True), numpy.int64(3): numpy.int64(4)}, '{"paid":true,"3":4}'),
        (None, "done"),
        (True, "true"),
        (2**70, str(2**70)),
        (0.1, "0.1"),
        ([None, False, 1, 'ä\n"'], '[null,false,1,"ä\\n\\""]'),
        ({}, "{}"),
        (date(2026, 1, 2), '"2026-01-02"'),
        (time(10), '"10:00:00"'),
        (datetime(2026, 1, 2, 10), '"2026-01-02T10:00:00"'),
        (timedelta(hours=1), '"PT1H"'),
        (Decimal("2.50"), '"2.50"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Path("a") / "b", '"a/b"'),
        (b"text", '"text"'),
        (Size.SMALL, '"small"'),
        (Level.HIGH, "2"),
        (Word.YES, "yes"),
        ([Word.YES], '["yes"]'),
        (Place("Elm"), '{"street":"Elm","number":1}'),
        (Order("1", 2.5, [Guest(name="Ann")]), '{"number":"1","total":2.5,"guests":[{"name":"Ann","score":1.0}]}'),
        (Checked(date(2026, 1, 2)), '{"day":"2026-01-02"}'),
        ({"a"}, '["a"]'),
        ((1, 2), "[1,2]"),
        (deque([1]), "[1]"),
        (range(3), "[0,1,2]"),
        ({"a": 1}.values(), "[1]"),
        (map(str, [1]), '["1"]'),
        ({1: 3, None: 2, date(2026, 1, 2): 4}, '{"1":3,"None":2,"2026-01-02":4}'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_p63_results_of_every_type_are_written(result: Any, told: str) -> None:
    """P63: text unchanged, None as `done`, everything else as JSON."""
    assert written(result) == told


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (math.nan, "null"),
        (math.inf, '"Infinity"'),
        (-math.inf, '"-Infinity"'),
        ({"total": math.nan}, '{"total":null}'),
        ([[math.inf]], '[["Infinity"]]'),
        (Order("1", math.nan, [Guest(name="Ann", score=math.nan)]), None),
        (Guest(name="Ann", score=math.inf), '{"name":"Ann","score":"Infinity"}'),
        (Size.NONE, "null"),
        ((one for one in [math.nan]), "[null]"),
        ({math.nan: 1}, '{"nan":1}'),
        (Decimal("NaN"), '"NaN"'),
    ],
)
def test_p63_numbers_that_json_does_not_have(result: Any, told: str | None) -> None:
    """P63: NaN means nothing and becomes null, an infinite number is told by its name, wherever they are."""
    text = written(result)

    json.loads(text, parse_constant=refuse)
    assert text == (told or '{"number":"1","total":null,"guests":[{"name":"Ann","score":null}]}')


@pytest.mark.parametrize(
    ("make", "ending"),
    [
        (lambda: "x" * 50_000_000, " … (cut: 50000000 characters)"),
        (lambda: ["x" * 50_000_000], " … (cut: more than 16000 characters)"),
        (lambda: count(), " … (cut: more than 16000 characters)"),
        (lambda: {"rows": (Guest(name="Ann") for _ in count())}, " … (cut: more than 16000 characters)"),
    ],
    ids=["text", "text in a list", "without end", "without end inside"],
)
def test_p51_no_more_is_written_than_is_told(make: Callable[[], Any], ending: str) -> None:
    """P51: of a result that is huge, or has no end, only the beginning is looked at."""
    text = written(make())

    assert len(text) == RESULT + len(ending)
    assert text.endswith(ending)


def test_p51_parts_are_written_one_by_one() -> None:
    """P51: a million rows cost what the first few cost."""
    made = []

    def rows() -> Iterator[dict[str, int]]:
        for number in count():
            made.append(number)
            yield {"number": number}

    written(rows())

    assert len(made) < RESULT


def test_what_fits_exactly_is_whole() -> None:
    """The bound is the last length that is not cut."""
    assert written("x" * RESULT) == "x" * RESULT
    assert written(["x" * (RESULT - 4)]) == f'["{"x" * (RESULT - 4)}"]'


@pytest.mark.parametrize(
    ("result", "what"),
    [
        (object(), "object"),
        ([1, object()], "object"),
        (b"\xff", "bytes"),
        (memoryview(b"x"), "memoryview"),
        (TypeAdapter, "type"),
        ({Mute(): 1}, "Mute"),
        ([10**5000], "number of more than 10000 bits"),
    ],
)
def test_what_is_no_data_is_named(result: Any, what: str) -> None:
    """By its type, wherever it is in the result."""
    with pytest.raises(Unwritable, match=what):
        written(result)


def test_a_result_that_holds_itself_is_refused() -> None:
    """Nothing is nested deeper than a model could read."""
    nested: list[Any] = []
    nested.append(nested)

    with pytest.raises(Unwritable, match=f"list in more than {DEEPEST} others"):
        written(nested)

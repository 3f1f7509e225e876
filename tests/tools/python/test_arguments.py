"""The arguments that models write: what says nothing is nothing, and the rest is validated."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from orchestrator.tools.python.arguments import Arguments
from orchestrator.tools.reading import LONGEST


class Size(Enum):
    SMALL = "small"


class Stay(BaseModel):
    day: date = date(2026, 1, 2)
    nights: int = 1
    guest: str


class Exact(BaseModel):
    model_config = ConfigDict(strict=True)
    day: date


@dataclass
class Room:
    floor: int = 1
    stays: list[Stay] | None = None


class Folder(BaseModel):
    name: str = "new"
    inside: list[Folder] = []


def text(day: str = "today") -> None: ...
def dated(day: date = date(2026, 1, 2)) -> None: ...
def number(day: int = 1) -> None: ...
def truth(day: bool = False) -> None: ...
def choice(day: Literal["a", "b"] = "a") -> None: ...
def enum(day: Size = Size.SMALL) -> None: ...
def many(day: list[str] = []) -> None: ...  # noqa: B006
def either(day: int | date = 1) -> None: ...
def untyped(day="today") -> None: ...  # type: ignore[no-untyped-def]
def unset(day: str = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013 - as people write it
def optional(day: date | None = None) -> None: ...
def nullable(day: str | None = "today") -> None: ...
def worded(day: Literal["", "null", "a"] = "a") -> None: ...
def needed(day: str) -> None: ...
def anything(day: Any = 1) -> None: ...
def nothing() -> None: ...
def absent(day: str | None = None) -> None: ...
def stay(day: Stay) -> None: ...
def table(day: dict[str, int]) -> None: ...


WITH_DEFAULT = [text, dated, number, truth, choice, enum, many, either, untyped, unset]


@pytest.mark.parametrize("function", WITH_DEFAULT, ids=lambda function: function.__name__)
@pytest.mark.parametrize("said", [None, "", " ", "null", "NULL"], ids=repr)
def test_p64_a_parameter_with_a_default_may_be_left_out_in_any_way(function: Callable[..., Any], said: Any) -> None:
    """P64: null, "" and "null" leave it to the default, whatever its type."""
    assert Arguments(function).read(json.dumps({"day": said})) == {}


@pytest.mark.parametrize("said", ["none", "None", "undefined", "N/A", "nil"])
@pytest.mark.parametrize("function", [dated, number, truth, choice, enum, either, optional])
def test_p64_other_words_for_nothing_count_where_no_text_is_asked_for(function: Callable[..., Any], said: str) -> None:
    """P64: as the value of a date or a number they mean nothing; as a text they may be what the caller said."""
    assert Arguments(function).read(json.dumps({"day": said})) == {}
    assert Arguments(text).read(json.dumps({"day": said})) == {"day": said}


@pytest.mark.parametrize(
    ("function", "said", "read"),
    [
        (nullable, None, None),
        (optional, None, None),
        (anything, None, None),
        (worded, "", ""),
        (worded, "null", "null"),
        (needed, "", ""),
        (needed, "null", "null"),
        (text, "0", "0"),
        (absent, "Nil", "Nil"),
        (needed, "none", "none"),
        (anything, {}, {}),
        (table, {}, {}),
        (number, 0, 0),
        (truth, False, False),
        (many, [], []),
        (many, [""], [""]),
    ],
)
def test_p64_what_a_type_allows_is_not_touched(function: Callable[..., Any], said: Any, read: Any) -> None:
    """P64: null where the type names None, a word that is one of the choices, the text of a required parameter."""
    assert Arguments(function).read(json.dumps({"day": said})) == {"day": read}


@pytest.mark.parametrize("said", ["none", "None", "undefined", "N/A", "null", ""])
@pytest.mark.parametrize("function", [absent, unset])
def test_p64_words_for_nothing_are_none_where_that_is_the_default(function: Callable[..., Any], said: str) -> None:
    """P64: a text that is None unless the caller says something."""
    assert Arguments(function).read(json.dumps({"day": said})) == {}


@pytest.mark.parametrize("said", [{}, []], ids=["object", "array"])
@pytest.mark.parametrize("function", [text, dated, number, truth, choice, either, absent])
def test_p64_what_is_empty_is_nothing_too(function: Callable[..., Any], said: Any) -> None:
    """P64: where no object or array may stand."""
    assert Arguments(function).read(json.dumps({"day": said})) == {}


@pytest.mark.parametrize("given", [{"": ""}, {"_": None}, {"input": {}}, {"dummy": "none", "kwargs": []}])
@pytest.mark.parametrize("function", [nothing, text])
def test_p64_what_nobody_asked_for_and_says_nothing_is_dropped(function: Callable[..., Any], given: Any) -> None:
    """P64: some models cannot call a function without arguments."""
    assert Arguments(function).read(json.dumps(given)) == {}


@pytest.mark.parametrize(
    ("function", "said", "read"),
    [
        (many, '["a"]', ["a"]),
        (many, "[]", []),
        (table, '{"a": 1}', {"a": 1}),
        (stay, '{"guest": "Ann", "nights": "none"}', Stay(guest="Ann")),
        (needed, '["a"]', '["a"]'),
        (anything, '["a"]', '["a"]'),
    ],
)
def test_p64_an_object_inside_may_be_a_string_too(function: Callable[..., Any], said: str, read: Any) -> None:
    """P64: where no text may stand."""
    assert Arguments(function).read(json.dumps({"day": said})) == {"day": read}


@pytest.mark.parametrize("whole", ["", " ", "{}", "null", '""', '"null"', '"{}"', "None", "undefined", "[]", "\n{ }\n"])
@pytest.mark.parametrize("function", [text, nothing], ids=["default", "none"])
def test_p64_no_arguments_at_all_have_many_forms(function: Callable[..., Any], whole: str) -> None:
    """P64: each means an empty object."""
    assert Arguments(function).read(whole) == {}


def test_p64_an_object_in_a_string_is_read() -> None:
    """P64: some models encode it twice."""
    assert Arguments(needed).read(json.dumps(json.dumps({"day": "monday"}))) == {"day": "monday"}


def test_p64_nothing_inside_is_nothing_too() -> None:
    """P64: in models, dataclasses and lists of them; what is required inside is not touched."""

    def book(room: Room, stays: list[Stay] = []) -> None:  # noqa: B006
        pass

    said = {"day": None, "nights": "", "guest": ""}
    given = {"room": {"floor": "null", "stays": [said]}, "stays": [said]}

    stay = Stay(guest="")
    assert Arguments(book).read(json.dumps(given)) == {"room": Room(1, [stay]), "stays": [stay]}


def test_p64_recursive_types_are_followed() -> None:
    """P64: along their references."""

    def file(under: Folder) -> None:
        pass

    given = {"under": {"name": None, "inside": [{"name": None, "inside": None}]}}

    assert Arguments(file).read(json.dumps(given)) == {"under": Folder(inside=[Folder()])}


@pytest.mark.parametrize(
    ("function", "written", "fault"),
    [
        (needed, "{", "arguments: Invalid JSON"),
        (needed, "[" * 100_000, "arguments: Invalid JSON"),
        (needed, '{"day": ' + "9" * 5000 + "}", "arguments: Invalid JSON"),
        (anything, '{"day": NaN}', "arguments: Invalid JSON"),
        (anything, '{"day": -Infinity}', "arguments: Invalid JSON"),
        (anything, '{"day": 1e999}', "Out of range float values are not JSON compliant"),
        (needed, "5", "arguments: Input should be an object"),
        (nothing, '{"dummy": "x"}', "dummy: Extra inputs are not permitted"),
        (many, '{"day": "a, b"}', "day: Input should be a valid array"),
        (many, '{"day": "[NaN]"}', "day: Input should be a valid array"),
        (needed, "[]", "arguments: Input should be an object"),
        (text, "[1]", "arguments: Input should be an object"),
        (needed, "null", "day: Field required"),
        (needed, '{"day": null}', "day: Input should be a valid string"),
        (needed, f'"{"x" * LONGEST}"', f"arguments: longer than {LONGEST} characters"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_p64_what_is_wrong_is_told(function: Callable[..., Any], written: str, fault: str) -> None:
    """P64: strict JSON, an object, and everything that is required."""
    with pytest.raises(ValueError, match=r"\w") as raised:
        Arguments(function).read(written)

    assert str(raised.value).startswith(fault)


def test_p63_a_number_is_finite() -> None:
    """P63: not even in words."""

    def pay(amount: float) -> None:
        pass

    with pytest.raises(ValueError, match="amount: Input should be a finite number"):
        Arguments(pay).read('{"amount": "NaN"}')


def test_strict_models_take_what_json_has() -> None:
    """A date is text in JSON, also for a model that would not take text from Python."""

    def book(stay: Exact) -> None:
        pass

    assert Arguments(book).read('{"stay": {"day": "2026-01-02"}}') == {"stay": Exact(day=date(2026, 1, 2))}

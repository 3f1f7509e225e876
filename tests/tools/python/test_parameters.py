"""What a model learns of a function: its description, and the JSON Schema of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import pytest
from pydantic import BaseModel, Field

from orchestrator.tools import CallView
from orchestrator.tools.python.parameters import (
    DESCRIBED,
    Unusable,
    arguments_model,
    describe,
    doubts,
    parameters_schema,
)

if TYPE_CHECKING:
    from pathlib import Path as Unknown  # there for type checkers only


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Address(BaseModel):
    street: str
    size: Size = Size.SMALL


class Folder(BaseModel):
    name: str
    inside: list[Folder] = []


def doubted(function: Callable[..., Any]) -> list[tuple[str, str]]:
    """Return what a function does not tell the model."""
    return list(doubts(function, parameters_schema(arguments_model(function))))


def schema(function: Callable[..., Any]) -> dict[str, Any]:
    return parameters_schema(arguments_model(function))


def test_the_docstring_describes_the_function_and_its_parameters() -> None:
    """Google style: text before the first section, then `Args`; a parameter's text may take several lines."""

    def find(number: str, deep: bool = False) -> None:
        """Find an order.

        Looks in the archive
        too.

        Args:
            number (str): the order's number,
                as on the invoice
            deep: whether to look everywhere

        Returns:
            nothing: of interest
        """

    assert describe(find) == (
        "Find an order. Looks in the archive too.",
        {"number": "the order's number, as on the invoice", "deep": "whether to look everywhere"},
    )


def test_text_after_a_section_is_text_again() -> None:
    """A line at the margin ends a section."""

    def find(number: str) -> None:
        """Find.

        Args:
            number: digits

        Never guess: ask.
        """

    assert describe(find) == ("Find. Never guess: ask.", {"number": "digits"})


def test_p63_other_lines_in_args_are_not_lost() -> None:
    """P63: a remark belongs to the parameter before it, or else to the function."""

    def find(number: str, day: str) -> None:
        """Find.

        Args:
            Both are optional in spirit.
            number: digits

              as printed
            day: e.g.: Friday
        """

    told = "Find. Both are optional in spirit."
    assert describe(find) == (told, {"number": "digits as printed", "day": "e.g.: Friday"})


def test_a_function_without_a_docstring_has_no_description() -> None:
    """Neither it nor its parameters."""

    def find() -> None:
        pass

    assert describe(find) == ("", {})


def test_types_become_json_schema() -> None:
    """Simple types, choices, dates, lists, models and defaults; parameters without a default are required."""

    def book(
        day: date,
        guests: int,
        kind: Literal["single", "double"],
        size: Size,
        to: Address,
        extras: list[str] | None = None,
        late: bool = False,
    ) -> None:
        """Book.

        Args:
            size: of the room
        """

    sizes = {"enum": ["small", "large"], "type": "string"}
    found = schema(book)

    assert found == {
        "type": "object",
        "additionalProperties": False,
        "required": ["day", "guests", "kind", "size", "to"],
        "properties": {
            "day": {"format": "date", "type": "string"},
            "guests": {"type": "integer"},
            "kind": {"enum": ["single", "double"], "type": "string"},
            "size": {**sizes, "description": "of the room"},
            "to": {
                "type": "object",
                "properties": {"street": {"type": "string"}, "size": {**sizes, "default": "small"}},
                "required": ["street"],
            },
            "extras": {"anyOf": [{"items": {"type": "string"}, "type": "array"}, {"type": "null"}], "default": None},
            "late": {"default": False, "type": "boolean"},
        },
    }


def test_optional_parameters() -> None:
    """A nullable parameter without a default is required; a default makes it optional and is in the schema."""

    def find(
        number: int | None, day: date = date(2026, 1, 2), size: Size = Size.LARGE, kind: Literal[1, "a"] = 1
    ) -> None:
        pass

    found = schema(find)

    assert found["required"] == ["number"]
    assert found["properties"] == {
        "number": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "day": {"type": "string", "format": "date", "default": "2026-01-02"},
        "size": {"type": "string", "enum": ["small", "large"], "default": "large"},
        "kind": {"enum": [1, "a"], "default": 1},
    }


def test_a_function_without_parameters() -> None:
    """An object without properties, which is still an object."""

    def hang_up() -> None:
        pass

    assert schema(hang_up) == {"type": "object", "properties": {}, "additionalProperties": False}


def test_recursive_types_keep_their_references() -> None:
    """They cannot be written out, so their definitions are kept."""

    def file(under: Folder) -> None:
        pass

    found = schema(file)

    assert found["properties"]["under"]["properties"]["inside"]["items"] == {"$ref": "#/$defs/Folder"}
    assert set(found["$defs"]) == {"Folder"}


def test_a_description_in_the_annotation_stays() -> None:
    """`Annotated` may have a description and bounds."""

    def pay(amount: Annotated[int, Field(description="in euros", ge=1)]) -> None:
        pass

    assert schema(pay)["properties"]["amount"] == {"type": "integer", "description": "in euros", "minimum": 1}


def test_a_parameter_may_be_called_title_or_json() -> None:
    """Names with a meaning in pydantic or JSON Schema work like any other."""

    def note(title: str, json: str, copy: int = 1, model_config: str = "") -> None:
        pass

    assert list(schema(note)["properties"]) == ["title", "json", "copy", "model_config"]


def test_without_annotations_the_defaults_tell_the_types() -> None:
    """A parameter without annotation is text, or what its default is."""

    def find(number, limit=3, deep=False, other=None):  # type: ignore[no-untyped-def]
        pass

    types = [each["type"] for each in schema(find)["properties"].values()]

    assert types == ["string", "integer", "boolean", "string"]


def test_call_is_not_an_argument_of_the_model() -> None:
    """The parameter `call` is not in the schema; its annotation and that of the result need not exist at run time."""

    def find(number: str, call: Unknown) -> Unknown:
        return call

    assert list(schema(find)["properties"]) == ["number"]


def test_a_decorated_function_keeps_its_signature() -> None:
    """A decorator made with `functools.wraps` is transparent, even one that copies no annotations."""

    def find(number: int) -> None:
        pass

    @wraps(find, assigned=())
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        pass

    assert schema(wrapper)["properties"] == {"number": {"type": "integer"}}


def spread(*numbers: int) -> None: ...
def options(**named: int) -> None: ...
def positional(number: int, /) -> None: ...
def unknown(number: Unknown) -> None: ...
def no_json(number: Callable[[], None]) -> None: ...
def plain_class(number: pytest.Item) -> None: ...
def yields() -> Iterator[int]: yield 1  # fmt: skip


@pytest.mark.parametrize(
    ("function", "what"),
    [
        pytest.param(spread, "the parameter 'numbers' cannot be passed by name", id="args"),
        pytest.param(options, "the parameter 'named' cannot be passed by name", id="kwargs"),
        pytest.param(positional, "the parameter 'number' cannot be passed by name", id="positional"),
        pytest.param(unknown, "the type of 'number' is unknown: name 'Unknown' is not defined", id="unknown"),
        pytest.param(no_json, "the type of 'number' cannot be described in JSON Schema", id="callable"),
        pytest.param(plain_class, "the type of 'number' cannot be described in JSON Schema", id="class"),
        pytest.param(yields, "it is a generator; a tool must return its result", id="generator"),
    ],
)
def test_signatures_that_a_model_cannot_call(function: Callable[..., Any], what: str) -> None:
    """The reason names the parameter."""
    with pytest.raises(TypeError) as raised:
        arguments_model(function)

    assert str(raised.value) == what


def test_doubtful_docstrings_are_found() -> None:
    """A missing description, and descriptions of arguments that do not exist; `call` may be described."""

    def described(number: str, call: object) -> None:
        """Find an order.

        Args:
            numbre: the order's number
            call: the call
        """

    def undescribed() -> None: ...

    assert doubted(described) == [
        ("has no argument 'numbre', but its docstring describes one", "Did you mean 'number'?"),
    ]
    assert [what for what, _ in doubted(undescribed)] == ["has no docstring that says what it does"]


def test_p63_what_describes_a_parameter_is_read_as_people_write_it() -> None:
    """P63: full-width colons and brackets, other headings, no space; a type of its own is not part of it."""

    def book(day: str, guests: str, room: str, late: str) -> None:
        """Book.

        Note:
            On weekdays only.

        Parameters:
            day：when
            guests（int）： how many
            room (Callable[[int], str] (optional)) : which
            *late:whether
        """

    told = "Book. Note: On weekdays only."
    assert describe(book) == (told, {"day": "when", "guests": "how many", "room": "which", "late": "whether"})
    assert describe(book)[1] == {name: each["description"] for name, each in schema(book)["properties"].items()}


@pytest.mark.parametrize(
    "text",
    [
        "Find.\n\n:param number: digits",
        "Find.\n\n:param str number: digits",
        "Find.\n\n@param number: digits",
        "Find.\n\nParameters\n----------\nnumber : str\n    digits",
        "Find.\n\nArgs:\n    number - digits",
        "Find.\n\nArgs:\n    `number`: digits",
        "Find.\n\nInputs:\n    number: digits",
        "Find.\n\n- number: digits",
    ],
)
def test_p63_a_description_in_another_style_is_told(text: str) -> None:
    """P63: the model does not learn of it as that of the parameter."""

    def find(number: str) -> None: ...

    find.__doc__ = text

    told = [("describes 'number' in a way that is not read", f"Write {DESCRIBED} in its docstring.")]
    assert doubted(find) == told


@pytest.mark.parametrize("text", ["Find a number.", "Find.\n\nThe number of the order."])
def test_p66_a_parameter_without_a_description_is_told(text: str) -> None:
    """P66: a sentence that names it is none; the running call and what an annotation describes need none."""

    def find(number: str, day: Annotated[str, "when"], place: str, call: object) -> None: ...

    find.__doc__ = text

    assert doubted(find) == [("does not describe 'number', 'place'", f"Write {DESCRIBED} in its docstring.")]


def test_p63_an_annotation_may_describe_too() -> None:
    """P63: as a Field, as a text, or by the docstring of its class."""

    class Colour(Enum):
        """A colour that we have."""

        RED = "red"

    def find(one: Annotated[str, "a"], two: Annotated[str, Field(description="b")], three: Colour) -> None:
        """Find."""

    find.__annotations__["three"] = Colour
    found = [each["description"] for each in schema(find)["properties"].values()]

    assert (found, doubted(find)) == (["a", "b", "A colour that we have."], [])


class Line(Protocol):
    """What an author may write for the running call."""

    id: str


def unset(call): ...  # type: ignore[no-untyped-def]
def anything(call: Any) -> None: ...
def whatever(call: object) -> None: ...
def ours(call: CallView) -> None: ...
def perhaps(call: CallView | None = None) -> None: ...
def theirs(call: Line) -> None: ...
def later(call: Unknown) -> None: ...
def without(call=None): ...  # type: ignore[no-untyped-def]
def textual(call: str) -> None: ...
def counted(call: int = 1) -> None: ...
def guessed(call=""): ...  # type: ignore[no-untyped-def]
def listed(call: list[str]) -> None: ...
def modelled(call: Address) -> None: ...
def maybe(call: str | None = None) -> None: ...


@pytest.mark.parametrize("function", [unset, anything, whatever, ours, perhaps, theirs, later, without])
def test_p63_call_is_the_running_call(function: Callable[..., Any]) -> None:
    """P63: however an author writes that."""
    assert schema(function)["properties"] == {}


@pytest.mark.parametrize("function", [textual, counted, guessed, listed, modelled, maybe])
def test_p63_a_parameter_called_call_that_is_data_is_refused(function: Callable[..., Any]) -> None:
    """P63: the model would never see it, and the function would get something else."""
    with pytest.raises(Unusable, match="the parameter 'call' is the running call, and cannot be of type") as raised:
        schema(function)

    assert raised.value.remedy == "Rename it."


def in_default(number: int = Field(default=1)) -> None: ...
def in_annotation(number: Annotated[int, Field(default=1)]) -> None: ...


@pytest.mark.parametrize("function", [in_default, in_annotation])
def test_p63_a_default_in_a_field_is_refused(function: Callable[..., Any]) -> None:
    """P63: the function would get the Field, or nothing."""
    with pytest.raises(Unusable, match="the default of 'number' is in a Field") as raised:
        schema(function)

    assert raised.value.remedy == "Write `number: Annotated[…, Field(…)] = …`."


class Desk:
    """A desk of the shop."""

    def __call__(self, size: Size) -> None:
        """Ask the desk.

        Args:
            size: of the shoe
        """

    def order(self, size: Size, number: int) -> None:
        """Order a shoe.

        Args:
            size: of the shoe
            number: of pairs
        """


class Bell:
    """Ring the bell."""

    def __call__(self) -> None: ...


def own(size: Size) -> None: ...


own_words = partial(Desk().order, number=1)
own_words.__doc__ = "Order a pair."


@pytest.mark.parametrize(
    ("function", "text", "described"),
    [
        (Desk(), "Ask the desk.", "of the shoe"),
        (Desk().order, "Order a shoe.", "of the shoe"),
        (partial(Desk().order, number=1), "Order a shoe.", "of the shoe"),
        (partial(partial(Desk().order), number=1), "Order a shoe.", "of the shoe"),
        (own_words, "Order a pair.", None),
        (partial(own), "", None),
    ],
)
def test_p63_what_is_called_has_the_words_and_types_of_what_was_written(
    function: Callable[..., Any], text: str, described: str | None
) -> None:
    """P63: an object, a method, a function with some arguments filled in; not those of Python's own classes."""
    assert describe(function)[0] == text
    size = schema(function)["properties"]["size"]
    assert size.get("description") == described
    assert size["enum"] == ["small", "large"]


def test_p63_arguments_that_are_filled_in_may_be_described() -> None:
    """P63: the docstring is that of the whole function."""
    assert doubted(partial(Desk().order, number=1)) == []
    assert doubted(partial(Desk().order, Size.SMALL)) == []


def test_p63_a_name_that_services_refuse_is_told() -> None:
    """P63: letters that are not ASCII."""

    def find(größe: Annotated[str, "how large"]) -> None:
        """Find."""

    told = "has an argument 'größe', a name that some services refuse"
    assert doubted(find) == [(told, "Use at most 64 letters (a-z), digits and underscores.")]


def test_p63_an_object_may_be_described_by_its_class() -> None:
    """P63: when its method says nothing."""
    assert describe(Bell())[0] == "Ring the bell."

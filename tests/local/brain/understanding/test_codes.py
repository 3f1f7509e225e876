"""Numbers and codes that identify something."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.codes import form, identifier
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context, Utterance
from tests.local.brain.understanding.claims.test_values import hearing

CONTEXT = Context(date(2026, 11, 28))
PLATE = {"type": "string", "pattern": r"^[A-Z]{2}\d{2}[A-Z]{3}$"}
CANDIDATE = {"type": "string", "description": "candidate number, a letter and five digits"}


def read(schema: dict[str, Any], text: str, name: str = "registration") -> Any:
    """Return what is read when the caller was asked for it."""
    return identifier(Utterance(Parameter(name, schema, True), text, answer=True, context=CONTEXT, said=text))[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LD68 FGH", "LD68FGH"),
        ("All right. The registration's K T two one, W X B", "KT21WXB"),
        ("H F seven zero, O P L", "HF70OPL"),
        ("It's BN19 RTY, and could I come a week from Monday instead?", "BN19RTY"),
        ("I have no idea", None),
    ],
)
def test_letters_and_digits_are_put_together(text: str, value: str | None) -> None:
    """However the caller parts them, they have the form that is wanted; an O among letters is no zero."""
    assert read(PLATE, text) == value


def test_the_description_tells_the_form() -> None:
    """Without a pattern, letters and digits are counted in the description."""
    assert form(Parameter("candidate", CANDIDATE, True)) == r"^[A-Z]{1}\d{5}$"
    assert form(Parameter("order", {"type": "string", "description": "five digits"}, True)) == ""


def test_letters_are_spelled_with_words() -> None:
    """The word that stands for a letter is no part of the code."""
    assert read(CANDIDATE, "B as in bravo, 70312", "candidate") == "B70312"


def test_signs_of_a_form_are_kept() -> None:
    """A hyphen that the form has is read with the digits around it."""
    assert read({"type": "string", "pattern": r"^\d{4}-\d{2}$"}, "the number is 4471-09", "fine") == "4471-09"


def test_a_code_without_a_form_may_have_letters() -> None:
    """Letters and digits count together, and digits alone if there are no letters."""
    assert read({"type": "string"}, "it's R T, 4 4 1", "booking_code") == "RT441"
    assert read({"type": "string"}, "it's 4471", "booking_code") == "4471"


def test_number_with_its_name() -> None:
    """Of two numbers the one that is called like the parameter."""
    pitch = {"type": "integer", "description": "number of the pitch"}

    assert read(pitch, "ten, and it's pitch eight", "pitch") == 8


@pytest.mark.parametrize(
    ("shown", "text", "value"),
    [
        ("flat number, for example 12B", "mine's number 3C", "3C"),
        ("order number, such as R1234", "R five five one nine", "R5519"),
        ("booking, e.g. AB-1234", "it says AB-4471", "AB-4471"),
        ("number on the A4 sheet", "48213", "48213"),
    ],
)
def test_an_example_shows_the_form(shown: str, text: str, value: str) -> None:
    """As many digits as the example has, if they are many; what no value has is no example."""
    assert read({"type": "string", "description": shown}, text, name="reference") == value


LETTERS = {"type": "string", "description": 'code of the test, like "HBK4117"'}
ORDER = {"type": "string", "description": 'number of the order, like "HO4419"'}
BOOKING = {"type": "string", "description": "booking code, six letters"}
PLAIN = {"type": "string", "description": "the reference"}
JOB = {"type": "string", "description": "number of the job, five digits"}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (LETTERS, "Right, it's H for hotel, B for bravo, K for kilo, and then four one one seven", "HBK4117"),
        (LETTERS, "hotel bravo kilo four one one seven", "HBK4117"),
        (LETTERS, "It's H B K and the numbers are 4 1 1 7", "HBK4117"),
        (LETTERS, "The letters are H, B and K, followed by four double one seven", "HBK4117"),
        (LETTERS, "capital H, capital B, capital K, four, one, one, seven", "HBK4117"),
        (LETTERS, "I think a man gave me 4117", "4117"),
        (ORDER, "Ah. H for Harry, O for Oscar, four four one nine", "HO4419"),
        (ORDER, "it's ho 4419", "HO4419"),
        (ORDER, "The number is H, oh, four, four, one, nine", "HO4419"),
        (BOOKING, "R for Romeo, T for tango, W for whisky, Y for yankee, A for alpha, Z for zulu", "RTWYAZ"),
        (BOOKING, "rtwyaz", "RTWYAZ"),
        (PLAIN, "It's P for Peter, seven seven two, X for xylophone", "P772X"),
        (PLAIN, "PX 7 7 2", "PX772"),
        (JOB, "one two three and then four five", "12345"),
        (JOB, "B for two people", None),
    ],
)
def test_codes_are_spelled_in_all_manners(schema: dict[str, Any], text: str, value: str | None) -> None:
    """With a word for each letter or the letters alone, in parts, and with words between them."""
    assert read(schema, text, "code") == value


@pytest.mark.parametrize(("asked", "value"), [("number", {"number": "RX4471"}), ("", {})])
def test_words_that_sound_like_letters(asked: str, value: dict[str, str]) -> None:
    """In an answer, where only they make the code whole."""
    number = Parameter("number", {"type": "string", "pattern": r"^RX\d{4}$"}, True)

    assert slots.fill([number], "Our x4 4 7 1.", CONTEXT, asked=asked) == value


def test_a_number_that_is_called_by_name_is_that_one() -> None:
    """The other one is how many."""
    room = Parameter("room", {"type": "integer", "description": "the number of the room"}, True)
    said = "Two lunches, please, for room number seven"
    context = replace(CONTEXT, beside=[room], learnt=hearing(said, room=[("Two", 3.0), ("seven", 1.0)]))

    assert slots.fill([room], said, context, asked="room") == {"room": 7}

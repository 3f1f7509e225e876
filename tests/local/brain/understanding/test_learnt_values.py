"""Values whose words were found by what was learnt."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from orchestrator.local.brain.learned.meaning import Likely
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.slots import fill, left
from orchestrator.local.brain.understanding.utterance import Context, Learnt

TODAY = date(2026, 11, 28)
NAME = Parameter("name", {"type": "string", "description": "the caller's name"}, True)
SURNAME = Parameter("surname", {"type": "string"}, True)
DOCTOR = Parameter("doctor", {"type": "string", "description": "name of the doctor", "examples": ["Doctor Chen"]}, True)
ITEM = Parameter("item", {"type": "string", "description": "what to bring"}, True)
TREATMENT = Parameter("treatment", {"type": "string", "description": "what is done, such as dyeing or perm"}, True)
ADDRESS = Parameter("address", {"type": "string"}, True)
PEOPLE = Parameter("party_size", {"type": "integer", "description": "number of people"}, True)
MINUTES = Parameter("minutes", {"type": "integer", "description": "how long"}, False)
CODE = Parameter("ref", {"type": "string", "description": "booking reference"}, True)
DAY = Parameter("day", {"type": "string", "format": "date"}, True)
DOOR = Parameter("may_stand_outside", {"type": "boolean"}, False)
MESSAGE = Parameter("message", {"type": "string"}, True)
SEAT = Parameter("seat", {"type": "string", "enum": ["window", "aisle"]}, True)


def likely(said: str, *found: tuple[str, float]) -> Likely:
    """Return how likely words are a value; no others are."""
    starts = np.array([said.index(words) for words, _ in found], int)
    ends = np.array([said.index(words) + len(words) for words, _ in found], int)
    return Likely(starts, ends, np.array([score for _, score in found], np.float32))


def hearing(said: str, **found: list[tuple[str, float]]) -> Learnt:
    """Return what was learnt of a sentence: for some parameters, how likely which words are their values."""
    return lambda text, wanted, asked: {one.name: likely(said, *found.get(one.name, ())) for one in wanted}


def read(parameter: Parameter, said: str, words: str, likelier: float, *, answer: bool = False) -> tuple[Any, str]:
    """Return what is made of words that were found, and the rest of the text."""
    context = Context(TODAY, learnt=hearing(said, **{parameter.name: [(words, likelier)]}))
    asked = parameter.name if answer else ""
    rest = left([parameter], said, context)
    return fill([parameter], said, context, asked=asked).get(parameter.name), " ".join(rest.split())


@pytest.mark.parametrize(
    ("parameter", "said", "words", "written"),
    [
        (NAME, "put it under ngozi okonkwo-bell please", "ngozi okonkwo-bell", "Ngozi Okonkwo-Bell"),
        (NAME, "Schmid, that's S C H M I D T", "Schmid", "Schmidt"),
        (NAME, "Joan Quill, J-O-A-N, Q-U-I-L-L", "Joan Quill, J-O-A-N, Q-U-I-L-L", "Joan Quill"),
        (NAME, "Tran, Minh Tran", "Tran, Minh Tran", "Minh Tran"),
        (NAME, "this is Doctor Amy Wu", "Doctor Amy Wu", "Amy Wu"),
        (SURNAME, "it's Mary Fox", "Mary Fox", "Fox"),
        (DOCTOR, "with doctor shen then", "doctor shen", "Doctor Chen"),
        (ITEM, "could I have a hair dryer please", "a hair dryer", "hair dryer"),
        (ITEM, "the kettle that was here before Monday", "the kettle that was here before Monday",
         "the kettle that was here before Monday"),
        (TREATMENT, "I'd want the Dyeing thing", "the Dyeing thing", "dyeing"),
        (ADDRESS, "it's flat six, the old brewery", "flat six, the old brewery", "flat six, the old brewery"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_a_clerk_would(parameter: Parameter, said: str, words: str, written: str) -> None:
    """Names with capitals and as they are spelled, things without an article, whole clauses as they are."""
    assert read(parameter, said, words, 1.0)[0] == written


def test_the_words_of_a_value_are_no_other_value() -> None:
    """The rest of the text is for other readers."""
    assert read(ADDRESS, "it's flat six, old brewery, for two", "flat six, old brewery", 1.0)[1] == "it's , for two"


def test_what_is_no_value_is_not_taken() -> None:
    """Neither for a name nor for a form, if it was asked for and nothing like it was said."""
    assert read(ITEM, "why do you need that", "that", -6.0, answer=True) == (None, "why do you need that")
    assert read(ITEM, "why do you need that", "that", -1.0, answer=True) == (None, "why do you need that")
    assert read(PEOPLE, "one of us is coming by car, is there parking", "one", -6.0, answer=True)[0] is None


def test_rules_decide_where_what_was_learnt_is_unsure() -> None:
    """A name after "my name is", and forms that nobody asked for."""
    assert read(NAME, "My name is Ada Okafor", "Ada Okafor", -1.0)[0] == "Ada Okafor"
    assert read(MESSAGE, "tell him that I am late", "I am late", -6.0)[0] == "I am late"
    assert read(DAY, "on Friday", "Friday", -6.0)[0] == "2026-12-04"
    assert read(SEAT, "the window one", "one", -6.0, answer=True)[0] == "window"


def test_forms_are_read_where_they_were_found() -> None:
    """A code among other numbers, and a lone number if it is clearly meant."""
    assert read(CODE, "the 3 of us, it's Q R 71", "Q R 71", 2.0)[0] == "QR71"
    assert read(MINUTES, "make it forty five", "forty five", 2.0)[0] == 45
    assert read(MINUTES, "Kenji at five", "five", -6.0, answer=True)[0] is None


def test_a_flag_may_be_told() -> None:
    """Without a yes or a no; what is denied is a no."""
    told = "he can leave it at the door"
    assert read(DOOR, told, told, 2.0)[0] is True
    assert read(DOOR, "please don't leave it there", "don't leave it there", 2.0)[0] is False
    assert read(DOOR, told, told, 0.5)[0] is None
    assert read(DOOR, "no, ring twice", "ring twice", 2.0, answer=True)[0] is False

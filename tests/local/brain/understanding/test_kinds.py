"""What kind of value a parameter takes."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.local.brain.understanding import kinds
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("order_number", {}, Kind.CODE),
        ("code", {"pattern": "^[0-9]{2,4}$"}, Kind.CODE),
        ("party_size", {"type": "integer"}, Kind.COUNT),
        ("amount", {"type": "number"}, Kind.AMOUNT),
        ("time", {}, Kind.TIME),
        ("arrival", {"format": "date"}, Kind.DAY),
        ("start", {"format": "date-time"}, Kind.MOMENT),
        ("when", {"description": "day and time of the visit"}, Kind.MOMENT),
        ("birth_date", {}, Kind.DAY),
        ("day", {"description": "the day of the appointment"}, Kind.DAY),
        ("phone", {"description": "the telephone number"}, Kind.PHONE),
        ("address", {"description": "the e-mail address"}, Kind.EMAIL),
        ("name", {"description": "the patient's full name"}, Kind.NAME),
        ("seat", {"enum": ["aisle"]}, Kind.CHOICE),
        ("breakfast", {"type": "boolean"}, Kind.FLAG),
        ("location", {"description": "a city"}, Kind.PLACE),
        ("message", {"description": "the message, with the day of the call"}, Kind.FREE),
    ],
)
def test_kinds(name: str, schema: dict[str, Any], kind: Kind) -> None:
    """By the type and the format, then by the name, then by the description."""
    assert kind_of(Parameter(name, {"type": "string", **schema}, required=True)) is kind


def test_days_in_words() -> None:
    """A description that quotes weekdays wants them."""
    quoting = Parameter("day", {"description": 'the day, as "tuesday" or "tomorrow"'}, required=True)

    assert kinds.takes_words(quoting)
    assert not kinds.takes_words(Parameter("day", {"description": "the day"}, required=True))


@pytest.mark.parametrize(
    ("name", "about", "kind"),
    [
        ("author", "author of the book", Kind.NAME),
        ("article", "kind of furniture or its name", Kind.FREE),
        ("candidate", "candidate number, a letter and five digits", Kind.CODE),
    ],
)
def test_people_and_things(name: str, about: str, kind: Kind) -> None:
    """What is called like somebody takes a name, and what has a name of its own does not."""
    assert kind_of(Parameter(name, {"type": "string", "description": about}, required=True)) is kind


def test_a_kind_is_worked_out_for_each_schema() -> None:
    """Parameters with the same name and other schemas are others."""
    one, other = {"type": "string", "format": "date"}, {"type": "integer"}

    assert kind_of(Parameter("value", one, required=True)) is Kind.DAY
    assert kind_of(Parameter("value", other, required=True)) is Kind.COUNT


def _text(name: str, description: str = "") -> Parameter:
    return Parameter(name, {"type": "string", "description": description}, required=True)


@pytest.mark.parametrize(
    ("name", "description", "bearer"),
    [
        ("owner", "first and last name of the owner", "owner"),
        ("animal", "name of the client's animal", "animal"),
        ("who", "the child's first name", "child"),
        ("pet_name", "", "pet"),
        ("name", "first and last name", ""),
    ],
)
def test_whose_a_name_is(name: str, description: str, bearer: str) -> None:
    """The description says it, or the parameter's own name."""
    assert kinds.bearer(_text(name, description)) == bearer


@pytest.mark.parametrize(
    ("parameter", "beside", "anothers"),
    [
        (_text("owner"), _text("animal", "name of the animal"), False),
        (_text("animal", "name of the animal"), _text("owner"), True),
        (_text("name"), _text("child", "the child's name"), False),
        (_text("pupil", "name of the pupil"), _text("name", "your name"), True),
        (_text("patient", "name of the patient"), _text("day"), None),
        (_text("animal", "name of the animal"), _text("day"), True),
        (_text("day"), _text("owner"), None),
    ],
)
def test_a_name_is_the_callers_or_anothers(parameter: Parameter, beside: Parameter, anothers: bool | None) -> None:
    """A function that takes both tells them apart; an animal's name is never the caller's."""
    assert kinds.is_anothers(parameter, [parameter, beside]) is anothers


def test_only_people_have_full_names() -> None:
    """And animals and boats have names, too."""
    assert (
        kind_of(Parameter("candidate", {"type": "string", "description": "full name of the candidate"}, True))
        is Kind.NAME
    )
    assert kind_of(Parameter("dog", {"type": "string", "description": "name of the dog"}, True)) is Kind.NAME
    assert kind_of(Parameter("tablet", {"type": "string", "description": "name of the tablet"}, True)) is Kind.FREE


def test_a_number_may_be_of_anything() -> None:
    """Where only other words tell what it counts."""
    assert kinds.counts_anything(
        Parameter("how_many", {"type": "integer", "description": "how many, if more than one"}, False)
    )
    assert not kinds.counts_anything(Parameter("nights", {"type": "integer", "description": "how many"}, False))

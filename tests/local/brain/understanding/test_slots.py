"""Arguments filled from what was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.understanding.kinds import is_identifier
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.slots import (
    fill,
    is_begun,
    is_free,
    latest,
    read,
    refusal,
)
from orchestrator.local.brain.understanding.utterance import Context

CONTEXT = Context(date(2026, 11, 28))
ORDER = Parameter("order_number", {"type": "string", "description": "the order number, five digits"}, True)
CODE = Parameter("code", {"type": "string", "pattern": "^[0-9]{2,4}$"}, True)
GUESTS = Parameter("party_size", {"type": "integer", "description": "number of people"}, True)
TIME = Parameter("time", {"type": "string", "description": "time of day"}, True)
WEEKDAY = Parameter("day", {"type": "string", "description": 'as "tuesday" or "3 may"'}, True)
PHONE = Parameter("phone", {"type": "string"}, True)
EMAIL = Parameter("email", {"type": "string"}, True)
BOOKING = Parameter("booking_code", {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"}, True)
START = Parameter("start", {"type": "string", "format": "date-time"}, True)
TREATMENT = Parameter(
    "treatment", {"type": "string", "description": "what is done, such as cleaning or check-up"}, True
)
DAY = Parameter("day", {"type": "string"}, True)
NAME = Parameter("name", {"type": "string", "description": "name of the guest"}, True)
OWN_NAME = Parameter("name", {"type": "string", "description": "the caller's name"}, True)
AMOUNT = Parameter("amount", {"type": "number"}, True)
SEAT = Parameter("seat", {"type": "string", "enum": ["window", "aisle"]}, True)
BREAKFAST = Parameter("breakfast", {"type": "boolean"}, True)
CITY = Parameter("city", {"type": "string"}, True)
MESSAGE = Parameter("message", {"type": "string"}, True)
PROBLEM = Parameter("problem", {"type": "string"}, True)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (ORDER, "Order 48,213, I do not want it", "48213"),
        (ORDER, "It is 4.8.2.1.3", "48213"),
        (ORDER, "I ordered 2 of them, number 48213", "48213"),
        (ORDER, "my three children", None),
        (CODE, "the code is 123", "123"),
        (CODE, "number 123456", None),
        (GUESTS, "table 12 for four people", 4),
        (GUESTS, "a party of six", 6),
        (AMOUNT, "it was 19.50", 19.5),
        (AMOUNT, "forty euros", 40),
        (DAY, "on Friday at six", "2026-12-04"),
        (WEEKDAY, "on Friday at six", "friday"),
        (WEEKDAY, "the third of May", "3 may"),
        (PHONE, "my number is 555 0134 22", "555013422"),
        (EMAIL, "anna at example dot com", "anna@example.com"),
        (EMAIL, "it is Anna.B@example.org", "Anna.B@example.org"),
        (BOOKING, "A B one two three four", "AB1234"),
        (START, "tomorrow at three", "2026-11-29T15:00"),
        (START, "tomorrow", None),
        (GUESTS, "just me", 1),
        (GUESTS, "for my wife and me", 2),
        (BREAKFAST, "with breakfast", True),
        (BREAKFAST, "without breakfast", False),
        (CITY, "a taxi to the main station", "the main station"),
        (TREATMENT, "I need a check-up", "check-up"),
        (NAME, "under the name Miller", "Miller"),
        (NAME, "my name is Anna Schmidt.", "Anna Schmidt"),
        (NAME, "my name is anna schmidt and i am late", "Anna Schmidt"),
        (NAME, "a table for Mr. Brown", "Brown"),
        (NAME, "It's M I double L E R", "Miller"),
        (NAME, "I'm looking for a table", None),
        (OWN_NAME, "a message for Bob", None),
        (SEAT, "I prefer the Aisle", "aisle"),
        (SEAT, "anywhere", None),
        (CITY, "I want to fly to New York on Friday", "New York"),
        (CITY, "to Monday", None),
        (MESSAGE, "Please tell them that the parcel is broken", "the parcel is broken"),
        (MESSAGE, "I want to leave a message", None),
        (PROBLEM, "The heater makes a strange noise", "The heater makes a strange noise"),
        (BREAKFAST, "yes", None),
        (AMOUNT, "a lot", None),
        (GUESTS, "my family", None),
    ],
)
def test_value_is_read(parameter: Parameter, text: str, value: Any) -> None:
    """Each kind of parameter has its reader; what was not said stays open."""
    assert fill([parameter], text, CONTEXT).get(parameter.name) == value


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (ORDER, "seven", None),
        (GUESTS, "well, there are twelve", 12),
        (TIME, "nine", "09:00"),
        (NAME, "It's Schmidt.", "Schmidt"),
        (NAME, "S-C-H-M-I-D-T", "Schmidt"),
        (BREAKFAST, "yes, please", True),
        (BREAKFAST, "no", False),
        (BREAKFAST, "perhaps", None),
        (NAME, "how much is a cleaning?", None),
        (NAME, "yes that is right", None),
        (MESSAGE, "well, it's a question", "question"),
        (GUESTS, "twelve", 12),
        (CITY, "Rome", "Rome"),
        (MESSAGE, "He should call me.", "He should call me"),
        (CODE, "123456", None),
    ],
)
def test_answer_may_be_bare(parameter: Parameter, text: str, value: Any) -> None:
    """What was asked for needs no cue."""
    assert fill([parameter], text, CONTEXT, asked=parameter.name).get(parameter.name) == value


def test_values_do_not_take_each_others_words() -> None:
    """A time, a number of people and a name in one sentence."""
    said = fill([NAME, GUESTS, TIME], "a table for four at seven thirty tonight under the name Miller", CONTEXT)

    assert said == {"time": "19:30", "party_size": 4, "name": "Miller"}


def test_listed_value_may_be_meant() -> None:
    """A value that is not said as it is written is found by its meaning, where one is needed."""
    optional = Parameter("seat", SEAT.schema, False)
    first = replace(CONTEXT, nearest=lambda text, values, least=0.0: 0)
    none = replace(CONTEXT, nearest=lambda text, values, least=0.0: None)

    assert fill([SEAT], "I like to look out", first) == {"seat": "window"}
    assert fill([SEAT], "whatever", none) == {}
    assert fill([optional], "I like to look out", first) == {}


def test_kinds_are_told_apart() -> None:
    """A number that names something, and free words."""
    assert [is_identifier(one) for one in (ORDER, GUESTS, MESSAGE)] == [True, False, False]
    assert [is_free(one) for one in (ORDER, NAME, MESSAGE)] == [False, False, True]


ARRIVAL = Parameter("arrival", {"type": "string", "format": "date"}, True)
DEPARTURE = Parameter("departure", {"type": "string", "format": "date"}, True)
NIGHTS = Parameter("nights", {"type": "integer"}, True)
BORN = Parameter("birth_date", {"type": "string"}, True)
EIGHT = Parameter("guests", {"type": "integer", "minimum": 1, "maximum": 8}, True)


def test_a_stay_has_two_ends() -> None:
    """The first day is that of arrival; nights may be said as two days; people are not nights."""
    said = "a room from Friday to Sunday for two"

    assert fill([ARRIVAL, DEPARTURE, GUESTS], said, CONTEXT) == {
        "arrival": "2026-12-04", "departure": "2026-12-06", "party_size": 2,
    }  # fmt: skip
    assert fill([ARRIVAL, NIGHTS], said, CONTEXT) == {"arrival": "2026-12-04", "nights": 2}
    assert fill([NIGHTS, GUESTS], "two nights for three people", CONTEXT) == {"nights": 2, "party_size": 3}


def test_number_said_twice_in_one_breath_counts_once() -> None:
    """Recognisers hear an echo."""
    assert fill([ORDER], "48213 48213", CONTEXT) == {"order_number": "48213"}


def test_of_two_versions_the_right_one_counts() -> None:
    """What is not corrected still counts."""
    assert read([DAY, TIME], "Monday at ten, no, Wednesday", CONTEXT) == {"day": "2026-12-02", "time": "10:00"}


def test_values_may_begin() -> None:
    """Some digits, a birthday without its year, a day without its time."""
    assert is_begun(ORDER, "482", CONTEXT)
    assert is_begun(BORN, "the third of May", CONTEXT)
    assert is_begun(START, "tomorrow", CONTEXT)
    assert not is_begun(BORN, "Thursday", CONTEXT)
    assert not is_begun(NAME, "Anna", CONTEXT)


def test_values_are_kept_to_their_bounds() -> None:
    """A value that the schema does not allow is not taken."""
    assert refusal(EIGHT, 9) == "at most 8"
    assert refusal(EIGHT, 0) == "at least 1"
    assert refusal(EIGHT, 8) == ""
    assert fill([EIGHT], "nine people", CONTEXT) == {}


PARCEL = Parameter("parcel_number", {"type": "string", "pattern": r"^[A-Z]{2}\d{6}$"}, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LT 90 33 17", "LT903317"),
        ("DE 551 209, no hang on, 551 290", "DE551290"),
        ("DE 551 209, no, FR 551 290", "FR551290"),
    ],
)
def test_a_code_has_letters_and_digits(text: str, value: str) -> None:
    """Letters may stand apart from the digits, and remain when only the digits are corrected."""
    assert read([PARCEL], text, CONTEXT) == {"parcel_number": value}


def test_an_extra_is_asked_for_afterwards() -> None:
    """A question that only follows up on what was done asks for the extra."""
    assert fill([BREAKFAST], "and breakfast?", CONTEXT) == {"breakfast": True}
    assert fill([BREAKFAST], "when is breakfast?", CONTEXT) == {}


DOCTORS = {"type": "string", "description": "the doctor's name", "examples": ["Doctor Okafor", "Doctor Chen"]}
DOCTOR = Parameter("doctor", DOCTORS, True)
CURRENCY = Parameter("currency", {"type": "string", "enum": ["dollars", "pounds"], "description": "which money"}, True)


@pytest.mark.parametrize(
    ("parameter", "heard", "value"),
    [
        (DOCTOR, "Doctor Okaffor please", "Doctor Okafor"),
        (DOCTOR, "Miller", "Miller"),
        (CURRENCY, "collars", "dollars"),
        (CURRENCY, "in founds please", "pounds"),
    ],
)
def test_known_values_are_heard_by_their_sound(parameter: Parameter, heard: str, value: str) -> None:
    """What sounds like a value of the list, or like one that the author names, is that value."""
    assert fill([parameter], heard, CONTEXT, asked=parameter.name) == {parameter.name: value}


def test_a_meter_is_not_one_kilowatt_hour() -> None:
    """What is read off is not counted by the article of its own name."""
    reading = Parameter("reading", {"type": "integer", "description": "what the meter shows, in kilowatt hours"}, True)

    assert fill([reading], "I have a meter reading for you", CONTEXT) == {}
    assert fill([reading], "it says 5620", CONTEXT) == {"reading": 5620}


def test_a_digit_too_many_is_taken_off_a_number() -> None:
    """A number of known length that has one digit twice was said with one."""
    assert fill([ORDER], "cancel 482213", CONTEXT) == {"order_number": "48213"}


OWNER = Parameter("owner", {"type": "string", "description": "first and last name of the owner"}, True)
ANIMAL = Parameter("animal", {"type": "string", "description": "name of the animal"}, True)
SPECIES = Parameter("species", {"type": "string", "enum": ["dog", "rabbit"]}, True)
VISIT = [OWNER, ANIMAL, SPECIES]


@pytest.mark.parametrize("asked", ["owner", "animal", ""])
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("He's called Bruno, and I'm Carla Mendes", {"owner": "Carla Mendes", "animal": "Bruno"}),
        (
            "My name is Priya Nair and it's our rabbit Toffee",
            {"owner": "Priya Nair", "animal": "Toffee", "species": "rabbit"},
        ),
        ("Her name's Luna", {"animal": "Luna"}),
        ("I'm Hamish Boyd", {"owner": "Hamish Boyd"}),
    ],
)
def test_a_name_goes_to_its_bearer(text: str, values: dict[str, str], asked: str) -> None:
    """What is said of oneself or of another is not the other's name, whichever was asked for."""
    assert fill(VISIT, text, replace(CONTEXT, beside=VISIT), asked=asked) == values


@pytest.mark.parametrize("asked", ["owner", "animal"])
def test_a_bare_name_is_the_answer(asked: str) -> None:
    """A name that is said of nobody goes to what was asked for."""
    context = replace(CONTEXT, beside=VISIT)

    assert fill(VISIT, "It's Okonkwo, Ada Okonkwo", context, asked=asked) == {asked: "Ada Okonkwo"}


NEW_DAY = Parameter("new_day", {"type": "string", "format": "date", "description": "the new day"}, True)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("limping since Sunday", {}),
        ("it started last Sunday", {}),
        ("limping since Sunday, could we come on Tuesday?", {"new_day": "2026-12-01"}),
        ("we're down for Friday with our rabbit", {}),
        ("can we move the appointment on Friday?", {}),
        ("then on Friday", {"new_day": "2026-12-04"}),
    ],
)
def test_a_day_beside_the_matter_is_not_taken(text: str, values: dict[str, str]) -> None:
    """Neither the one since which something is wrong, nor the one that is to be changed."""
    context = replace(CONTEXT, about="change appointment")

    assert fill([NEW_DAY], text, context) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("order 48213, Sandoval", {"order_number": "48213", "name": "Sandoval"}),
        ("order 48213, thanks", {"order_number": "48213"}),
    ],
)
def test_name_that_stands_beside_an_answer(text: str, values: dict[str, Any]) -> None:
    """The only value that can be a name."""
    assert read((ORDER, NAME), text, CONTEXT, asked="order_number") == values


def test_part_of_a_number_is_corrected() -> None:
    """It takes the place that differs least."""
    said = "oh one six one, four nine six, oh double two three. No, sorry, oh double two five"

    assert read((PHONE,), said, CONTEXT) == {"phone": "01614960225"}


def test_number_of_the_day_is_corrected() -> None:
    """The month stays."""
    day = Parameter("day", {"type": "string", "format": "date"}, True)

    assert read((day,), "the first of May, no, the second", CONTEXT) == {"day": "2027-05-02"}


def test_the_last_sentence_counts() -> None:
    """Of a value that is said twice."""
    number = Parameter("number", {"type": "string", "pattern": r"^\d{5}$", "description": "order number"}, True)
    assert latest([number], "Did I say 28450? It's 28540", Context(date(2026, 11, 28))) == {"number": "28540"}


def test_a_number_that_was_asked_for_is_no_telephones() -> None:
    """Although it could be one."""
    phone = Parameter("phone", {"type": "string", "description": "telephone number"}, True)
    account = Parameter("account", {"type": "string", "description": "number of the account, eight digits"}, True)
    here = Context(date(2026, 11, 28), beside=[phone, account])

    assert fill([phone, account], "20447719", here, asked="account") == {"account": "20447719"}
    assert fill([phone, account], "20447719", here, asked="phone") == {"phone": "20447719"}

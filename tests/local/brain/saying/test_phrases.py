"""What the router says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.local.brain.language import closed_up, speaking
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding.parameter import Parameter, parameters

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("name", "schema", "question"),
    [
        ("order_id", {"type": "string", "description": "the order number, digits"}, "What is the order number?"),
        ("guests", {"type": "integer", "description": "Number of guests"}, "How many guests?"),
        ("time", {"type": "string", "description": "time of day"}, "At what time?"),
        ("day", {"type": "string"}, "On which day?"),
        ("back", {"type": "string", "format": "date", "description": "last day"}, "What is the last day?"),
        ("place", {"type": "integer", "description": "a number from 1 to 28"}, "What is the place?"),
        ("colour", {"enum": ["red", "dark_blue"]}, "Which colour is it: red or dark blue?"),
        ("colour", {"enum": ["red"]}, "Is it red?"),
        ("city", {"type": "string"}, "What is the city?"),
        ("guest", {"type": "string"}, "What is the guest's name?"),
        ("city", {"type": "string", "description": "City of departure"}, "What is the city of departure?"),
        ("why", {"type": "string", "description": "what went wrong"}, "Please tell me what went wrong."),
        ("bill", {"type": "string", "description": "the number of the bill"}, "What is the number of the bill?"),
        (
            "consent",
            {"type": "boolean", "description": "whether the caller agrees to be recorded"},
            "Do you agree to be recorded?",
        ),
        ("consent", {"type": "boolean", "description": "agrees to be recorded"}, "Do you agree to be recorded?"),
        ("adult", {"type": "boolean", "description": "whether the caller is of age"}, "Are you of age?"),
        ("adult", {"type": "boolean", "description": "the caller has a card"}, "Have you a card?"),
        ("gift", {"type": "boolean", "description": "whether it is a gift"}, "Yes or no: it is a gift?"),
        ("gift", {"type": "boolean", "description": "is a gift"}, "Yes or no: is a gift?"),
        ("is_gift", {"type": "boolean"}, "Yes or no: is gift?"),
        ("pin", {"type": "string", "description": "PIN of the card"}, "What is the PIN of the card?"),
    ],
)
def test_questions_read_like_questions(name: str, schema: dict[str, Any], question: str) -> None:
    """From the parameter's description, or its name."""
    (parameter,) = parameters({"parameters": {"properties": {name: schema}}})
    assert phrases.question(parameter) == question


def test_a_description_may_only_be_a_unit() -> None:
    """Then the name says what is asked for."""
    amount = Parameter("amount", {"type": "integer", "description": "whole euros"}, True)
    weight = Parameter("weight", {"type": "number", "description": "in kilograms"}, True)

    assert phrases.question(amount) == "What is the amount in whole euros?"
    assert phrases.question(weight) == "What is the weight in kilograms?"


def test_who_and_what() -> None:
    """Both come from the session, not from imagination."""
    assert (
        phrases.who("You are the front desk of Acme. Be brief.")
        == "I am an automated assistant: the front desk of Acme."
    )
    assert phrases.who("Help callers.") == "I am a voice assistant."
    tools = [
        {"name": "find_order", "description": 'Find an order. For example: "where is it".'},
        {"name": "cancel_order", "description": "Cancels an order."},
        {"name": "transfer_to_billing"},
    ]
    assert phrases.abilities(tools) == "I can find an order or cancel an order. I can connect you with billing."
    assert phrases.abilities([tools[0]] * 7).startswith("I can find order, find order, ")
    assert "nothing I can do" in phrases.abilities([])


def test_two_things_are_asked_back_in_one_sentence() -> None:
    """What the agent does itself, and whom it can connect with."""
    find, cancel = {"name": "find_order"}, {"name": "cancel_order"}
    billing, sales = {"name": "transfer_to_billing"}, {"name": "transfer_to_sales"}

    assert phrases.ask_back([find, cancel]) == "Do you want me to find order, or to cancel order?"
    assert phrases.ask_back([find, billing]) == "Do you want me to find order, or to be put through to billing?"
    assert phrases.ask_back([billing, sales]) == "Do you want to be put through to billing or sales?"


@pytest.mark.parametrize(
    ("schema", "heard", "question"),
    [
        ({"description": "the order number, five digits"}, "482", "I have 4, 8, 2 so far. Please say the rest,"),
        ({"description": "date of birth"}, "the third of May", "And the year, please?"),
        ({"format": "date-time"}, "tomorrow", "At what time?"),
        ({"format": "date-time"}, "at three", "On which day?"),
    ],
)
def test_the_rest_of_a_value_is_asked_for(schema: dict[str, Any], heard: str, question: str) -> None:
    """The caller hears which digits are there, or what is missing."""
    parameter = Parameter("value", {"type": "string", **schema}, required=True)
    assert phrases.rest(parameter, heard).startswith(question)


def test_confirmations_are_sentences() -> None:
    """From the docstring and the schema: no names of functions, no dates of machines."""
    book = {
        "name": "book_appointment",
        "description": "Book an appointment. Ask the caller to confirm before calling this.",
        "parameters": {
            "properties": {
                "name": {"type": "string"},
                "day": {"type": "string"},
                "time": {"type": "string"},
                "guests": {"type": "integer"},
            }
        },
    }
    said = {"name": "Anna Schmidt", "day": "2026-12-01", "time": "15:30", "guests": 1}

    assert phrases.confirmation(book, said, TODAY) == (
        "Shall I book an appointment for Anna Schmidt on Tuesday, 1 December at half past three for one person?"
    )
    cancel = {**book, "name": "cancel", "description": "Cancel an order.", "parameters": {
        "properties": {"order_number": {"type": "string"}}
    }}  # fmt: skip
    assert phrases.confirmation(cancel, {"order_number": "77042"}, TODAY) == "Shall I cancel order 77042?"


ORDER = {
    "name": "order_food",
    "description": "Order pet food.",
    "parameters": {
        "properties": {
            "product": {"type": "string", "description": "which food"},
            "bags": {"type": "integer", "description": "number of bags"},
            "pick_up": {"type": "string", "format": "date"},
            "owner": {"type": "string", "description": "the owner's full name"},
            "pet": {"type": "string", "description": "the name of the pet"},
            "code": {"type": "string", "description": "the code of the customer"},
        }
    },
}


def test_values_that_do_not_fit_into_the_sentence_are_listed() -> None:
    """Each of them is named, and of two names the caller's own is who it is for."""
    values = {
        "product": "dog food",
        "bags": 12,
        "pick_up": "2026-12-02",
        "owner": "Ann Lee",
        "pet": "Coco",
        "code": "K9",
    }

    assert phrases.confirmation(ORDER, values, TODAY) == (
        "Shall I order pet food: dog food, twelve bags, on Wednesday, 2 December, for Ann Lee, pet Coco, code K9?"
    )


def test_what_is_known_about_a_value_is_explained() -> None:
    """All of its description, if that is more than the question says."""
    described = {"type": "string", "description": "the code of the visit, V and four digits, it is on the card"}
    tool = {"name": "move", "parameters": {"properties": {"code": described, "day": {"type": "string"}}}}
    code, day = parameters(tool)

    assert phrases.explained(code) == "That is the code of the visit, V and four digits, it is on the card."
    assert phrases.explained(day) == ""


def test_what_is_said_again_has_no_lead() -> None:
    """ "Thank you." is not said twice."""
    assert phrases.without_lead("Thank you. At what time?") == "At what time?"
    assert phrases.without_lead("I said: At what time?") == "At what time?"


BOOK = {
    "name": "book_table",
    "description": "Einen Tisch reservieren.",
    "parameters": {
        "properties": {
            "name": {"type": "string", "description": "der Name des Gastes"},
            "day": {"type": "string", "description": "der Tag"},
            "time": {"type": "string", "description": "die Uhrzeit"},
            "guests": {"type": "integer", "description": "Anzahl der Personen"},
            "area": {"type": "string", "description": "Bereich, etwa Terrasse", "enum": ["innen", "Terrasse"]},
        }
    },
}


def test_german_verb_stands_last() -> None:
    """What fits into the sentence comes before it, what has to be named behind it."""
    values = {"name": "Anna Schmidt", "day": "2026-12-01", "time": "15:30", "guests": 3, "area": "Terrasse"}
    with speaking("de"):
        asked = phrases.confirmation(BOOK, values, date(2026, 11, 28))

    assert asked == (
        "Soll ich für Anna Schmidt am Dienstag, den 1. Dezember, um halb vier für drei Personen "
        "einen Tisch reservieren, Bereich: Terrasse?"
    )


def test_chinese_number_takes_its_place_in_the_label() -> None:
    """ "How many nights" becomes "three nights"."""
    schema = {"name": {"type": "string", "description": "姓名"}, "nights": {"type": "integer", "description": "住几晚"}}
    room = {"name": "book_room", "description": "预订房间。", "parameters": {"properties": schema}}
    with speaking("zh"):
        asked = phrases.confirmation(room, {"name": "张伟", "nights": 3}, date(2026, 11, 28))
        nights = phrases.question(parameters(room)[1])

    assert closed_up(asked) == "我来预订房间，姓名张伟，住三晚，可以吗？"
    assert nights == "请问住几晚？"


def test_colleagues_are_called_by_their_description_where_names_are_not_in_the_language() -> None:
    """The names of agents are English identifiers in most teams; English speaks them."""
    desk = {
        "name": "transfer_to_desk",
        "description": "Hand the caller over to desk. Empfang. Use it for: alles andere.",
    }
    bare = {"name": "transfer_to_desk", "description": "Hand the caller over to desk. Use it for: alles andere."}

    assert phrases.colleague(desk) == "desk"
    with speaking("de"):
        assert phrases.colleague(desk) == "Empfang"
        assert phrases.colleague(bare) == "desk"
        assert phrases.abilities([desk]) == "Ich kann Sie verbinden mit Empfang."


def test_unknown_line_is_an_error() -> None:
    """A name that no file has is no attribute."""
    with pytest.raises(AttributeError):
        phrases.NO_SUCH_LINE  # noqa: B018


def test_a_number_may_say_which_one() -> None:
    """A floor, a day of the month, a year: it counts nothing."""
    day = {"type": "integer", "description": "on which day of the month"}
    tool = {
        "type": "function",
        "name": "set_monthly",
        "description": "Set up a monthly payment.",
        "parameters": {"type": "object", "properties": {"day": day}, "required": ["day"]},
    }

    assert phrases.confirmation(tool, {"day": 12}, date(2026, 11, 28)).endswith("day 12?")

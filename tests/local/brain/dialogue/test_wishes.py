"""What a caller wants."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.dialogue.wishes import is_other_action
from tests.local.brain.routing import Caller, desk, text, tool

pytestmark = pytest.mark.speech
FIND = ("find_order", {"order_number": "48213"})


@pytest.mark.parametrize("words", ["48213.", "four eight two one three", "My order number is 48,213."])
def test_bare_number_is_looked_up(words: str) -> None:
    """A number alone is for the harmless function that needs one."""
    assert Caller().say(words) == FIND


def test_first_of_two_wishes_is_taken() -> None:
    """Two requests in one sentence: the first one first."""
    said = caller_says = "Cancel order 77042 and I have a question about my bill"

    assert Caller().say(caller_says) == "Shall I cancel order 77042?", said


def test_a_second_request_is_taken_up_afterwards() -> None:
    """Two requests in one sentence are two matters."""
    caller = Caller()
    assert caller.say("Where is my parcel 48213 and send an engineer to repair the router") == FIND

    assert str(caller.returns("On its way.")).endswith("On which day?")


def test_a_reason_is_no_request() -> None:
    """What happened before is not what is wanted."""
    note = tool("request_sick_note", "Request a sick note.", days=text("how many days"))
    advice = tool("assess", "Advise somebody who is ill.", symptoms=text("the symptoms"))

    said = Caller([advice, note]).say("I've come down with the flu and my boss wants a sick note")
    assert "how many days" in str(said)


def test_how_it_came_about_is_no_wish() -> None:
    """A statement before a question about something else is its reason."""
    among = [
        tool(
            "transfer_to_prescriptions",
            "Hand the caller over to prescriptions. Use it for: new prescriptions for medicine.",
        ),
        tool("transfer_to_pharmacist", "Hand the caller over to pharmacist. Use it for: side effects of medicine."),
    ]
    words = "I've been taking new antibiotics since yesterday and now I have a rash, is that a side effect?"

    assert Caller(among).calls(words)[0] == "transfer_to_pharmacist"


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [("book_visit", "cancel_visit", True), ("book_visit", "book_taxi", False), ("book_visit", "book_visit", False)],
)
def test_another_action_on_the_same(one: str, other: str, found: bool) -> None:
    """Whoever cancels a visit does not book it; what only tells something is no action."""
    assert is_other_action(tool(one, "Does it."), tool(other, "Does it.")) is found
    assert not is_other_action(tool("book_visit", "Book a visit."), tool("find_visit", "Find a visit."))


def test_a_question_beside_a_yes_is_answered_afterwards() -> None:
    """What is known needs no function."""
    caller = Caller()
    caller.say("Cancel order 77042")

    assert caller.say("Yes, and I also wanted to ask what your opening hours are") == (
        "cancel_order", {"order_number": "77042"}
    )  # fmt: skip
    assert str(caller.returns("It is cancelled.")).startswith("It is cancelled. From eight to six.")


def test_a_change_is_no_request_for_later() -> None:
    """Though it is a question in a sentence of its own, that another function fits."""
    move = tool(
        "move_bath", "Moves a bath of a dog to another time.", ["Could it be at another time?"], code=text("code")
    )
    book = tool(
        "book_bath",
        "Books a bath for a dog.",
        ["My dog needs a bath"],
        confirm=True,
        at={"type": "string", "format": "time", "description": "the time"},
    )
    caller = Caller([book, move], "")
    caller.say("My dog needs a bath at ten o'clock")

    assert "eleven" in str(caller.say("Phew, okay. Would eleven o'clock be possible?"))


def test_a_question_after_a_moments_thought_is_answered_now() -> None:
    """And not after the matter: nothing is left of the answer."""
    order = tool("order_wood", "Order fire wood.", confirm=True, phone=text("telephone number"))
    caller = Caller([order], "You are the desk.\n\nQ: When do you close? A: At six in the evening.")
    caller.say("I want to order fire wood")

    assert str(caller.say("Hmm, let me think. When do you close today?")).startswith("At six in the evening.")


def test_a_name_is_no_second_request() -> None:
    """Also in a sentence of its own."""
    table = tool("book_table", "Reserve a table.", name=text("name of the guest"), day=text("the day"))
    caller = Caller([table, *desk()])

    assert caller.calls("A table on Saturday. Please, my name is Colin Marsh.")[1]["name"] == "Colin Marsh"

"""A caller who was handed over."""

from __future__ import annotations

import pytest

from tests.local.brain.routing import Caller, desk, shop, text, tool

pytestmark = pytest.mark.speech
FIND = ("find_order", {"order_number": "48213"})


def test_caller_who_arrives_is_served() -> None:
    """P02, P03: what was asked of a colleague is done at once, without a greeting."""
    assert Caller().arrive("Reason: wants an order\nWhat was said so far:\nCaller: Where is order 48213?") == FIND


def test_what_is_missing_is_asked_on_arrival() -> None:
    """The caller hears that their matter is taken up."""
    said = Caller().arrive("What was said so far:\nCaller: I want to cancel my order")

    assert said == "I can help you with that. What is the order number?"


def test_number_said_to_a_colleague_counts() -> None:
    """What was said before the last sentence, and the handoff's own arguments, need not be said again."""
    lines = "Caller: My order number is 48213.\nreception: What about it?\nCaller: Has it been shipped?"

    assert Caller().arrive(f"What was said so far:\n{lines}") == FIND
    assert Caller().arrive("order_number: 48213\nWhat was said so far:\nCaller: Has it been shipped?") == FIND


def test_last_word_may_be_only_a_yes() -> None:
    """The wish is in the reason, or in what was said before the yes."""
    assert Caller().arrive("What was said so far:\nCaller: Where is order 48213?\nCaller: Mhm.") == FIND
    assert Caller().arrive("Reason: Where is order 48213?") == FIND


@pytest.mark.parametrize("said", ["Transfer me to orders, please.", "Orders department, please."])
def test_caller_who_only_asked_for_the_colleague_is_asked(said: str) -> None:
    """Whom they want is no wish yet."""
    answer = str(Caller().arrive(f"Reason: {said}\nWhat was said so far:\nCaller: {said}"))

    assert answer.startswith("I am taking over from here. I can")
    assert answer.endswith("What do you need?")


def test_known_answer_on_arrival() -> None:
    """A question that this agent knows is answered."""
    caller = Caller([desk()[-1]])

    assert caller.arrive("What was said so far:\nCaller: What are your opening hours?") == "From eight to six."


def test_person_who_was_asked_for_takes_the_message() -> None:
    """ "I want to speak to a person" is the wish itself where messages are taken."""
    take = tool("take_message", "Take a message.", ["I want to speak to a person"], name=text("the caller's name"))

    said = Caller([take]).arrive("What was said so far:\nCaller: I want to speak to a real person")

    assert said == "I can help you with that. What is your name?"


def test_who_wants_what_a_colleague_does_is_passed_on() -> None:
    """A front desk without functions of its own connects a caller who comes from another agent, not back to it."""
    orders = tool("transfer_to_orders", "Hand the caller over to orders. Use it for: where an order is.")
    back = tool("transfer_to_reception", "Hand the caller over to reception. Use it for: anything else about an order.")
    outcome = Caller([back, orders]).arrive("What was said so far:\nCaller: Where is my order 48213?")

    assert outcome == ("transfer_to_orders", {"reason": "Where is my order 48213?"})


def test_a_number_of_the_right_length_need_not_be_asked_again() -> None:
    """Said to a colleague as "I'm number …"."""
    number = {"type": "integer", "description": "four-digit number of the pupil"}
    receipt = tool("send_receipt", "Send a receipt.", pupil_number=number)
    lines = "Caller: I'll take that one, I'm number 2280\nlessons: It is booked.\nCaller: I also need a receipt"

    assert Caller([receipt]).arrive(f"What was said so far:\n{lines}") == ("send_receipt", {"pupil_number": 2280})


def test_a_known_answer_goes_before_a_function_that_is_near_it() -> None:
    """As it does for a caller who asks this agent itself."""
    number = text("number of the application", pattern=r"^P\d{6}$")
    status = tool("passport_status", "Find out whether a passport can be picked up.", application=number)
    told = "A passport takes about four weeks."
    caller = Caller([status], f"You are the registry.\n\n# Known answers\nQ: How long does a passport take? A: {told}")

    assert caller.arrive("What was said so far:\nCaller: How long does it take to get a passport?") == told


@pytest.mark.parametrize("said", ["Can you send me a copy of my invoice?", "Could you send me my X-rays, please?"])
def test_who_wants_something_sent_is_no_caller_to_be_put_through(said: str) -> None:
    """ "Send me to billing" is."""
    copies = tool("send_copy", "Send a copy of an invoice, or X-rays, by e-mail.", email=text("e-mail address"))
    other = tool("explain_invoice", "Explain an invoice.", invoice=text("number of the invoice"))

    asked = Caller([copies, other]).arrive(f"What was said so far:\nCaller: {said}")
    assert asked == "I can help you with that. What is your e-mail address?"


def test_who_asked_for_a_person_is_called_back() -> None:
    """By the function that takes a name and a number."""
    call = tool(
        "request_call", "Have a caller called.",
        name=text("full name"), phone=text("telephone number"), about=text("what it is about"),
    )  # fmt: skip
    fault = tool("report_problem", "Report that something is broken.", problem=text("what is wrong"))

    asked = Caller([fault, call]).arrive("What was said so far:\nCaller: Let me speak to the manager, please")
    assert asked == "I can help you with that. What is the full name?"


def test_a_question_that_a_colleague_can_look_up_is_not_answered_with_a_near_fact() -> None:
    """They are put through."""
    said = "Good. And do you have the Breeze jacket in size S?"

    outcome = shop().arrive(f"What was said so far:\nCaller: {said}")
    assert outcome == ("transfer_to_advice", {"reason": said})

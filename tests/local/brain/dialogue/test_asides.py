"""Questions in the middle of a matter."""

from __future__ import annotations

import pytest

from tests.local.brain.routing import Caller, text, tool

pytestmark = pytest.mark.speech
BADGE = text("number of the badge, B and four digits, it is printed on the back", pattern=r"^B\d{4}$")
REPLACE = tool("replace_badge", "Order a new badge.", badge=BADGE)
STICKER = "The locker number is on a green sticker inside the door."
OPEN = tool("open_locker", "Open a locker from here.", locker=text("locker number, three digits", pattern=r"^\d{3}$"))


@pytest.mark.parametrize(
    "asked",
    ["Where do I find it?", "You'll want that number, won't you? Where do I find it?", "Where on earth do I find it?"],
)
def test_who_asks_about_what_is_asked_for_hears_what_is_known_about_it(asked: str) -> None:
    """The whole description of the value."""
    caller = Caller([REPLACE])
    question = str(caller.say("I need a new badge"))

    said = str(caller.say(asked))
    assert "printed on the back" in said
    assert said.endswith(question.rpartition("that. ")[2])


def test_what_the_instructions_tell_about_it_is_told() -> None:
    """Where its description has no more than the question."""
    caller = Caller([OPEN], f"You look after lockers. {STICKER}")
    caller.say("Please open my locker")

    assert str(caller.say("Where do I find that number?")).startswith(STICKER)


def test_a_known_answer_needs_less_where_no_function_is_meant() -> None:
    """A word of the question may be misheard: "poor" for a pool."""
    told = "Yes, there is a heated pool on the roof."
    caller = Caller([OPEN], f"You look after lockers.\nQ: Is there a pool? A: {told}")
    caller.say("Please open my locker")

    assert str(caller.say("Is there a poor on the roof?")).startswith(told)


def test_choices_of_a_value_are_told() -> None:
    """Also of one that was not asked for yet."""
    size = {"type": "string", "enum": ["small", "large"], "description": "which size"}
    caller = Caller([tool("order_bin", "Order a bin.", name=text("the caller's full name"), size=size)])
    caller.say("I'd like to order a bin")

    said = str(caller.say("What sizes do you have?"))
    assert "small or large" in said


def test_what_the_matter_in_hand_is_for_may_answer() -> None:
    """When it has the time that is asked for, and nothing else is known."""
    call = tool(
        "arrange_call",
        "Arrange that somebody calls the customer back within two hours.",
        ["call me back"],
        name=text("the customer's name"),
    )
    caller = Caller([call])
    caller.say("Please call me back")

    said = str(caller.say("When would they call me?"))
    assert "within two hours" in said
    assert said.endswith("?")


def test_they_need_not_be_those_of_the_matter_in_hand() -> None:
    """What is known is ahead, whoever "they" are."""
    complain = tool(
        "complain", "Write down a complaint for the managers.", ["I want to complain"], about=text("what happened")
    )
    known = "You take complaints. The managers are on the road, so they call back in the evening.\n\n# Known answers\n"
    caller = Caller([complain], f"{known}Q: How long does a complaint take? A: You hear from us within two weeks.")
    caller.say("I want to complain")

    assert "in the evening" in str(caller.say("When do they call back?"))


def test_a_question_for_a_price_is_answered_although_it_names_a_value() -> None:
    """The value is not taken for an answer to the question that was asked."""
    trips = {"type": "string", "enum": ["harbour cruise", "old town walk"]}
    book = tool("book_trip", "Book a trip.", confirm=True, trip=trips, guest=text("full name of the guest"))
    caller = Caller([book], "The harbour cruise costs 25 euros a person, the old town walk 12.")
    caller.say("I'd like to go on the harbour cruise")

    assert str(caller.say("How much is the cruise?")).startswith("The harbour cruise costs 25 euros")

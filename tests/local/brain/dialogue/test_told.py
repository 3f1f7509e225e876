"""Questions about what was told."""

from __future__ import annotations

import pytest

from tests.local.brain.routing import INSTRUCTIONS, Caller, desk, message, shop, text, tool

pytestmark = pytest.mark.speech
REPAIR = tool("request_repair", "Ask for a repair of a bicycle.", number=text("frame number", pattern=r"^\d{4}$"))


def repaired(result: str) -> Caller:
    """Return a caller who was told the result of a request."""
    caller = Caller([REPAIR])
    assert caller.say("Please ask for a repair of my bicycle, the frame number is 4417")[0] == "request_repair"
    caller.returns(result)
    return caller


@pytest.mark.parametrize(
    ("result", "asked", "told"),
    [
        ("We fetch it tomorrow. You will get a call when it is ready.", "When are you picking it up?", "tomorrow"),
        ("It will take about three days.", "How long do I have to do without it?", "three days"),
        ("Please leave it at the side gate.", "And where do I have to go?", "side gate"),
        ("You will be called back within two days.", "When will I hear from you?", "two days"),
        ("Please bring your guarantee card along.", "What do I have to bring?", "guarantee card"),
    ],
)
def test_what_a_question_is_about_is_told_again(result: str, asked: str, told: str) -> None:
    """In whatever words it is asked, as far as that was learnt."""
    said = repaired(result).say(asked)

    assert isinstance(said, str)
    assert told in said


@pytest.mark.parametrize("words", ["Why not?", "why?", "How come?"])
def test_a_question_that_names_nothing_is_about_what_was_just_told(words: str) -> None:
    """It says why, if anything does."""
    told = "That is not possible, all mechanics are on holiday."

    assert repaired(told).say(words) == told


def test_what_the_agent_knows_is_not_what_was_told() -> None:
    """A question that the team answered has its answer."""
    caller = Caller([REPAIR], INSTRUCTIONS)
    caller.say("Please ask for a repair of my bicycle, the frame number is 4417")
    caller.returns("We fetch it tomorrow.")

    assert caller.say("When do you open?") == "From eight to six."


def test_what_a_function_can_tell_is_looked_up() -> None:
    """Whatever was told before."""
    caller = Caller([*desk(), REPAIR])
    caller.say("Please ask for a repair of my bicycle, the frame number is 4417")
    caller.returns("We fetch it tomorrow.")

    assert caller.say("Where is my order 48213?") == ("find_order", {"order_number": "48213"})


def test_after_it_the_open_question_is_asked_again() -> None:
    """In the middle of a matter."""
    caller = Caller([REPAIR, desk()[1]])
    caller.say("Please ask for a repair of my bicycle, the frame number is 4417")
    caller.returns("We fetch it tomorrow at the side gate.")
    caller.say("Then I'd like to cancel an order")

    assert str(caller.say("sorry, which gate was it?")).endswith("side gate. What is the order number?")


def test_where_is_answered_with_a_place() -> None:
    """What was told without one is not told again."""
    assert "free" not in str(repaired("The repair is free of charge.").say("And where do your buses leave?"))


def test_what_has_happened_again_is_no_question() -> None:
    """Nor does it ask for what was said to be said again."""
    fault = tool("report_fault", "Report that the internet does not work.", customer=text("customer number"))
    caller = Caller([fault])
    caller.items.append(message("assistant", "Acme internet, hello there."))

    assert "customer number" in str(caller.say("My internet is down again"))


def test_a_request_asks_nothing_about_what_was_told() -> None:
    """Although it names it."""
    day = {"type": "string", "format": "date", "description": "the day"}
    free = tool("free_slots", "Tell which times are free in a salon on a day.", day=day)
    waits = tool("note_waiting", "Notes a customer for a day that is full.", name=text("the caller's name"))
    caller = Caller([free, waits])
    caller.say("What is free on Tuesday?")
    caller.returns("Nothing is free on that day, but there is a waiting list.")

    assert "name" in str(caller.say("Oh. Could you put me on that waiting list?"))


def test_what_is_known_for_certain_is_not_what_was_told() -> None:
    """Although that has a number, too."""
    number = text("parcel number", pattern=r"^SW\d{4}$")
    asked, told = "How much do I get if a parcel is not found?", "Every parcel is insured, up to 500 euros."
    known = f"Be brief.\n\n# Known answers\nQ: {asked} A: {told}"
    caller = Caller([tool("report_missing", "Report a parcel that is missing.", parcel=number)], known)
    caller.say("I want to report that parcel SW1234 is missing")
    caller.returns("We search for it, and call you within five days.")

    assert caller.say("How much do I get for it if you don't find it?") == told


def test_what_a_caller_tells_in_their_own_words_is_no_request_to_say_it_again() -> None:
    """Even where it is about noise."""
    caller = Caller([tool("leave_message", "Leave a message.", message=text("what the manager should know"))])
    caller.say("I'd like to leave a message")

    assert caller.calls("The music in the bar was too loud last night")[0] == "leave_message"


@pytest.mark.parametrize("asked", ["Sorry, where is it?", "What was that, sorry?"])
def test_a_question_about_it_is_about_what_was_just_told(asked: str) -> None:
    """A known answer, as well as the result of a function."""
    caller = Caller(desk(), "Q: What is the password of the network? A: The password is on your key card.")
    assert caller.say("What's the password of the network?") == "The password is on your key card."

    assert "key card" in str(caller.say(asked))


def test_what_is_called_something_was_just_told() -> None:
    """ "What's it called?" asks for a name."""
    assert repaired("The right one is the Lagoon.").say("What's it called?") == "The right one is the Lagoon."


def test_a_question_for_what_can_be_looked_up_is_not_about_what_was_told() -> None:
    """Although it names the same thing."""
    caller = shop()
    assert "Storm" in str(caller.say("Which of your jackets is waterproof?"))

    assert caller.calls("Is the Storm jacket in stock?")[0] == "transfer_to_advice"

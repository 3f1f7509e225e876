"""One turn of the caller: a call, a question, an answer, or small talk; and a caller who was handed over."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.port import Say
from orchestrator.local.brain.saying import phrases
from tests.local.brain.routing import Caller, called, desk, message, text, tool

pytestmark = pytest.mark.speech
FIND = ("find_order", {"order_number": "48213"})


def test_one_sentence_is_enough() -> None:
    """A sentence that has everything leads to the call."""
    assert Caller().say("Where is my order? The number is four eight two one three.") == FIND


def test_known_answer_is_given() -> None:
    """A question that the team answered is answered with its words."""
    assert Caller().say("When do you open?") == "From eight to six."


def test_small_talk_calls_nothing() -> None:
    """Greetings, thanks and jokes are no reason to hand anybody over; who and what come from the session."""
    caller = Caller()

    assert caller.say("Good morning") == phrases.GREETING
    assert "desk of Example" in str(caller.say("What is your name?"))
    assert "desk of Example" in str(caller.say("Are you a robot?"))
    assert "connect you with billing" in str(caller.say("What can you do for me?"))
    assert "glasses" in str(caller.say("Tell me a joke"))
    assert caller.say("Wait a second, please") == phrases.TAKE_YOUR_TIME


def test_what_a_clients_own_tool_can_tell_is_no_small_talk() -> None:
    """Where the agent has a function for it, a question about the weather is for that; a remark is not."""
    weather = tool("get_weather", "Tell the weather in a city.", city={"type": "string"})

    assert Caller([*desk(), weather]).say("What is the weather in Paris?") == ("get_weather", {"city": "Paris"})
    assert "see outside" in str(Caller([*desk(), weather]).say("Nice weather today"))
    assert "see outside" in str(Caller().say("What's the weather?"))


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("Yes.", "What can I do for you?"),
        ("No, that's all, thank you.", phrases.FAREWELL),
        ("no thanks", phrases.FAREWELL),
        ("Goodbye!", phrases.FAREWELL),
        ("Hold on, please", phrases.TAKE_YOUR_TIME),
        ("Let me look for it", phrases.TAKE_YOUR_TIME),
    ],
)
def test_some_words_need_no_thought(words: str, reply: str) -> None:
    """A lone yes or no, a goodbye, a request for time."""
    assert Caller().say(words) == reply


@pytest.mark.parametrize(
    "words",
    [
        "No, my internet is down",
        "I waited for an hour",
        "I can't wait any longer, where is my parcel",
        "How long do I have to wait until my refund comes?",
        "Can you let me check my order status",
        "my internet drops once a minute, send an engineer",
    ],
)
def test_other_words_do(words: str) -> None:
    """A no, a minute and a wait may stand in any sentence."""
    assert Caller().say(words) not in (phrases.FAREWELL, phrases.TAKE_YOUR_TIME, "What can I do for you?")


@pytest.mark.parametrize(
    "words",
    [
        "I need a prescription for aspirin",
        "It gets worse, I cannot breathe",
        "which doctor is in on Friday?",
        "I want to pay my bill",
        "Tell him the pool is cold",
    ],
)
def test_what_is_no_small_talk_gets_no_small_talk(words: str) -> None:
    """A caller in need does not hear a goodbye or a joke."""
    garden = tool("water_lawn", "Water the lawn.", ["The grass is dry"])

    said = str(Caller([garden], "").say(words))

    assert "I can water the lawn." in said
    assert said.startswith(
        ("I am not sure I understood", "I am sorry, I do not know that", "I am sorry, I cannot do that")
    )


def test_what_is_not_understood_is_not_invented() -> None:
    """What fits nothing is answered with what the agent can do."""
    assert str(Caller([]).say("Qwertz uiop asdf")).startswith("I am not sure I understood.")


def test_forbidden_functions_are_not_called() -> None:
    """`tool_choice: none` leaves words."""
    caller = Caller()
    caller.tool_choice = "none"

    assert isinstance(caller.say("Has 48213 been shipped?"), str)


def test_correction_repeats_the_call() -> None:
    """A number that is corrected after the result is looked up anew; a new wish is not a correction."""
    caller = Caller()
    caller.say("Has 48214 been shipped?")
    caller.returns("No.")

    assert caller.say("Sorry, no, I meant order 48213.") == FIND
    caller.returns("Yes.")
    assert caller.say("Actually, I was charged twice for it")[0] == "transfer_to_billing"


def test_answer_to_a_result_that_asks() -> None:
    """A function that asks back gets the answer, and keeps the other arguments."""
    caller = Caller()
    caller.say("Please send somebody to repair it on Sunday at ten")
    caller.returns("Nobody comes on Sundays. Which other day suits you?")

    assert caller.say("Monday, then") == ("book_engineer", {"day": "2026-11-30", "time": "10:00"})
    caller.returns("On Monday there is nobody at ten. Which time suits you?")
    assert caller.say("nine") == ("book_engineer", {"day": "2026-11-30", "time": "09:00"})


def test_it_is_what_was_talked_about() -> None:
    """ "Cancel it" after an order was found is about that order, and is confirmed."""
    caller = Caller()
    caller.say("Has 48213 been shipped?")
    caller.returns("Not yet.")

    assert caller.say("Then cancel it, please") == "Shall I cancel order 48213?"


def test_transfer_has_the_callers_words_as_reason() -> None:
    """The next agent knows why; long words are cut."""
    said = "I was charged twice. " + "It is a long story. " * 20

    name, arguments = Caller().calls(said)

    assert name == "transfer_to_billing"
    assert arguments["reason"] == said.strip()[:200]


def test_what_was_said_is_said_again() -> None:
    """A repetition changes nothing."""
    caller = Caller()
    assert caller.say("What did you say?") == phrases.NOTHING_SAID
    caller.say("Where is my parcel?")

    assert caller.say("Pardon?") == "I said: What is the order number?"
    assert caller.say("sorry, what?") == "I said: What is the order number?"
    assert caller.say("48213") == FIND


def test_a_question_in_between_is_answered() -> None:
    """Then the open matter is taken up again."""
    caller = Caller()
    caller.say("Cancel order 77042")

    assert caller.say("When do you open?") == "From eight to six. Shall I cancel order 77042?"
    assert caller.say("why do you need that?") == "I need that to cancel an order. Shall I cancel order 77042?"
    assert caller.say("Where is my order 48213?") == FIND
    assert caller.returns("On its way.") == "On its way. Shall I cancel order 77042?"
    assert caller.say("yes") == ("cancel_order", {"order_number": "77042"})


def test_goodbye_ends_the_call_where_the_agent_may() -> None:
    """With `end_call` among its functions."""
    caller = Caller([tool("end_call", "End the call.")])
    caller.items.append(message("user", "Goodbye!"))

    said, end = caller.respond()

    assert isinstance(said, Say)
    assert called(end) == ("end_call", {})


def test_decisions_explain_themselves() -> None:
    """Why, and what else was possible; without the caller's words, which may be secret."""
    caller = Caller()
    caller.say("Where is my order 48213?")

    why = caller.memory["dialogue"].why
    assert why["why"] == "wants something"
    assert next(iter(why["candidates"])) == "find_order"
    assert "48213" not in str(why)


def test_nobody_there() -> None:
    """Who only asks whether anybody is there is greeted."""
    assert "How can I help you?" in str(Caller().say("Hello? Anybody there?"))


def test_other_action_keeps_what_was_said() -> None:
    """Who cancels what was taken for a booking need not say the day again, and nobody goes on with the booking."""
    day = {"type": "string", "format": "date", "description": "the day"}
    book = tool("book_visit", "Make an appointment for a visit.", confirm=True, name=text("full name"), day=day)
    cancel = tool("cancel_visit", "Cancel an appointment for a visit.", confirm=True, name=text("full name"), day=day)
    caller = Caller([book, cancel])
    caller.say("I'd like an appointment for a visit on Friday")

    said = str(caller.say("No, please cancel the visit, my name is Nina Rossi"))
    assert all(one in said for one in ("cancel", "Nina Rossi", "Friday"))
    assert len(caller.memory["dialogue"].frames) == 1


def test_who_leaves_it_wants_nothing() -> None:
    """Also where no function is in preparation."""
    assert str(Caller().say("That's a lot. No, leave it, I don't want one")).startswith("All right, never mind")


@pytest.mark.parametrize(
    "words",
    ["Could you recommend a driving school?", "Can you tell me who won the match?", "What does the moon weigh?"],
)
def test_nothing_is_begun_that_is_hardly_meant(words: str) -> None:
    """The caller hears that it cannot be done, or is not known."""
    lawn = tool("water_lawn", "Water the lawn.", ["The grass is dry"], garden=text("which garden"))

    said = str(Caller([lawn], "").say(words))

    assert said.startswith(("I am sorry, I do not know that", "I am sorry, I cannot do that"))


def test_what_does_not_work_is_no_small_talk() -> None:
    """It is a matter for who can help."""
    faults = tool("transfer_to_faults", "Hand the caller over to faults. Use it for: the internet does not work.")

    assert Caller([faults]).calls("Hello, my internet isn't working")[0] == "transfer_to_faults"


def test_something_to_be_brought_is_no_question() -> None:
    """A known answer that is near to it is none."""
    service = tool("transfer_to_service", "Hand the caller over to service. Use it for: towels and food to a room.")
    caller = Caller([service], "Q: Do I have to bring towels to the pool? A: No, towels are there for you.")

    assert caller.calls("Can somebody bring me some towels?")[0] == "transfer_to_service"
    assert "there for you" in str(Caller([service], caller.instructions).say("Do I have to bring towels to the pool?"))

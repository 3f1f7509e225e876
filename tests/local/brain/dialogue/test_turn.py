"""One turn of the caller: a call, a question, an answer, or small talk; and a caller who was handed over."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.dialogue.turn import last_call
from orchestrator.local.brain.port import Say
from orchestrator.local.brain.saying import phrases
from tests.local.brain.routing import Caller, called, desk, message, text, tool

pytestmark = pytest.mark.speech
FIND = ("find_order", {"order_number": "48213"})


def test_one_sentence_is_enough() -> None:
    """A sentence that has everything leads to the call."""
    assert Caller().say("Where is my order? The number is four eight two one three.") == FIND


@pytest.mark.parametrize("words", ["48213.", "four eight two one three", "My order number is 48,213."])
def test_bare_number_is_looked_up(words: str) -> None:
    """A number alone is for the harmless function that needs one."""
    assert Caller().say(words) == FIND


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

    assert Caller([garden], "").say(words) == "I am not sure I understood. I can water the lawn. What can I do for you?"


def test_what_is_not_understood_is_not_invented() -> None:
    """What fits nothing is answered with what the agent can do."""
    assert str(Caller([]).say("Qwertz uiop asdf")).startswith("I am not sure I understood.")


def test_forbidden_functions_are_not_called() -> None:
    """`tool_choice: none` leaves words."""
    caller = Caller()
    caller.tool_choice = "none"

    assert isinstance(caller.say("Has 48213 been shipped?"), str)


def test_first_of_two_wishes_is_taken() -> None:
    """Two requests in one sentence: the first one first."""
    said = caller_says = "Cancel order 77042 and I have a question about my bill"

    assert Caller().say(caller_says) == "Shall I cancel order 77042?", said


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


def test_last_call_is_known() -> None:
    """A result is answered by the caller's first words after it, not by later ones."""
    user = {"type": "message", "role": "user"}
    call = {"type": "function_call", "call_id": "a", "name": "one", "arguments": '{"a": 1}'}
    output = {"type": "function_call_output", "call_id": "a", "output": "Which one?"}

    assert last_call([user]) == ("", {}, False)
    assert last_call([call, output, user]) == ("one", {"a": 1}, True)
    assert last_call([call, output, user, user]) == ("one", {"a": 1}, False)


PERSON = tool("transfer_to_person", "Hand the caller over to person.", ["I want to talk to a human"])


@pytest.mark.parametrize("words", ["just give me a real person", "can I speak to your manager", "operator!"])
def test_who_asks_for_a_person_gets_one(words: str) -> None:
    """Also in the middle of a question."""
    caller = Caller([*desk(), PERSON])
    assert caller.calls(words)[0] == "transfer_to_person"
    caller = Caller([*desk(), PERSON])
    caller.say("Where is my parcel?")
    assert caller.calls(words)[0] == "transfer_to_person"


def test_who_is_not_understood_twice_gets_a_person() -> None:
    """Where there is one."""
    caller = Caller([PERSON, *desk()[:1]])
    assert "not sure" in str(caller.say("flurb the wobble"))
    assert caller.calls("gribble snort")[0] == "transfer_to_person"


def test_without_a_person_the_caller_is_told() -> None:
    """And hears what can be done instead."""
    assert "no colleague" in str(Caller(desk()[:2]).say("I want to talk to a human being"))


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


def test_a_second_request_is_taken_up_afterwards() -> None:
    """Two requests in one sentence are two matters."""
    caller = Caller()
    assert caller.say("Where is my parcel 48213 and send an engineer to repair the router") == FIND

    assert str(caller.returns("On its way.")).endswith("On which day?")


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

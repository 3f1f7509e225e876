"""A call that waits for the caller's word."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.port import Action, Say
from orchestrator.local.brain.saying import phrases
from tests.local.brain.routing import Caller, called, desk, text, tool

pytestmark = pytest.mark.speech


def asked() -> Caller:
    """Return a caller who was asked for an order number."""
    caller = Caller()
    assert caller.say("Where is my parcel?") == "What is the order number?"
    return caller


def confirming() -> Caller:
    """Return a caller who was asked whether an order is to be cancelled."""
    caller = Caller()
    assert caller.say("Cancel order 77042") == "Shall I cancel order 77042?"
    return caller


@pytest.mark.parametrize("said", ["Yes. And I also want to see my invoice.", "yes and then connect me to billing"])
def test_yes_may_bring_another_request(said: str) -> None:
    """The call is made, and what else is wanted is taken up afterwards."""
    caller = confirming()
    assert caller.say(said) == ("cancel_order", {"order_number": "77042"})
    call_id = caller.items[-1]["call_id"]
    caller.items.append({"type": "function_call_output", "call_id": call_id, "output": "It is cancelled."})
    said_back, transfer = caller.respond()
    assert said_back == Say("It is cancelled.")
    assert called(transfer)[0] == "transfer_to_billing"


@pytest.mark.parametrize("said", ["Yes, please cancel it.", "Yes. Thank you.", "Yes, order 77042.", "yes yes"])
def test_yes_alone_brings_nothing(said: str) -> None:
    """What only repeats the matter is no other request."""
    caller = confirming()
    assert caller.say(said) == ("cancel_order", {"order_number": "77042"})
    assert caller.memory["dialogue"].later == []


def test_answer_completes_the_call() -> None:
    """The next sentence answers the question."""
    assert asked().say("It's double four two one three.") == ("find_order", {"order_number": "44213"})


def test_values_are_asked_for_one_at_a_time() -> None:
    """Day and time; what the answer brings along is not asked for again."""
    caller = Caller()

    assert caller.say("Please send an engineer to repair it") == "On which day?"
    assert caller.say("Tuesday") == "Thank you. At what time?"
    assert caller.say("Sorry, what?") == "I said: At what time?"
    assert caller.say("ten") == ("book_engineer", {"day": "2026-12-01", "time": "10:00"})
    caller.say("Please send an engineer to repair it")
    assert caller.say("on Friday at nine") == ("book_engineer", {"day": "2026-12-04", "time": "09:00"})


def test_number_may_come_in_parts() -> None:
    """A pause in a number ends the caller's turn, not the number."""
    caller = asked()

    assert caller.say("four eight two") == "I have 4, 8, 2 so far. Please say the rest, or the whole number again."
    assert caller.say("one three") == ("find_order", {"order_number": "48213"})


def test_number_that_is_said_again_replaces_the_part() -> None:
    """A caller who starts over is not misread; digits that never fit are dropped at last."""
    caller = asked()
    caller.say("four eight two")

    assert caller.say("four eight two one three") == ("find_order", {"order_number": "48213"})
    caller = asked()
    for _ in range(2):
        assert "did not get that" in str(caller.say("1234567"))
    assert "did not understand" in str(caller.say("1234567"))


def test_question_is_dropped_after_three_times() -> None:
    """Nobody is asked for ever."""
    caller = asked()

    assert "did not get that" in str(caller.say("well"))
    assert "did not get that" in str(caller.say("hmm"))
    assert "did not understand" in str(caller.say("well"))
    assert caller.memory["dialogue"].frames == []


def test_caller_may_take_time_forget_it_or_not_know() -> None:
    """Waiting keeps the question; never mind and not knowing drop it."""
    caller = asked()
    assert caller.say("Hold on, let me look for it") == phrases.TAKE_YOUR_TIME
    assert caller.say("48213") == ("find_order", {"order_number": "48213"})
    assert asked().say("Oh, never mind.") == f"{phrases.DROPPED} {phrases.ELSE}"
    assert "I need the order number" in str(asked().say("I don't have it"))


def test_another_subject_breaks_off() -> None:
    """The caller is free to go elsewhere."""
    said = "I have a question about my invoice"

    assert asked().say(said) == ("transfer_to_billing", {"reason": said})
    assert confirming().say(said) == ("transfer_to_billing", {"reason": said})


def test_free_words_are_taken_as_they_are() -> None:
    """A message may be about anything, even about what another function does."""
    caller = Caller()
    assert caller.say("Can somebody call me back?") == "What is your name?"
    assert caller.say("It's Anna Schmidt.") == "Thank you. What is the message?"

    name, arguments = caller.calls("I have a question about my invoice and nobody answers")

    assert (name, arguments["name"]) == ("take_message", "Anna Schmidt")
    assert arguments["message"] == "I have a question about my invoice and nobody answers"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("never mind", f"{phrases.DROPPED} {phrases.ELSE}"),
        ("one moment", phrases.TAKE_YOUR_TIME),
        (".", "Sorry, I did not get that. What is the message?"),
        ("Transfer me to billing", ("transfer_to_billing", {"reason": "Transfer me to billing"})),
    ],
)
def test_short_words_may_be_about_the_question(words: str, said: object) -> None:
    """Instead of a message: second thoughts, a pause, another colleague."""
    caller = Caller()
    caller.say("My name is Anna Schmidt, can somebody call me back?")

    assert caller.say(words) == said


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("I want to speak to a person", "transfer_to_desk"),
        ("I would like to speak to a person, please", "transfer_to_desk"),
        ("Can I talk to a human being now?", "transfer_to_desk"),
        ("I have a question about my invoice", "transfer_to_billing"),
        ("The person in the shop was rude", "take_message"),
    ],
)
def test_what_is_said_for_another_function_is_no_message(words: str, name: str) -> None:
    """Nearly the words of its examples, or asking for a person where there is one."""
    reason = text("why", optional=True)
    person = tool("transfer_to_desk", "The caller wants a human being.", ["I want to speak to a person"], reason=reason)
    caller = Caller([*desk(), person])
    caller.say("My name is Anna Schmidt, can somebody call me back?")

    assert caller.calls(words)[0] == name


@pytest.mark.parametrize("words", ["Yes, please.", "That's right", "Yes, I don't want it any more"])
def test_yes_does_it(words: str) -> None:
    """What destroys is done after a yes."""
    assert confirming().say(words) == ("cancel_order", {"order_number": "77042"})


@pytest.mark.parametrize("words", ["No.", "No, that's wrong", "Stop"])
def test_no_leaves_it(words: str) -> None:
    """Anything like a no leaves things as they are."""
    assert confirming().say(words) == phrases.NOT_DONE


def test_corrected_number_is_read_back_again() -> None:
    """A correction needs a yes of its own; a part of a number is no number."""
    caller = confirming()

    assert caller.say("No, 77043.") == "All right. Shall I cancel order 77043?"
    assert caller.say("No, wait") == phrases.TAKE_YOUR_TIME
    assert caller.say("yes") == ("cancel_order", {"order_number": "77043"})


def test_unclear_word_does_not_destroy() -> None:
    """Neither yes nor no is asked again, then given up."""
    caller = confirming()

    assert str(caller.say("Maybe.")).startswith("Please say yes or no.")
    assert str(caller.say("Um.")).startswith("Please say yes or no.")
    assert caller.say("Hm.") == phrases.NOT_DONE
    assert caller.memory["dialogue"].frames == []


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [("the first one", "lend_book"), ("the second", "return_book"), ("I want to return it", "return_book")],
)
def test_two_near_functions_are_asked_back(answer: str, chosen: str) -> None:
    """Better a question than the wrong function; what was said before still counts."""
    number = text("the number of the book, five digits")
    near = [tool(name, "Books.", ["something with a book"], number=number) for name in ("lend_book", "return_book")]
    caller = Caller(near)

    assert str(caller.say("something with a book, 12345")).startswith("Do you want me to")
    assert caller.say(answer) == (chosen, {"number": "12345"})


def test_neither_of_two() -> None:
    """A no drops both; another subject is heard."""
    near = [tool(name, "Books.", ["something with a book"]) for name in ("lend_book", "return_book")]
    caller = Caller([*near, *desk()])
    caller.say("something with a book")
    assert caller.say("No, neither.") == f"{phrases.DROPPED} {phrases.ELSE}"
    caller.say("something with a book")

    assert caller.say("I was charged twice") == ("transfer_to_billing", {"reason": "I was charged twice"})


def test_short_number_answers_the_question_for_a_number() -> None:
    """Where nothing says how long it must be."""
    caller = Caller([tool("pay_bill", "Pay a bill.", bill=text("the number of the bill"))])
    assert caller.say("I want to pay my bill") == "What is the number of the bill?"

    assert caller.say("42") == ("pay_bill", {"bill": "42"})


def vet() -> Caller:
    """Return a caller of a vet, whose function takes the reason before the day and the time."""
    book = tool(
        "book_visit",
        "Make an appointment with the vet.",
        ["My cat is ill"],
        reason=text("what is wrong with the animal"),
        day=text("the day of the visit"),
        time=text("the time of the visit"),
    )
    return Caller([book])


def test_complaint_that_was_said_first_is_not_asked_for() -> None:
    """The description with which the caller began is the reason; a day in it is not that of the visit."""
    caller = vet()

    assert caller.say("My dog's been limping since Sunday, I need an appointment") == "On which day?"
    reason = "limping since Sunday"
    assert caller.say("Would Tuesday work, at nine?") == (
        "book_visit",
        {"reason": reason, "day": "2026-12-01", "time": "09:00"},
    )


def test_question_for_a_day_is_no_reason() -> None:
    """A question with another value that is missing gives that one, and the caller's words are asked for again."""
    caller = vet()

    assert caller.say("I need an appointment") == "Please tell me what is wrong with the animal."
    assert "what is wrong" in str(caller.say("Would Tuesday work, at nine?"))
    said = caller.say("She has something in her ear")
    assert said == ("book_visit", {"reason": "She has something in her ear", "day": "2026-12-01", "time": "09:00"})


def test_the_examples_of_a_function_say_nothing_about_an_hour() -> None:
    """They are about the caller's matter: who has been sick all night comes in the morning."""
    visit = tool(
        "book_visit",
        "Make an appointment.",
        ["She has been sick all night"],
        at={"type": "string", "format": "time", "description": "the time of the appointment"},
    )
    caller = Caller([*desk(), visit])
    caller.say("I would like to make an appointment")

    assert caller.say("at nine") == ("book_visit", {"at": "09:00"})


MOVE = tool("move_stay", "Move a stay to another day.", confirm=True, new_day={"type": "string", "format": "date"})
CANCEL = tool("cancel_stay", "Cancel a stay.", confirm=True)


def test_no_with_another_wish() -> None:
    """Who says no and wants something else in the same breath gets it."""
    caller = Caller([CANCEL, MOVE])
    assert "cancel" in str(caller.say("I'm afraid we have to cancel our stay"))

    assert "20 July" in str(caller.say("No, wait, could we come on the twentieth of July instead?"))


def test_a_yes_that_excepts_something_is_no_yes() -> None:
    """What was not understood is not done."""
    caller = Caller([CANCEL, MOVE])
    caller.say("I'm afraid we have to cancel our stay")

    assert "Shall I cancel" in str(caller.say("Yes, except for the last thing"))


def test_question_of_fact_leaves_no_matter() -> None:
    """ "Is the light electric?" is not a report that it does not work."""
    report = tool(
        "report_problem", "Report a problem.", ["The light does not work"], problem=text("what does not work")
    )
    caller = Caller([MOVE, report])
    asked = str(caller.say("I want to move my stay"))

    assert str(caller.say("Is the light in the church electric?")).endswith(asked)


def test_no_number_is_made_up_in_a_correction() -> None:
    """The five of half past five is not how many minutes it takes."""
    book = tool(
        "book_lesson",
        "Book a lesson.",
        confirm=True,
        when={"type": "string", "format": "date-time"},
        minutes={"type": "integer", "description": "how long, in minutes", "optional": True},
    )
    caller = Caller([book])
    caller.say("I'd like to book a lesson on Thursday at five in the afternoon")

    said = str(caller.say("Sorry, did I say five? Half past five"))
    assert "half past five" in said
    assert "minutes" not in said


def test_each_of_two_numbers_is_looked_up() -> None:
    """One after the other."""
    caller = Caller(
        [
            tool(
                "ticket_status",
                "Find out how far a ticket is.",
                ticket=text("ticket number", pattern=r"^[A-Z]{2}\d{5}$"),
            )
        ]
    )

    assert caller.say("How far are my tickets DA11206 and DA11207?") == ("ticket_status", {"ticket": "DA11206"})
    assert [getattr(one, "arguments", None) for one in both(caller)] == [None, {"ticket": "DA11207"}]


def both(caller: Caller) -> list[Action]:
    """Return what the router does about the first result."""
    caller.items.append(
        {"type": "function_call_output", "call_id": caller.items[-1]["call_id"], "output": "It is ready."}
    )
    return caller.respond()


def test_leaving_it_somewhere_gives_nothing_up() -> None:
    """ "Leave it at the door" is a wish, "leave it" gives up."""
    deliver = tool(
        "plan_delivery",
        "Plan a delivery.",
        confirm=True,
        day={"type": "string", "format": "date", "description": "the day"},
        leave_at_door={"type": "boolean", "description": "whether it may be left at the door", "optional": True},
    )
    caller = Caller([deliver])
    assert "Friday" in str(caller.say("I'd like to plan a delivery on Friday"))
    assert "door" in str(caller.say("Yes, but he can leave it at the door, I'm slow"))
    assert str(caller.say("no, leave it")).startswith("All right")
    assert not caller.memory["dialogue"].frames


def test_a_yes_with_something_else_is_asked_about() -> None:
    """ "Good" alone would be a yes; what cannot be taken back is not done for it."""
    deliver = tool(
        "new_day", "Have a parcel brought on another day.", confirm=True, day={"type": "string", "format": "date"}
    )
    caller = Caller([deliver])
    assert str(caller.say("Could you bring my parcel on another day, on Saturday?")).endswith(
        "on Saturday, 5 December?"
    )

    assert isinstance(caller.say("Oh good, then it should be in the evening"), str)
    assert caller.say("Yes, please, and thanks for being so patient") == ("new_day", {"day": "2026-12-05"})


def test_who_does_not_want_it_may_want_something_else() -> None:
    """What they do not want is not heard as a wish; the number stays the same."""
    number = text("the booking number", pattern="^K\\d{5}$")
    day = {"type": "string", "format": "date", "description": "the new day"}
    caller = Caller(
        [
            tool("cancel_slot", "Cancel an appointment.", confirm=True, booking=number),
            tool("move_slot", "Move an appointment to another day.", confirm=True, booking=number, day=day),
        ]
    )
    assert str(caller.say("I need to cancel my appointment, K55120")).startswith("Shall I cancel")

    said = str(caller.say("Then don't cancel it, I'd rather move it, to Friday"))
    assert said.startswith("Shall I move")
    assert "K55120" in said
    assert "Friday, 4 December" in said


@pytest.mark.parametrize(("said", "value"), [("No, nobody was hurt", False), ("Yes, two people were hurt", True)])
def test_yes_or_no_takes_nothing_back(said: str, value: bool) -> None:
    """When that was asked."""
    hurt = {"type": "boolean", "description": "whether anyone was hurt"}
    caller = Caller(
        [tool("report_accident", "Report an accident.", policy=text("policy number, seven digits"), anyone_hurt=hurt)]
    )
    caller.say("I need to report an accident")
    assert "hurt" in str(caller.say("6602914"))

    called_with = caller.say(said)
    assert called_with[0] == "report_accident"
    assert called_with[1]["anyone_hurt"] is value  # type: ignore[index]


def test_what_it_is_about_is_told_in_any_words() -> None:
    """Where nothing else may be meant."""
    call = tool("call_back", "Have somebody call a customer back.", about=text("what they want to talk about"))
    caller = Caller([call])
    caller.say("Please have somebody call me back")

    assert caller.calls("It's about a letter I got from you")[0] == "call_back"


def test_what_a_caller_wants_to_know_is_what_it_is_about() -> None:
    """It is not answered."""
    call = tool("call_back", "Arrange that a colleague calls back.", about=text("what it is about"))
    caller = Caller([call])
    caller.say("Please have somebody call me back")

    assert caller.calls("I want to know if I need a crown") == (
        "call_back",
        {"about": "I want to know if I need a crown"},
    )

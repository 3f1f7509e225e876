"""The way to a person."""

from __future__ import annotations

import pytest

from tests.local.brain.routing import Caller, desk, text, tool

pytestmark = pytest.mark.speech


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


def test_a_front_desk_may_know_a_person() -> None:
    """Where the agent itself has no way to one; not twice."""
    front = tool("transfer_to_reception", "Hand the caller over to reception. The front desk.", reason=text("why"))
    caller = Caller([front, *desk()[:1]])

    assert caller.calls("give me a real person")[0] == "transfer_to_reception"
    caller.returns('{"error": "no"}')
    assert "no colleague" in str(caller.say("give me a real person"))


def test_a_message_is_the_next_best() -> None:
    """Who takes messages has somebody call back."""
    take = tool("take_message", "Take a message.", ["I want to speak to somebody"], name=text("the caller's name"))

    assert Caller([take]).say("give me a real person") == "What is your name?"


def test_who_was_sent_for_a_person_is_not_sent_away() -> None:
    """Whoever notes what callers want is as near to a person as they get: what it asks is asked again."""
    take = tool("note_concern", "Note a concern for the manager, who calls back.", name=text("the caller's name"))
    desk_again = tool("transfer_to_reception", "Hand the caller over to reception. The front desk.", reason=text("why"))
    wish = "I want to speak to a real person"
    caller = Caller([take, desk_again])
    caller.arrive(f"Reason: {wish}\nWhat was said so far:\nCaller: {wish}")

    said = str(caller.say("No, not a machine, a real human being!"))
    assert said == "I am sorry, nobody is free at the moment. What is your name?"


CLERK = tool(
    "transfer_to_clerk",
    "Hand the caller over to clerk. Notes things. Use it for: the caller wants a human, or to speak to the mayor.",
)
LAMPS = tool("transfer_to_lamps", "Hand the caller over to lamps. Use it for: lamps that are broken or dark.")


def test_whom_a_way_leads_to_may_be_named_otherwise() -> None:
    """By whom its purpose names."""
    caller = Caller([*desk()[:1], CLERK])
    caller.say("Where is my parcel?")

    assert caller.calls("That's daylight robbery! Put me through to the mayor")[0] == "transfer_to_clerk"


@pytest.mark.parametrize("words", ["Could you send me a picture of the driver?", "Do you have a photo of the lady?"])
def test_who_speaks_of_people_asks_for_none(words: str) -> None:
    """What only examples tell needs a colleague for it."""
    assert isinstance(Caller([*desk()[:1], CLERK]).say(words), str)


def test_who_can_do_it_goes_before_who_notes_it() -> None:
    """Unless a person is asked for, or the caller complains."""
    note = tool("note", "Note what somebody wants of us.", name=text("name"), what=text("what they want"))
    fix = tool("mend_lamp", "Have a lamp mended.", street=text("the street"))
    caller = Caller([{**CLERK, "able": [note]}, {**LAMPS, "able": [fix]}])

    assert caller.calls("The lamp in front of our house is dark, somebody should have a look at it")[0] == (
        "transfer_to_lamps"
    )


def test_of_several_ways_the_one_that_is_meant_is_taken() -> None:
    """Not that to who brings something for some persons."""
    house = tool(
        "transfer_to_house", "Hand the caller over to house. Use it for: taxis for several persons.", ["I need a taxi"]
    )
    boss = tool("transfer_to_boss", "Hand the caller over to boss. Use it for: the caller wants the manager.")

    assert Caller([house, boss], "").calls("Is there a real person I could ask?")[0] == "transfer_to_boss"


def test_whom_another_colleague_sends_is_no_person_to_speak_to() -> None:
    """An engineer is sent, not spoken to."""
    visits = tool("transfer_to_visits", "Hand the caller over to visits. Use it for: an engineer should come.")
    person = tool("transfer_to_person", "Hand the caller over to person. Has a member of staff call back.")

    assert Caller([visits, person]).calls("Okay. Can you send me an engineer?")[0] == "transfer_to_visits"
    assert Caller([visits, person]).calls("I'd rather talk to somebody who is not a machine")[0] == "transfer_to_person"

"""What callers say about what was said and done before."""

from __future__ import annotations

import pytest

from tests.local.brain.routing import Caller, text, tool

DAY_ONLY = {"type": "string", "format": "date", "description": "the day"}
WHEN = {"type": "string", "format": "date-time", "description": "day and time of the test"}
pytestmark = pytest.mark.speech
DAY = {"type": "string", "format": "date", "description": "the day"}
FREE = tool("free_times", "List the free times of a day.", day=DAY)
BOOK = tool("book_visit", "Book a visit.", confirm=True, new_day=DAY, time=text("the time of the visit"))
PRICE = tool("price", "Tell what an item costs.", item={"type": "string", "enum": ["lamp", "chair"]})


def looked_up() -> Caller:
    """Return a caller who was told what is free on a Tuesday."""
    caller = Caller([FREE, BOOK])
    assert caller.say("What is free on Tuesday?") == ("free_times", {"day": "2026-12-01"})
    caller.returns("Free are ten o'clock and noon.")
    return caller


def test_what_was_looked_up_is_taken_over() -> None:
    """The day of the question is that of the booking."""
    said = str(looked_up().say("Then I'd like to book a visit at ten o'clock please"))

    assert "Tuesday, 1 December" in said
    assert "ten o'clock" in said


def test_another_value_repeats_the_call() -> None:
    """Nothing else is said than the value."""
    assert looked_up().say("then Thursday") == ("free_times", {"day": "2026-12-03"})


def test_a_question_that_follows_repeats_the_call() -> None:
    """Also after words that say nothing."""
    caller = Caller([PRICE])
    assert caller.say("What does the lamp cost?") == ("price", {"item": "lamp"})
    caller.returns("Ten euros.")

    assert caller.say("Oh good. And the chair?") == ("price", {"item": "chair"})


@pytest.mark.parametrize("words", ["thanks a lot", "that was it, goodbye"])
def test_other_words_repeat_nothing(words: str) -> None:
    """Thanks and goodbyes are no values."""
    assert isinstance(looked_up().say(words), str)


def test_what_cannot_be_found_is_said_again_whole() -> None:
    """A question about what was said, which no single sentence answers."""
    assert "noon" in str(looked_up().say("Sorry, how long did you say?"))


def test_the_time_that_was_offered_is_taken() -> None:
    """ "That one" is the day and the time that were just named."""
    free = tool("next_free", "Look up the next free lesson.")
    book = tool("book_lesson", "Book a lesson.", confirm=True, when={"type": "string", "format": "date-time"})
    caller = Caller([free, book])
    assert caller.say("When is the next free lesson?") == ("next_free", {})
    caller.returns("The next free lesson is on Thursday at four.")

    said = str(caller.say("Great, I'll take that one"))
    assert "Thursday, 3 December at four o'clock" in said


def test_a_bare_question_asks_for_what_was_just_told() -> None:
    """ "How many?" has no other meaning."""
    seats = tool("free_seats", "Check how many seats are left.")
    caller = Caller([seats])
    assert caller.say("How many seats are left?") == ("free_seats", {})
    caller.returns("There are eleven seats left.")

    assert caller.say("How many?") == "There are eleven seats left."


def leaving(question: str, told: str) -> Caller:
    """Return a caller who has had a question passed on, and was told what becomes of it."""
    leave = tool("leave_word", "Pass on a question.", name=text("name of the caller"), question=text("the question"))
    caller = Caller([leave])
    caller.say("Please pass on a question")
    caller.say("Anna Schmidt")
    assert caller.calls(question)[0] == "leave_word"
    caller.returns(told)
    return caller


def test_words_that_are_no_value_change_no_message() -> None:
    """A farewell after a message is not another message."""
    caller = leaving("I want to know why the heating is off", "Noted.")

    assert isinstance(caller.say("No, that's all. Goodbye"), str)


TRACK = tool(
    "track_parcel", "Find out where a parcel is.", parcel=text("parcel number, five digits", pattern=r"^\d{5}$")
)
PASS = tool(
    "guest_pass",
    "Make a day pass for a guest.",
    guest=text("name of the guest"),
    day=DAY | {"description": "the day of the visit"},
    pool={"type": "boolean", "description": "whether the guest swims", "optional": True},
)


@pytest.mark.parametrize("between", [(), ("How many stops?",)])
def test_who_names_the_old_value_corrects_it(between: tuple[str, ...]) -> None:
    """Also some turns after the call."""
    caller = Caller([TRACK])
    assert caller.say("Where is my parcel 48213?") == ("track_parcel", {"parcel": "48213"})
    caller.returns("The driver has four stops before yours.")
    for words in between:
        assert isinstance(caller.say(words), str)

    assert caller.say("Hold on, did I say 48213? It's 48231") == ("track_parcel", {"parcel": "48231"})


def test_what_a_call_should_have_had_besides_is_added() -> None:
    """The same function is meant, and nothing that was said before is taken back."""
    caller = Caller([PASS])
    made = caller.calls("I'd like a day pass for a guest on Tuesday, her name is Nina Rossi")
    caller.returns("The pass is at the desk.")

    assert caller.say("She'll want the day pass with pool") == (made[0], {**made[1], "pool": True})


def test_another_one_is_no_correction() -> None:
    """It is a matter of its own."""
    caller = Caller([PASS])
    caller.calls("I'd like a day pass for a guest on Tuesday, her name is Nina Rossi")
    caller.returns("The pass is at the desk.")

    assert isinstance(caller.say("And another day pass for a guest with pool, please"), str)


def test_the_callers_own_name_serves_another_matter() -> None:
    """What the last matter was about does not."""
    book = tool("book_visit", "Book a visit.", name=text("full name"), day=DAY)
    caller = Caller([book])
    assert caller.calls("I'd like to book a visit on Tuesday, my name is Nina Rossi")[1]["name"] == "Nina Rossi"
    caller.returns("Booked.")

    assert caller.say("And I'd like to book another visit") == "On which day?"


FARE = tool(
    "fare",
    "Tell what a boat costs.",
    boat={"type": "string", "enum": ["canoe", "rowing boat"]},
    days={"type": "integer", "description": "for how many days"},
    vests={"type": "boolean", "description": "whether life vests are needed", "optional": True},
)
RENT = tool(
    "rent_boat",
    "Rent a boat.",
    confirm=True,
    boat={"type": "string", "enum": ["canoe", "rowing boat"]},
    day=DAY,
    name=text("the caller's full name"),
)


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("And for a week?", {"days": 7}),
        ("and for two?", {"days": 2}),
        ("What about the rowing boat then?", {"boat": "rowing boat"}),
        ("For five days?", {"days": 5}),
    ],
)
def test_a_question_that_only_names_another_value_asks_the_same_again(words: str, changed: dict[str, object]) -> None:
    """All else is as it was."""
    caller = Caller([FARE, RENT])
    assert caller.say("What does a canoe cost for three days?") == ("fare", {"boat": "canoe", "days": 3})
    caller.returns("60 euros.")

    assert caller.say(words) == ("fare", {"boat": "canoe", "days": 3} | changed)


def test_it_is_no_answer_to_what_is_asked() -> None:
    """In the middle of another matter, unless it has the value that is asked for."""
    caller = Caller([FARE, RENT])
    caller.say("I'd like to rent a canoe on Friday")
    assert caller.say("What would it cost for two days?") == ("fare", {"boat": "canoe", "days": 2})
    assert str(caller.returns("40 euros.")).startswith("40 euros. You wanted to rent a boat.")

    assert caller.say("And for four days?") == ("fare", {"boat": "canoe", "days": 4})


def test_the_call_just_made_is_corrected_while_something_else_is_asked() -> None:
    """What the caller is asked for takes no such value."""
    extend = tool("extend_stay", "Extend a stay.", until=DAY)
    report = tool(
        "report_fault", "Report a fault.", usable={"type": "boolean", "description": "whether it still works"}
    )
    caller = Caller([extend, report])
    caller.say("I'd like to report a fault")
    assert caller.say("Could I also extend my stay until Wednesday?") == ("extend_stay", {"until": "2026-12-02"})
    caller.returns("That is fine.")

    assert caller.say("Thursday, I mean") == ("extend_stay", {"until": "2026-12-03"})


def test_a_question_after_what_was_done_has_nothing_done_again() -> None:
    """However near it is to what the function takes."""
    caller = leaving(
        "I want to know why my arm has a rash after the tablets", "You will be called back within an hour."
    )

    assert isinstance(caller.say("Should I stop taking the tablets until then?"), str)


def test_another_value_may_be_tried_after_asking_why_one_failed() -> None:
    """The rest is as it was."""
    change = tool(
        "change_day", "Change the day of a crossing.", booking=text("the booking", pattern=r"^F\d{5}$"), day=DAY
    )
    caller = Caller([change, FREE])
    assert caller.calls("I need to change the day of my crossing, F12345, to Friday")[0] == "change_day"
    caller.returns("That does not work, the ferry is full on that day.")
    caller.say("Why not?")

    assert caller.say("Then Saturday") == ("change_day", {"booking": "F12345", "day": "2026-12-05"})


def test_a_time_is_chosen_on_the_day_that_was_looked_up() -> None:
    """Where both are one value."""
    free = tool("free_tests", "Tells which times are free on a day.", ["What is free?"], day=DAY_ONLY)
    book = tool("book_test", "Books a driving test.", ["I want to book a test"], confirm=True, when=WHEN)
    caller = Caller([free, book], "")
    caller.calls("What is free on Thursday?")
    caller.returns("7:30 and 11:00 are free.")

    said = caller.say("Half past seven it is then, please book that test for me")

    assert "Thursday" in str(said)
    assert "half past seven" in str(said)


def test_more_of_another_thing_is_the_same_again() -> None:
    """For the same room, with what is said now."""
    bring = tool(
        "bring", "Bring something to a room.", room=text("room number", pattern=r"^\d{3}$"), item=text("what to bring")
    )
    caller = Caller([bring])
    assert caller.say("Could you bring an iron to room 412, please?") == ("bring", {"room": "412", "item": "iron"})
    caller.returns("Somebody is on their way.")

    name, arguments = caller.calls("And two more pillows, please")
    assert (name, arguments["room"]) == ("bring", "412")
    assert "pillow" in arguments["item"]


REPORT = tool(
    "report_damage",
    "Report that a parcel has arrived damaged.",
    ["it came broken"],
    parcel=text("parcel number, SW and four digits", pattern=r"^SW\d{4}$"),
    value={"type": "number", "description": "what it is worth, in euros"},
)


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("Wait, I've read you the wrong line. It's SW1243", {"parcel": "SW1243"}),
        ("It wasn't a hundred and twenty, I've just seen the bill, it was a hundred and forty euros", {"value": 140}),
        ("Oh, I gave you the wrong number, it's SW one two four three", {"parcel": "SW1243"}),
    ],
)
def test_a_call_that_was_made_is_corrected_in_any_words(said: str, changed: dict[str, object]) -> None:
    """As if its values had just been read back; also when something was asked in between."""
    caller = Caller([REPORT])
    given = {"parcel": "SW1234", "value": 120}
    assert caller.say("Parcel SW1234 came broken, it was worth 120 euros") == ("report_damage", given)
    caller.returns("The damage is reported. Please keep the box.")
    caller.say("Sorry, what am I supposed to keep?")

    assert caller.say(said) == ("report_damage", {**given, **changed})


def test_another_day_is_not_another_matter() -> None:
    """What was said of the first stays known."""
    move = tool("move_visit", "Move a visit to another day.", code=text("booking code", pattern=r"^B\d{3}$"), day=DAY)
    look = tool("find_visit", "Tell when a visit is.", code=text("booking code", pattern=r"^B\d{3}$"))
    caller = Caller([move, look])
    assert caller.say("When is my visit? The code is B123") == ("find_visit", {"code": "B123"})
    caller.returns("It is on Monday at nine.")

    assert caller.say("Please move it to another day, to Thursday") == (
        "move_visit",
        {"code": "B123", "day": "2026-12-03"},
    )


def test_what_is_to_be_the_same_is_taken_from_the_last_call() -> None:
    """The day, the time, or the name."""
    at = {"type": "string", "format": "time", "description": "at what time"}
    table = tool("book_table", "Book a table.", name=text("the caller's name"), day=DAY, at=at)
    caller = Caller([table])
    given = {"name": "Leo Marsh", "day": "2026-12-01", "at": "19:30"}
    assert caller.say("I'd like a table on Tuesday at half past seven in the evening, my name is Leo Marsh") == (
        "book_table",
        given,
    )
    caller.returns("The table is booked.")

    said = "And another table on Friday at the same time and under the same name"
    assert caller.say(said) == ("book_table", {**given, "day": "2026-12-04"})


def test_a_further_wish_is_no_correction() -> None:
    """Although it has other values: it goes on, and takes nothing back."""
    meter = tool(
        "submit_reading",
        "Note a meter reading.",
        meter=text("number of the meter, four digits", pattern=r"^\d{4}$"),
        reading={"type": "integer", "description": "what it shows"},
    )
    caller = Caller([meter])
    caller.say("The meter 4711 shows 5522")
    caller.returns("Thank you, I have noted it.")

    assert caller.say("And meter number 9011 shows 10481") == ("submit_reading", {"meter": "9011", "reading": 10481})


def test_the_same_is_looked_up_for_another_one_as_well() -> None:
    """What was not said again stays as it was."""
    rooms = {"type": "string", "enum": ["single", "double"]}
    check = tool("check_rooms", "Find out whether a room is free.", kind=rooms, arrival=DAY)
    caller = Caller([check])
    assert caller.calls("Is a single room free on Tuesday?")[1] == {"kind": "single", "arrival": "2026-12-01"}
    caller.returns("Yes, that is free.")

    assert caller.calls("And is a double room free as well?")[1] == {"kind": "double", "arrival": "2026-12-01"}


def test_another_value_is_taken_after_what_was_declined() -> None:
    """Also as a question."""
    when = {"type": "string", "format": "time", "description": "the time"}
    guests = {"type": "integer", "description": "how many guests"}
    table = tool("book_table", "Reserve a table in the restaurant.", confirm=True, day=DAY, at=when, guests=guests)
    trips = tool("transfer_to_concierge", "Hand the caller over to concierge. Use it for: tours, taxis and trips.")
    caller = Caller([table, trips])
    caller.say("I'd like a table for six people on the twentieth of December at eight in the evening")
    assert "leave it" in str(caller.say("No, that's too late for the children"))

    assert "half past six" in str(caller.say("Could we come at half past six?"))


def test_the_same_of_another_thing_is_no_correction() -> None:
    """It is done as well."""
    room = {"type": "integer", "description": "number of the room"}
    many = {"type": "integer", "description": "how many", "optional": True}
    bring = tool("bring_items", "Bring something to a room.", item=text("what is wanted"), room=room, quantity=many)
    caller = Caller([bring])
    assert caller.calls("Please bring a pillow to room 214")[1] == {"item": "pillow", "room": 214}
    caller.returns("It will be with you in ten minutes.")

    assert "pillow" not in str(caller.say("And two bathrobes to room 214, please"))


@pytest.mark.parametrize(
    ("words", "asked"),
    [("I need a new visit tomorrow", "At what time?"), ("Please book one for another patient tomorrow", "full name")],
)
def test_a_new_matter_is_for_the_same_person(words: str, asked: str) -> None:
    """Unless another one is named."""
    visit = tool(
        "book_visit", "Book a visit.", patient=text("full name of the patient"), day=DAY, time=text("the time")
    )
    drop = tool("cancel_visit", "Cancel a visit.", patient=text("full name of the patient"), day=DAY)
    caller = Caller([visit, drop])
    assert caller.calls("Please cancel the visit of Ahmed Khan on Friday")[1]["patient"] == "Ahmed Khan"
    caller.returns("It is cancelled.")

    assert asked in str(caller.say(words))

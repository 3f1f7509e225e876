"""How much sentences mean what an agent can do."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.choice import (
    ABLE,
    BEYOND,
    Choices,
    action,
    informs,
    is_about_speaking,
    names,
    only_names,
    prototypes,
    vocabulary,
    without_unwanted,
)
from tests.local.brain.routing import INSTRUCTIONS, TODAY, desk, encoder, text, tool

pytestmark = pytest.mark.speech
FIND, CANCEL, ENGINEER, MESSAGE, BILLING = desk()


def choices() -> Choices:
    """Return the desk's."""
    return Choices(encoder(), desk(), INSTRUCTIONS, TODAY)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Where has my parcel got to?", "find_order"),
        ("I changed my mind about order 48213, cancel it", "cancel_order"),
        ("Could a technician come round?", "book_engineer"),
        ("I'd like somebody to ring me back", "take_message"),
        ("There is a mistake on my bill", "transfer_to_billing"),
        ("Put me through to billing", "transfer_to_billing"),
    ],
)
def test_what_is_meant_comes_first(text: str, name: str) -> None:
    """Other words than the examples' are understood."""
    assert choices().ranked(text)[0][1]["name"] == name


def test_nothing_is_ranked_among_nothing() -> None:
    """An agent without functions can still talk."""
    assert Choices(encoder(), [], "", TODAY).ranked("hello") == []
    assert Choices(encoder(), [], "", TODAY).answer("hello")[1] == ""
    assert Choices(encoder(), [], "", TODAY).nearest("hello", []) is None


def test_known_answer_is_found() -> None:
    """A question in other words has the answer; a caller's own matter counts less."""
    score, answer = choices().answer("Where can I find you?")
    own, _ = choices().answer("Where can I find my order 48213?")

    assert answer == "In Harbour Street."
    assert score > own


def test_listed_value_is_found_by_meaning() -> None:
    """What is near to two values, or to none, is not guessed."""
    values = ["internet down", "forgotten password", "forgotten password"]

    assert choices().nearest("The internet does not work", values) == 0
    assert choices().nearest("I forgot my password", values) is None
    assert choices().nearest("I like cheese", values) is None


def test_small_talk_is_recognised() -> None:
    """Words about nothing have a reply."""
    assert choices().small_talk("thank you so much")[1].startswith("You are welcome")


def test_colleague_is_asked_for_by_name() -> None:
    """With a word such as "transfer", or in few words; other functions have no name that is asked for."""
    assert names("Please transfer me to billing", BILLING)
    assert names("Billing, please.", BILLING)
    assert not names("I have got a question about the billing of my last order", BILLING)
    assert not names("find order", FIND)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("Transfer me to billing, please.", True),
        ("Technical support, please.", True),
        ("Transfer me to billing, I was charged twice for one order", False),
        ("I was charged twice", False),
    ],
)
def test_sentence_that_only_names_a_colleague(text: str, only: bool) -> None:
    """It says whom the caller wants, not why."""
    assert only_names(text) is only


def test_prototypes_are_description_and_examples() -> None:
    """Boilerplate of transfers and confirmations says nothing; lists are taken apart."""
    found = prototypes(BILLING)

    assert {"invoices, charges and refunds.", "billing", "I was charged twice"} <= set(found)
    assert {"bills", "debts", "fees"} <= set(prototypes(tool("t", "Knows all: bills, debts, fees.")))
    assert not any("Hand the caller" in text for text in found)
    assert not any("confirm" in text for text in prototypes(CANCEL))
    assert prototypes({"name": "bare_name"}) == ("bare name",)
    assert vocabulary(tool("t", "The kittens")) == {"kitten", "t"}


def test_function_for_those_who_want_to_speak() -> None:
    """Taking a message serves callers who only ask for somebody."""
    wanted = tool("take_message", "Take a message.", ["I want to speak to a person"])

    assert is_about_speaking(wanted)
    assert not is_about_speaking(FIND)


def test_what_is_wanted_is_no_place() -> None:
    """Who wants a room wants none of the things that are brought to one."""
    book, bring = tool("book_room", "Book a room."), tool("bring", "Bring something to a room, such as water.")
    ranked = Choices(encoder(), [book, bring], "", TODAY).ranked("I'd like a room please")

    assert ranked[0][1] is book


def test_a_booking_that_is_called_off_is_no_wish_to_book() -> None:
    """A day in it does not make it one."""
    book, cancel = tool("book_course", "Book a course."), tool("cancel_course", "Cancel a course.")
    ranked = Choices(encoder(), [book, cancel], "", TODAY).ranked("I booked a course for Saturday but I can't come")

    assert ranked[0][1] is cancel


def test_a_word_of_the_same_group_names_no_colleague() -> None:
    """A short sentence names a department only if it says nothing else."""
    delivery = tool("transfer_to_delivery", "Hand the caller over to delivery.")

    assert not names("My parcel never arrived", delivery)
    assert names("Delivery, please", delivery)


BOOK = tool("book_visit", "Book a visit.", confirm=True)
MOVE = tool("move_booking", "Move a booking to another day.", confirm=True)
DAMAGE = tool("report_damage", "Report that something arrived broken.")
MISSING = tool("report_missing", "Start a search for a parcel that never arrived.")


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("I'd booked a visit but I have to move it", "change"),
        ("cancel the booking", "cancel"),
        ("I want to keep it a bit longer", "extend"),
        ("I'd like to become a member", "join"),
        ("where is it?", ""),
    ],
)
def test_what_is_to_be_done(text: str, does: str) -> None:
    """Of several actions that a text names, cancelling and changing come before booking."""
    assert action(text) == does


def test_what_is_to_be_done_tells_functions_apart() -> None:
    """Who says that they booked wants to move it now."""
    among = Choices(encoder(), [BOOK, MOVE], "", TODAY)

    assert among.ranked("I booked a visit with you but I need to move it")[0][1] is MOVE


def test_what_has_happened_tells_functions_apart() -> None:
    """What is in pieces is not missing."""
    among = Choices(encoder(), [DAMAGE, MISSING], "", TODAY)

    assert among.ranked("I opened my parcel and the vase inside is in pieces")[0][1] is DAMAGE


def test_a_transfer_is_as_likely_as_what_it_makes_possible() -> None:
    """What the colleague does counts, and where they do nothing themselves, what others do."""
    workshop = {**tool("transfer_to_workshop", "Hand the caller over to workshop."), ABLE: [BOOK, MOVE], BEYOND: ()}
    front = {**tool("transfer_to_front", "Hand the caller over to front."), ABLE: (), BEYOND: [DAMAGE, MISSING]}
    among = Choices(encoder(), [front, workshop], "", TODAY)

    assert among.ranked("can you move my booking to another day?")[0][1] is workshop
    assert among.ranked("my parcel arrived broken")[0][1] is front


WEDNESDAY = "When could we come in on Wednesday?"
DAY = {"type": "string", "format": "date", "description": "the day"}
FREE = tool("free_times", "Find out which times are free on a day.", day=DAY)


def test_question_for_a_value_is_no_wish() -> None:
    """What only tells something comes before what does something."""
    move = tool("move_visit", "Move an appointment.", ["We cannot come then"], new_day=DAY)
    among = Choices(encoder(), [FREE, move], "", TODAY)

    assert among.ranked(WEDNESDAY)[0][1] is FREE
    assert among.tells(FREE)
    assert not among.tells(move)


def test_thing_that_is_wanted() -> None:
    """What is asked for tells more than for whom it is."""
    visit = tool("examine", "Examine an animal.", ["My cat is not well"], animal={"type": "string"})
    refill = tool("order_refill", "Order a refill.", ["We have run out of tablets"], medicine={"type": "string"})
    among = Choices(encoder(), [visit, refill], "", TODAY)

    assert among.ranked("I need more tablets for my cat")[0][1] is refill


def test_a_number_of_its_form_speaks_for_a_function() -> None:
    """Only where others do not take it."""
    tickets = [
        tool(
            "ticket_status", "Find out how far a ticket is.", ticket=text("ticket number", pattern=r"^[A-Z]{2}\d{5}$")
        ),
        tool("buy_ticket", "Buy a ticket.", name=text("full name")),
    ]

    def scores(words: str) -> dict[str, float]:
        ranked = Choices(encoder(), tickets, INSTRUCTIONS, TODAY).ranked(words)
        return {str(one["name"]): score for score, one in ranked}

    with_number, without = (
        scores("there is a ticket of my son's, too, PT38819"),
        scores("there is a ticket of my son's, too"),
    )
    assert with_number["ticket_status"] - without["ticket_status"] > with_number["buy_ticket"] - without["buy_ticket"]


def test_greetings_do_not_count() -> None:
    """What is said before what is wanted changes nothing."""
    plain = [score for score, _ in choices().ranked("Where is my parcel?")]
    assert [score for score, _ in choices().ranked("Good morning, where is my parcel?")] == pytest.approx(
        plain, abs=0.05
    )


def test_a_description_may_be_a_question() -> None:
    """ "Which times are free?" tells something, and does nothing."""
    assert informs(tool("free_slots", "Which times are free for a vaccination?"))
    assert not informs(tool("book_visit", "Book a visit."))
    assert informs(tool("tell_price", "Tell the caller that a visit has a price."))
    assert not informs(tool("report", "Tell the dentists that somebody needs help at once."))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Then don't cancel it, I'd rather move it to Friday", "Then  , I'd rather move it to Friday"),
        ("Please don't send it, I'll pick it up tomorrow", "Please  , I'll pick it up tomorrow"),
        ("Don't book it", "Don't book it"),  # else nothing would be left
        ("I don't know why it does not work", "I don't know why it does not work"),
    ],
)
def test_what_a_caller_does_not_want_is_not_what_they_want(said: str, wanted: str) -> None:
    """It is left out where they say what they do."""
    assert without_unwanted(said) == wanted

"""Questions that are looked up in text files, and what of them is read aloud."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.wording import ROLE
from orchestrator.local.brain.dialogue.documents import searches
from orchestrator.local.brain.saying import phrases
from orchestrator.team.functions import WHAT_TO_LOOK_UP
from tests.local.brain.routing import Caller, desk, message, text, tool

pytestmark = pytest.mark.speech
ASKED = ROLE.format(asker="billing")
ABOUT = "Look up what the documents say about: Ways to pay, Pets, Opening hours, Breakfast, Parking."
LOOK_UP = tool("look_up", ABOUT, question=text(WHAT_TO_LOOK_UP))
CARDS = "We take Visa, Mastercard and cash. Cheques are not accepted."


def caller() -> Caller:
    """Return a caller of a desk with documents."""
    return Caller([*desk(), LOOK_UP])


def found(*texts: str) -> str:
    """Return what the tool answers."""
    return json.dumps({"passages": [{"about": "A", "text": one} for one in texts], "note": "For a model."})


def test_the_function_is_known_by_its_argument() -> None:
    """Whatever it is called; another one that takes a question is not it."""
    assert searches({**LOOK_UP, "name": "handbook"})
    assert not searches(tool("ask", ABOUT, question=text("the question")))
    assert not searches({"type": "function", "name": "end_call"})


@pytest.mark.parametrize(
    "asked",
    ["Do you take cards?", "Can I bring my dog?", "When do you serve breakfast?", "What time can I get into my room?"],
)
def test_a_question_that_nothing_else_is_for_is_looked_up(asked: str) -> None:
    """In the caller's words."""
    assert caller().say(asked) == ("look_up", {"question": asked})


def test_the_best_passage_is_read() -> None:
    """Not what is written for models, and not the passages after it."""
    one = caller()
    one.say("Do you take cards?")

    assert one.returns(found(CARDS, "A deposit is held on your card.")) == f"{CARDS} {phrases.ANYTHING_ELSE}"


def test_other_wishes_are_not_disturbed() -> None:
    """Functions, colleagues, known answers and small talk come first."""
    one = caller()

    assert one.say("What are your opening hours?") == "From eight to six."
    assert one.say("Where is order 48213?") == ("find_order", {"order_number": "48213"})
    assert caller().say("I was charged twice") == ("transfer_to_billing", {"reason": "I was charged twice"})
    assert caller().say("I want to cancel my order") == "What is the order number?"
    assert caller().say("How do I cancel an order?") == "What is the order number?"
    assert "look up" not in str(caller().say("What can you do?"))


def test_a_question_in_between_is_looked_up() -> None:
    """Then the matter at hand goes on."""
    one = caller()
    one.say("I want to cancel my order")

    assert one.say("Do you take cards?") == ("look_up", {"question": "Do you take cards?"})
    assert str(one.returns(found(CARDS))).startswith(CARDS)
    assert one.say("48213") == "Thank you. Shall I cancel order 48213?"


def test_what_is_not_found_is_not_made_up() -> None:
    """The caller is answered as if there were no documents, and it is not looked up again at once."""
    one = caller()
    one.say("Do you have a swimming pool?")

    assert str(one.returns(found())).startswith(phrases.SORRY_UNKNOWN)


def test_a_failure_is_told_as_that_of_any_tool() -> None:
    """It is no answer."""
    one = caller()
    one.say("Do you take cards?")

    assert phrases.CANNOT in str(one.returns(json.dumps({"error": "look_up failed; try again later."})))


def test_a_statement_is_looked_up_if_nobody_understands_it() -> None:
    """If it is a whole sentence."""
    assert caller().say("The zebra has eaten all of the parsnips") == (
        "look_up",
        {"question": "The zebra has eaten all of the parsnips"},
    )
    assert isinstance(caller().say("Zebra."), str)


def test_the_sentence_that_answers_is_read_of_a_long_passage() -> None:
    """With the one beside it that is nearer; items of a list are sentences."""
    one = caller()
    one.say("When is breakfast?")
    long = (
        "The house was built in 1903 for a family of merchants, who lived in it until the war and left it to the town. "
        "It has forty rooms on four floors, of which some look over the harbour and others over the garden behind. "
        "Breakfast is served at eight. There is tea."
    )

    assert str(one.returns(found(long))).startswith("Breakfast is served at eight. There is tea.")
    other = caller()
    other.say("When is breakfast?")
    assert str(other.returns(found("Breakfast is in the hall.", "Breakfast:\nfrom 8:00"))).startswith(
        "Breakfast. from 8:00."
    )


def test_what_was_asked_of_a_colleague_is_looked_up_on_arrival() -> None:
    """As is what a colleague asks who has the caller."""
    one = Caller([LOOK_UP])

    assert one.arrive("What was said so far:\nCaller: Can I bring my dog?") == (
        "look_up",
        {"question": "Can I bring my dog?"},
    )


def test_nobody_is_put_through_to_be_told_what_is_in_a_document() -> None:
    """If the agent has documents itself; else to who has them."""
    transfer = tool("transfer_to_office", "Hand the caller over to office. Plans events.", reason=text("why"))
    able = {"office": [LOOK_UP]}
    one, other = Caller([transfer, LOOK_UP]), Caller([transfer])
    one.router._able = other.router._able = able

    assert one.calls("When do you serve breakfast?")[0] == "look_up"
    assert other.calls("When do you serve breakfast?")[0] == "transfer_to_office"


def test_a_colleague_who_asks_is_told_what_the_documents_say() -> None:
    """Or that nobody knows."""
    one = Caller([LOOK_UP])
    one.items += [message("system", ASKED), message("user", "Do you take cards?")]

    assert one.outcome() == ("look_up", {"question": "Do you take cards?"})
    assert one.returns(found(CARDS)) == CARDS
    other = Caller([LOOK_UP, desk()[0]])
    other.items += [message("system", ASKED), message("user", "Where is order 48213?")]
    assert other.outcome() == ("find_order", {"order_number": "48213"})
    third = Caller([LOOK_UP])
    third.items += [message("system", ASKED), message("user", "Who won the match yesterday?")]
    third.outcome()
    assert third.returns(found()) == phrases.DO_NOT_KNOW

"""What was said before in the call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest

from orchestrator.core.wording import HANDED_OVER
from orchestrator.local.brain.dialogue.recollection import Line, lines, recollected, since_done
from orchestrator.local.brain.learned.meaning import Likely
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context
from tests.local.brain.routing import Caller, message, text, tool
from tests.local.brain.understanding.claims.test_values import hearing

pytestmark = pytest.mark.speech
OWNER = Parameter("owner", text("first and last name of the owner"), True)
ANIMAL = Parameter("animal", text("name of the animal"), True)
PHONE = Parameter("phone", text("telephone number"), True)
NOTE = Parameter("note", text("the note"), True)
WANTED = (OWNER, ANIMAL, PHONE, NOTE)
CONTEXT = Context(date(2026, 11, 28), beside=WANTED)


def test_lines_of_other_agents_count() -> None:
    """A briefing tells what was said before this agent had the caller."""
    briefing = f"{HANDED_OVER.format(source='diary')}\nWhat was said so far:\nCaller: Hello.\ndiary: Who is calling?"

    assert lines([message("system", briefing), message("user", "It\u2019s me")]) == [
        (True, "Hello."),
        (False, "Who is calling?"),
        (True, "It's me"),
    ]


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ([(True, "I'm Lucy Tanner, a check-up for our bird Kiwi")], {"owner": "Lucy Tanner", "animal": "Kiwi"}),
        ([(True, "It's our dog Rex"), (True, "and our cat Tom")], {}),
        (
            [(False, "Thank you. What is the first and last name of the owner?"), (True, "Tanner, Lucy Tanner")],
            {"owner": "Lucy Tanner"},
        ),
        ([(False, "What is your telephone number?"), (True, "oh one six one, four nine six")], {"phone": "0161496"}),
        ([(False, "My name is Desk Example"), (True, "Good morning")], {}),
    ],
)
def test_values_said_before(said: list[Line], values: dict[str, str]) -> None:
    """The caller's own name, the one name of whom they call for, and answers to the same question."""
    assert recollected(WANTED, said, CONTEXT) == values


def test_it_is_what_was_spoken_of() -> None:
    """A thing that was named before "it" or "those", and no other: what was not named is asked for."""
    order = tool("order_product", "Order a product.", confirm=True, product=text("name of the product"))
    caller = Caller([order])
    caller.items.append(message("user", "what does the green jacket cost?"))
    caller.items.append(message("assistant", "Yes."))

    assert "jacket" in str(caller.say("good, please order it"))
    assert "name of the product" in str(Caller([order]).say("please order it"))


def test_name_is_not_asked_twice() -> None:
    """P02, P03: what was said to a colleague need not be said again."""
    order = tool("order_refill", "Order a refill.", confirm=True, animal=text("name of the animal"))
    said = Caller([order]).arrive("What was said so far:\nCaller: I want to order a refill for our bird Kiwi, please")

    assert "Kiwi?" in str(said)


def test_what_was_told_of_the_matter_in_hand_counts() -> None:
    """Statements since the last matter was done, no question; the newest counts."""
    day = Parameter("day", {"type": "string", "format": "date"}, True)
    told = (True, "I've got an appointment on Friday, but I can't make it")
    asked = (True, "Until when are you open on Sunday?")
    done = (False, f"Booked. {phrases.ANYTHING_ELSE}")

    assert recollected([day], [told, asked], CONTEXT) == {"day": "2026-12-04"}
    assert recollected([day], [told, (True, "or was it on Monday")], CONTEXT) == {"day": "2026-11-30"}
    assert recollected([day], [told, done], CONTEXT) == {}


def test_lines_of_the_matter_in_hand() -> None:
    """What was said before the last matter was done is no part of it."""
    done = (False, f"Booked. {phrases.ANYTHING_ELSE}")

    assert since_done([(True, "Book it"), done, (True, "And a taxi"), (False, "When?")]) == ["And a taxi"]


@pytest.mark.parametrize(("likelier", "value"), [(2.0, {"customer": 51290}), (0.5, {})])
def test_a_number_that_was_told_without_being_asked_for(likelier: float, value: dict[str, int]) -> None:
    """It identifies the caller for the next matter as well, where it is likely to be that number."""
    customer = Parameter("customer", {"type": "integer", "description": "customer number"}, True)
    told = "is my parcel there? my number is 51290"
    learnt = hearing(told, customer=[("51290", likelier)])
    said = [(True, told), (False, f"Yes. {phrases.ANYTHING_ELSE}"), (True, "then I have a complaint")]

    def both(text: str, wanted: Sequence[Parameter], asked: str) -> Mapping[str, Likely]:
        return (learnt if text == told else hearing(text))(text, wanted, asked)

    assert recollected([customer], said, replace(CONTEXT, beside=[customer], learnt=both)) == value


def test_a_number_of_an_unmistakable_form_is_remembered() -> None:
    """However it was said; digits alone may be anything."""
    parcel = Parameter("parcel", text("parcel number", pattern=r"^SW\d{8}$"), True)
    account = Parameter("account", text("account number", pattern=r"^\d{8}$"), True)
    here = replace(
        CONTEXT, beside=(parcel, account), learnt=lambda said, wanted, asked: hearing(said)(said, wanted, asked)
    )
    done = (False, f"It is lost. {phrases.ANYTHING_ELSE}")

    said = [(True, "Where is SW60024419?"), done, (True, "I want to report it")]
    assert recollected([parcel], said, here) == {"parcel": "SW60024419"}
    assert recollected([account], [(True, "It is 60024419"), done, (True, "I want to close it")], here) == {}


def test_a_name_that_any_agent_asked_for_is_the_callers() -> None:
    """Whatever another calls its parameter."""
    said = [(False, "What is your full name?"), (True, "Lucy Tanner"), (True, "I need a vet as well")]

    assert recollected([OWNER], said, CONTEXT) == {"owner": "Lucy Tanner"}


@pytest.mark.parametrize(("number", "found"), [("0871 234 5566", {"phone": "08712345566"}), ("550 127 743", {})])
def test_a_number_without_a_prefix_is_remembered_as_no_telephones(number: str, found: dict[str, str]) -> None:
    """It may be that of a card."""

    def learnt(said: str, wanted: Sequence[Parameter], asked: str) -> Mapping[str, Likely]:
        return hearing(said, phone=[(number, 3.0)] if number in said else [])(said, wanted, asked)

    said = [(True, f"It's {number}"), (True, "Somebody should call me")]
    assert recollected([PHONE], said, replace(CONTEXT, beside=(PHONE,), learnt=learnt)) == found


def test_a_number_that_was_named_is_remembered() -> None:
    """However unlikely it is otherwise."""
    room = Parameter("room", {"type": "string", "description": "number of the room"}, True)
    said = "This is Room 512. I'd like a sandwich."
    context = replace(CONTEXT, beside=[room], learnt=hearing(said, room=[("512", 0.5)]))

    done = (False, f"It is on its way. {phrases.ANYTHING_ELSE}")
    assert recollected([room], [(True, said), done], context) == {"room": "512"}
    said = "There were about 512 people there."
    context = replace(context, learnt=hearing(said, room=[("512", 0.5)]))
    assert recollected([room], [(True, said), done], context) == {}

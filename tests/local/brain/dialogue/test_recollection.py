"""What was said before in the call."""

from __future__ import annotations

from datetime import date

import pytest

from orchestrator.core.wording import HANDED_OVER
from orchestrator.local.brain.dialogue.recollection import Line, lines, recollected
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context
from tests.local.brain.routing import Caller, message, text, tool

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

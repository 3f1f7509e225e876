"""What is said more than what was asked for, and other than before."""

from __future__ import annotations

import pytest

from tests.local.brain.routing import Caller, text, tool

pytestmark = pytest.mark.speech
COLLECT = tool(
    "collect_rubbish",
    "Have old things collected.",
    ["I want to get rid of an old sofa"],
    confirm=True,
    items=text("what is to be collected"),
    address=text("street and house number"),
    alone={"type": "boolean", "description": "whether the driver carries it alone", "optional": True},
)
REPORT = tool(
    "report_damage",
    "Report that a hired machine is broken.",
    ["The machine does not work"],
    contract=text("the contract number, five digits"),
    damage=text("what is broken"),
    machine=text("which machine"),
)


def collecting() -> Caller:
    """Return a caller who was asked whether something is to be collected."""
    caller = Caller([COLLECT])
    caller.say("I want to get rid of an old sofa")
    said = caller.say("12 Harbour Street")
    assert isinstance(said, str)
    assert "sofa" in said
    assert "12 Harbour Street" in said
    return caller


def test_what_is_added_to_a_value_is_read_back() -> None:
    """To what was said in the caller's own words, which is not replaced."""
    said = collecting().say("Yes, but there's a wardrobe as well")

    assert isinstance(said, str)
    assert "sofa" in said
    assert "wardrobe" in said


def test_a_correction_replaces_what_was_said() -> None:
    """Another address is no second one."""
    said = collecting().say("No, 14 Harbour Street")

    assert isinstance(said, str)
    assert "14 Harbour Street" in said
    assert "12" not in said


def test_what_an_answer_brings_is_added() -> None:
    """To what the caller said before anything was asked for."""
    caller = Caller([REPORT])
    caller.say("The chainsaw that I've hired from you is broken")

    name, arguments = caller.calls("62218 is the contract, there's smoke coming out of the motor")
    assert name == "report_damage"
    assert "smoke" in arguments["damage"]


def test_who_asks_for_somebody_may_say_what_it_is_about() -> None:
    """Then they are not asked for it again."""
    note = tool(
        "take_note",
        "Notes what a caller wants from the manager.",
        ["I want to speak to the manager"],
        name=text("name of the caller"),
        topic=text("what it is about"),
    )
    caller = Caller([note], "")
    caller.say("I'd like to speak to the manager about the broken lift")

    assert "lift" in caller.calls("My name is Ada Wong")[1]["topic"]


@pytest.mark.parametrize(
    ("said", "name"),
    [("Ms Okonjo, please", None), ("I'd like to speak to Ms Okonjo, my name is Leo Marsh", "Leo Marsh")],
)
def test_who_is_asked_for_is_not_who_calls(said: str, name: str | None) -> None:
    """Their own name is asked for, unless they say it."""
    note = tool(
        "leave_note",
        "Leave a note for the manager, Ms Okonjo, who calls back.",
        ["I want to speak to Ms Okonjo", "Ms Okonjo, please"],
        caller=text("the caller's name"),
        matter=text("what it is about"),
    )
    caller = Caller([note])
    caller.say(said)

    assert caller.memory["dialogue"].current.arguments.get("caller") == name

"""The functions that an agent is offered by its ways to others."""

from __future__ import annotations

from orchestrator.team import with_examples
from orchestrator.team.functions import consult_tools, transfer_tool, way_tools, ways_named
from tests.core.scene import team

TEAM = team(
    """
team: t
agents:
  a:
    instructions: x
    handoffs:
      b: {when: invoices, args: {amount: number}, examples: [My bill is wrong]}
  b: {instructions: x, description: Solves bills., handoffs: [a]}
"""
)


def test_a_transfer_is_a_function_with_a_reason() -> None:
    """The edge's arguments are required; description, when and examples tell the model when to call it."""
    tool = transfer_tool(TEAM.edges("a")[0], TEAM)

    assert tool["name"] == "transfer_to_b"
    said = "Hand the caller over to b. Solves bills. Use it for: invoices."
    assert tool["description"] == f'{said} For example: "My bill is wrong".'
    assert tool["parameters"]["required"] == ["amount"]
    assert set(tool["parameters"]["properties"]) == {"reason", "amount"}


def test_the_whole_function_tool() -> None:
    """In the shape that a session takes; each argument as the edge says it, the reason optional."""
    assert transfer_tool(TEAM.edges("a")[0], TEAM) == {
        "type": "function",
        "name": "transfer_to_b",
        "description": (
            'Hand the caller over to b. Solves bills. Use it for: invoices. For example: "My bill is wrong".'
        ),
        "parameters": {
            "type": "object",
            "properties": {
                "reason": {"type": "string", "description": "why, in a few words, as the next agent should know it"},
                "amount": {"type": "number"},
            },
            "required": ["amount"],
            "additionalProperties": False,
        },
    }


def test_a_question_keeps_its_mark() -> None:
    """A text that ends with a stop of its own gets no second one."""
    asked = team("team: t\nagents: {a: {instructions: x, handoffs: {b: 'any questions?'}}, b: {instructions: x}}\n")
    assert transfer_tool(asked.edges("a")[0], asked)["description"].endswith("Use it for: any questions?")


def test_without_words_only_the_name_is_told() -> None:
    """Nothing is made up."""
    assert transfer_tool(TEAM.edges("b")[0], TEAM)["description"] == "Hand the caller over to a."


def test_examples_and_confirmation_are_part_of_the_description() -> None:
    """In one form for tools and transfers."""
    told = with_examples("Cancel.", ["Stop it", "Away"], confirm=True)
    assert told == 'Cancel. Ask the caller to confirm before calling this. For example: "Stop it"; "Away".'
    assert with_examples("Cancel.", []) == "Cancel."


PLAY = team(
    """
team: t
variables: {verified: {type: boolean, set_by: check}, matter: {description: what it is about, enum: [bill, card]}}
agents:
  a:
    instructions: x
    tools: ["x.py:check"]
    handoffs: {b: {needs: [verified, matter], args: {amount: number}, returns: true}}
    consult: {c: {when: plans, examples: [Can I pay later]}}
  b: {instructions: x}
  c: {kind: text, instructions: x, description: Plans payments}
"""
)


def test_needs_are_said_and_can_be_filled_in() -> None:
    """Those that only a tool may set are no arguments; the others are optional ones."""
    (tool,) = way_tools("a", PLAY)

    assert tool["description"] == "Hand the caller over to b. It needs verified, matter."
    assert tool["parameters"]["required"] == ["amount"]
    assert {name: said for name, said in tool["parameters"]["properties"].items() if name != "reason"} == {
        "matter": {"type": "string", "description": "what it is about", "enum": ["bill", "card"]},
        "amount": {"type": "number"},
    }


def test_whoever_got_the_caller_with_a_way_back_can_give_them_back() -> None:
    """With a reason, and nothing else."""
    (tool,) = way_tools("b", PLAY)

    assert tool["name"] == "hand_back"
    assert tool["description"].startswith("Give the caller back to the colleague who handed them to you")
    assert (list(tool["parameters"]["properties"]), tool["parameters"]["required"]) == (["reason"], [])


def test_a_question_is_a_function() -> None:
    """With the question, which is all that the other is told beside the context."""
    (tool,) = consult_tools("a", PLAY)

    assert tool["name"] == "ask_c"
    assert tool["description"] == (
        'Ask c while the caller stays with you. Plans payments. Use it for: plans. For example: "Can I pay later".'
    )
    assert tool["parameters"]["required"] == ["question"]
    assert consult_tools("b", PLAY) == []


def test_the_names_of_ways_are_known() -> None:
    """No tool may have one of them, of whichever agent."""
    assert ways_named(PLAY).keys() == {
        "hand_back",
        *(f"{what}_{name}" for what in ("ask", "transfer_to") for name in "abc"),
    }
    assert ways_named(PLAY)["ask_c"] == "asks 'c'"

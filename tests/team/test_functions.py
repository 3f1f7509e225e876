"""The transfer functions that an agent is offered."""

from __future__ import annotations

from orchestrator.team import with_examples
from orchestrator.team.functions import transfer_tool
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

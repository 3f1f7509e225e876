"""The function tools that an agent is given for its handoffs, consults and messages."""

from __future__ import annotations

from orchestrator.team.definitions import consult_tools, handoff_tools, message_tools, reserved_names, transfer_tool
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
    """The handoff's arguments are required; description, when and examples tell the model when to call it."""
    tool = transfer_tool(TEAM.edges("a")[0], TEAM)

    assert tool["name"] == "transfer_to_b"
    sentences = "Hand the caller over to b. Solves bills. Use it for: invoices."
    assert tool["description"] == f'{sentences} For example: "My bill is wrong".'
    assert tool["parameters"]["required"] == ["amount"]
    assert set(tool["parameters"]["properties"]) == {"reason", "amount"}


def test_the_whole_function_tool() -> None:
    """In the shape of the Realtime session; each argument as the handoff declares it, the reason optional."""
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


def test_a_sentence_keeps_its_own_punctuation() -> None:
    """A text that ends with a question mark gets no full stop."""
    asked = team("team: t\nagents: {a: {instructions: x, handoffs: {b: 'any questions?'}}, b: {instructions: x}}\n")
    assert transfer_tool(asked.edges("a")[0], asked)["description"].endswith("Use it for: any questions?")


def test_without_a_description_only_the_name_is_given() -> None:
    """Nothing is made up."""
    assert transfer_tool(TEAM.edges("b")[0], TEAM)["description"] == "Hand the caller over to a."


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


def test_needed_variables_are_named_and_can_be_filled_in() -> None:
    """Variables that only a tool may set are not arguments; the others are optional arguments."""
    (tool,) = handoff_tools("a", PLAY)

    assert tool["description"] == "Hand the caller over to b. It needs verified, matter."
    assert tool["parameters"]["required"] == ["amount"]
    assert {name: schema for name, schema in tool["parameters"]["properties"].items() if name != "reason"} == {
        "matter": {"type": "string", "description": "what it is about", "enum": ["bill", "card"]},
        "amount": {"type": "number"},
    }


def test_an_agent_that_may_give_the_caller_back_has_a_function_for_it() -> None:
    """With a reason, and nothing else."""
    (tool,) = handoff_tools("b", PLAY)

    assert tool["name"] == "hand_back"
    assert tool["description"].startswith("Give the caller back to the colleague who handed them to you")
    assert (list(tool["parameters"]["properties"]), tool["parameters"]["required"]) == (["reason"], [])


def test_a_consult_is_a_function() -> None:
    """Its argument is the question, which is all that the other agent is told beside the context."""
    (tool,) = consult_tools("a", PLAY)

    assert tool["name"] == "ask_c"
    assert tool["description"] == (
        'Ask c while the caller stays with you. Plans payments. Use it for: plans. For example: "Can I pay later".'
    )
    assert tool["parameters"]["required"] == ["question"]
    assert consult_tools("b", PLAY) == []


def test_a_message_is_a_function() -> None:
    """Its arguments are the text, and whether it is urgent."""
    agents = "{a: {instructions: x, messages: {b: {when: fire, examples: [It burns]}}}, b: {instructions: x}}"
    (tool,) = message_tools("a", team(f"team: t\nagents: {agents}\n"))

    assert tool["name"] == "message_b"
    assert tool["description"] == (
        "Write a message to b, who has another caller; you do not wait for an answer. "
        'Use it for: fire. For example: "It burns".'
    )
    assert tool["parameters"]["required"] == ["text"]
    assert list(tool["parameters"]["properties"]) == ["text", "urgent"]


def test_the_name_of_a_message_is_reserved_where_there_is_one() -> None:
    """A tool that is called `message_manager` is nothing unusual."""
    agents = "{a: {instructions: x, messages: [b]}, b: {instructions: x}, manager: {instructions: x}}"
    reserved = reserved_names(team(f"team: t\nstart: a\nanywhere: [manager]\nagents: {agents}\n"))

    assert reserved["message_b"] == "writes a message to 'b'"
    assert "message_manager" not in reserved


def test_the_names_of_transfers_and_consults_are_reserved() -> None:
    """Those of all agents, whichever agent has the tool."""
    assert reserved_names(PLAY).keys() == {
        "hand_back",
        *(f"{what}_{name}" for what in ("ask", "transfer_to") for name in "abc"),
    }
    assert reserved_names(PLAY)["ask_c"] == "consults 'c'"

"""What the router says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.local import phrases
from orchestrator.local.parameter import parameters


@pytest.mark.parametrize(
    ("name", "schema", "question"),
    [
        ("order_id", {"type": "string", "description": "the order number, digits"}, "What is the order number?"),
        ("guests", {"type": "integer", "description": "Number of guests"}, "How many guests?"),
        ("time", {"type": "string", "description": "time of day"}, "At what time?"),
        ("day", {"type": "string"}, "On which day?"),
        ("colour", {"enum": ["red", "dark_blue"]}, "Which one: red or dark blue?"),
        ("colour", {"enum": ["red"]}, "red?"),
        ("city", {"type": "string"}, "What is the city?"),
        ("city", {"type": "string", "description": "City of departure"}, "What is the city of departure?"),
        ("why", {"type": "string", "description": "what went wrong"}, "Please tell me what went wrong."),
        ("pin", {"type": "string", "description": "PIN of the card"}, "What is the PIN of the card?"),
    ],
)
def test_questions_read_like_questions(name: str, schema: dict[str, Any], question: str) -> None:
    """From the parameter's description, or its name."""
    (parameter,) = parameters({"parameters": {"properties": {name: schema}}})
    assert phrases.question(parameter) == question


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Order 1 is on its way.", "Order 1 is on its way."),
        ("", "Done."),
        ("null", "Done."),
        ("true", "Yes."),
        ("42", "42."),
        ('"plain"', "plain"),
        ("[]", "There is nothing."),
        ('["a.", "b."]', "a. b."),
        ('{"say": "Hello."}', "Hello."),
        (
            '{"order_state": "sent", "items": ["boots", "socks"], "gift": true, "note": null}',
            "Order state: sent. Items: boots, socks. Gift: yes.",
        ),
        ('{"to": {"city": "Bristol"}}', "To: city Bristol."),
        ("{}", "Done."),
    ],
)
def test_results_are_spoken_as_they_are(output: str, said: str) -> None:
    """Nothing is added to what a tool returned."""
    assert phrases.spoken(output) == said


@pytest.mark.parametrize(
    ("error", "part"),
    [
        ("The transfer to billing failed (no answer). Tell the caller.", "cannot reach billing"),
        ("The caller just came from 'x' and has said nothing since. Talk to them first.", "tell me what you need"),
        ("find_order failed: ValueError: the shelf is empty", "did not work: the shelf is empty."),
    ],
)
def test_failures_are_put_in_the_callers_words(error: str, part: str) -> None:
    """What is meant for a model's eyes is not read aloud."""
    assert part in phrases.spoken(json.dumps({"error": error}))


def test_who_and_what() -> None:
    """Both come from the session, not from imagination."""
    assert phrases.who("You are the front desk of Acme. Be brief.") == "I am the front desk of Acme."
    assert phrases.who("Help callers.") == "I am a voice assistant."
    tools = [{"name": "find_order"}, {"name": "cancel_order"}, {"name": "transfer_to_billing"}]
    assert phrases.abilities(tools) == "I can find order or cancel order. I can connect you with billing."
    assert "nothing I can do" in phrases.abilities([])
    assert phrases.ask_back([tools[0], tools[2]]) == "Do you want to find order or to be put through to billing?"

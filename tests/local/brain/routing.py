"""A caller who talks to the router in words, and the functions of a small desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from orchestrator.core.wording import HANDED_OVER
from orchestrator.local.brain.port import Action, CallFunction, Request, Say
from orchestrator.local.brain.router import Router
from orchestrator.local.brain.understanding.encoder import SentenceEncoder
from orchestrator.team import with_examples

TODAY = date(2026, 11, 28)  # a Saturday
INSTRUCTIONS = """You are the desk of Example. Be brief.

# Known answers
Q: What are your opening hours? A: From eight to six.
Q: Where are you located? A: In Harbour Street."""


def tool(
    called: str, description: str, examples: Sequence[str] = (), /, *, confirm: bool = False, **properties: Any
) -> dict[str, Any]:
    """Return a function tool; all its parameters are required, unless they say `optional`."""
    required = [key for key, schema in properties.items() if not schema.pop("optional", False)]
    schema = {"type": "object", "properties": properties, "required": required}
    described = with_examples(description, examples, confirm=confirm)
    return {"type": "function", "name": called, "description": described, "parameters": schema}


def text(description: str, **more: Any) -> dict[str, Any]:
    """Return the schema of a string."""
    return {"type": "string", "description": description, **more}


def desk() -> list[dict[str, Any]]:
    """Return a desk's functions."""
    number = text("the order number, five digits")
    return [
        tool(
            "find_order",
            "Find out where an order is.",
            ["Where is my parcel?", "Has it been shipped?"],
            order_number=number,
        ),
        tool("cancel_order", "Cancel an order.", ["I do not want it any more"], confirm=True, order_number=number),
        tool(
            "book_engineer",
            "Book the visit of an engineer.",
            ["Please send somebody to repair it"],
            day=text("the day of the visit"),
            time=text("the time of the visit"),
        ),
        tool(
            "take_message",
            "Take a message for a colleague, who calls back.",
            ["Can somebody call me back?"],
            name=text("the caller's name"),
            message=text("the message"),
        ),
        tool(
            "transfer_to_billing",
            "Hand the caller over to billing. Explains invoices. Use it for: invoices, charges and refunds.",
            ["I was charged twice", "I have a question about my invoice"],
            reason=text("why", optional=True),
        ),
    ]


def message(role: str, words: str) -> dict[str, Any]:
    """Return a message item."""
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": words}]}


@cache
def encoder() -> SentenceEncoder:
    """Return the encoder, loaded once."""
    return SentenceEncoder()


class Caller:
    """Talks to a router; `said` is what it answered last, `called` the function that it called last."""

    def __init__(
        self, tools: Sequence[dict[str, Any]] | None = None, instructions: str = INSTRUCTIONS, language: str = "en"
    ) -> None:
        self.router = Router(encoder())
        self.tools = desk() if tools is None else list(tools)
        self.instructions, self.language = instructions, language
        self.tool_choice: Any = "auto"
        self.items: list[dict[str, Any]] = []
        self.memory: dict[str, Any] = {}

    def respond(self, instructions: str = "", purpose: str = "") -> list[Action]:
        """Have the router respond; what it does becomes items."""
        session = Request(self.instructions, self.tools, self.tool_choice, self.items, TODAY, language=self.language)
        request = replace(session, response_instructions=instructions, purpose=purpose)
        actions = self.router.decide(request, self.memory)
        for action in actions:
            if isinstance(action, Say):
                content = [{"type": "output_audio", "transcript": action.text}]
                self.items.append({"type": "message", "role": "assistant", "content": content})
            else:
                arguments = json.dumps(action.arguments)
                call = {"call_id": f"call_{len(self.items)}", "name": action.name, "arguments": arguments}
                self.items.append({"type": "function_call", **call})
        return actions

    def say(self, words: str) -> str | tuple[str, dict[str, Any]]:
        """Say something; return what is said back, or the function that is called and its arguments."""
        content = [{"type": "input_audio", "transcript": words}]
        self.items.append({"type": "message", "role": "user", "content": content})
        return self.outcome()

    def calls(self, words: str) -> tuple[str, dict[str, Any]]:
        """Say something that has a function called; return its name and arguments."""
        outcome = self.say(words)
        assert not isinstance(outcome, str), f"said instead: {outcome}"
        return outcome

    def returns(self, output: str) -> str | tuple[str, dict[str, Any]]:
        """Return something from the function that was called last."""
        call_id = self.items[-1]["call_id"]
        self.items.append({"type": "function_call_output", "call_id": call_id, "output": output})
        return self.outcome()

    def arrive(self, briefing: str) -> str | tuple[str, dict[str, Any]]:
        """Arrive from another agent."""
        self.items.append(message("system", f"{HANDED_OVER.format(source='reception')}\n{briefing}"))
        return self.outcome()

    def hears_only(self, words: str) -> None:
        """Hear no more than this of what was said last, because of going on to speak."""
        self.items[-1] = message("assistant", words)

    def outcome(self) -> str | tuple[str, dict[str, Any]]:
        """Have the router respond with one action."""
        (action,) = self.respond()
        return action.text if isinstance(action, Say) else called(action)


def shop() -> Caller:
    """Return a caller of a front desk that knows a fact about jackets, and a colleague who can look things up."""
    sizes = {"type": "string", "enum": ["S", "M", "L"]}
    stock = tool(
        "check_stock", "Look up whether clothes are in stock in a size.", product=text("which one"), size=sizes
    )
    orders = tool("transfer_to_orders", "Hand the caller over to orders. Use it for: where an order is.")
    advice = tool(
        "transfer_to_advice", "Hand the caller over to advice. Use it for: advice on clothes, what is in stock."
    )
    fact = "Q: Which jackets are waterproof? A: The Storm jacket is waterproof. The Breeze jacket is not."
    caller = Caller([orders, advice], fact)
    caller.router = Router(encoder(), {"advice": [stock]})
    return caller


def called(action: Action) -> tuple[str, dict[str, Any]]:
    """Return a function call's name and arguments."""
    assert isinstance(action, CallFunction)
    return action.name, action.arguments

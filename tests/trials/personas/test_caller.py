"""A simulated caller."""

from __future__ import annotations

from orchestrator.team.trials import Persona
from orchestrator.trials.personas.caller import NOTHING, SimulatedCaller, instructions
from tests.trials.personas.asking import asking

REFUND = Persona(persona="impatient", goal="a refund without a PIN", turns=3)


def test_the_model_is_told_who_it_is() -> None:
    """How they are, what they want, and all that they can tell."""
    assert "How you are: impatient.\nWhat you want: a refund without a PIN.\n" in instructions(REFUND)
    assert NOTHING in instructions(REFUND)
    knowing = REFUND.model_copy(update={"knows": {"order": "48213", "name": "Anna"}})
    assert "order: 48213; name: Anna" in instructions(knowing)


async def test_the_caller_answers_what_the_team_says() -> None:
    """Turn by turn, until they hang up."""
    async with asking('"I want a refund."', "Then forget it. Goodbye! [hang up]") as (model, server):
        caller = SimulatedCaller(REFUND, model)
        assert await caller.next_words("How can I help you?") == "I want a refund."
        assert await caller.next_words("") == "Then forget it. Goodbye!"
        assert await caller.next_words("Goodbye.") is None

    assert [body["messages"][-1]["content"] for _, body in server.requests] == [
        "How can I help you?",
        "(The line is silent.)",
    ]


async def test_who_only_hangs_up_says_nothing() -> None:
    """No empty turn."""
    async with asking("[hang up]") as (model, _):
        assert await SimulatedCaller(REFUND, model).next_words("Hello?") is None


async def test_the_caller_hangs_up_after_so_many_turns() -> None:
    """A call with a persona ends."""
    async with asking("Why?", "Why?", "Why?") as (model, _):
        caller = SimulatedCaller(REFUND, model)
        assert [await caller.next_words("Because.") for _ in range(4)] == ["Why?", "Why?", "Why?", None]

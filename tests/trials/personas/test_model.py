"""A language model that is asked one question after another."""

from __future__ import annotations

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.trials.personas import model as module
from tests.trials.personas.asking import asking


async def test_it_remembers_what_it_was_asked_and_answered() -> None:
    """The instructions, then the whole conversation, are in each request."""
    async with asking("I want my money back.", "It is 4821.", instructions="You are a caller.") as (model, server):
        assert await model.ask("How can I help you?") == "I want my money back."
        assert await model.ask("What is your PIN?") == "It is 4821."
    (_, first), (_, second) = server.requests

    assert first["model"] == "qwen3:4b"
    assert [line["role"] for line in first["messages"]] == ["system", "user"]
    assert "You are a caller." in first["messages"][0]["content"]
    assert [line["content"] for line in second["messages"]][1:] == [
        "How can I help you?",
        "I want my money back.",
        "What is your PIN?",
    ]


@pytest.mark.parametrize("reply", [(500, "{}"), (429, "{}"), b""])
async def test_one_that_fails_is_told(reply: tuple[int, str] | bytes) -> None:
    """Whoever asks gets the reason as an error."""
    async with asking(reply) as (model, _):
        with pytest.raises(RealtimeError):
            await model.ask("Hello?")


async def test_it_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit for each answer."""
    monkeypatch.setattr(module, "SECONDS", 0.01)
    async with asking("Too late.") as (model, server):
        server.gate.clear()
        with pytest.raises(RealtimeError, match="no answer within"):
            await model.ask("Hello?")
        server.gate.set()


async def test_of_an_endless_answer_the_beginning_counts() -> None:
    """4,000 characters."""
    async with asking("word " * 2_000) as (model, _):
        assert len(await model.ask("Hello?")) == 3_999  # without the space at its end

"""Which model an agent runs on, and why."""

from __future__ import annotations

import pytest

from orchestrator.providers.choosing import choose_model, choose_models
from orchestrator.team import Agent

KEY = "sk-very-secret-key"


def agent(model: str | None = None) -> Agent:
    return Agent(name="front", instructions="Hi", model=model)


@pytest.mark.parametrize(
    ("own", "wanted", "environ", "choice"),
    [
        ("azure/desk", "local", {"OPENAI_API_KEY": KEY}, ("azure", "desk")),
        ("openai", None, {}, ("openai", "gpt-realtime-2.1")),
        (None, "openai/gpt-realtime-2", {}, ("openai", "gpt-realtime-2")),
        (None, "local", {"OPENAI_API_KEY": KEY}, ("local", "embedded")),
        (None, None, {"OPENAI_API_KEY": KEY}, ("openai", "gpt-realtime-2.1")),
        (None, None, {}, ("local", "embedded")),
    ],
)
def test_the_choice_and_its_reason(
    own: str | None, wanted: str | None, environ: dict[str, str], choice: tuple[str, str]
) -> None:
    """The agent's own, the one wanted for all, OpenAI with a key, else local; and why."""
    chosen = choose_model(agent(own), wanted=wanted, environ=environ)
    assert (chosen.provider, chosen.model) == choice
    assert chosen.why
    assert KEY not in str(chosen)


@pytest.mark.parametrize(
    ("own", "fallback", "names"),
    [
        (None, (), ["local/embedded"]),
        ("openai", ("azure/desk", "local"), ["openai/gpt-realtime-2.1", "azure/desk", "local/embedded"]),
    ],
)
def test_fallbacks_come_in_order(own: str | None, fallback: tuple[str, ...], names: list[str]) -> None:
    """The agent's model first, then those that the team file names."""
    made = Agent(name="front", instructions="Hi", model=own, fallback=fallback)
    chosen = choose_models(made, wanted=None, environ={})

    assert [choice.name for choice in chosen] == names
    assert chosen[0] == choose_model(made, wanted=None, environ={})
    assert all("fallback" in choice.why for choice in chosen[1:])

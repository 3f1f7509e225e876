"""What calls cost."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.providers.choosing import DEFAULT_MODEL, Choice
from orchestrator.providers.prices import FREE, FULL, MINI, PRICES, cost, price_of, unpriced
from orchestrator.team import Price
from tests.core.scene import team

# One dollar a token, so that sums can be read; each kind another power of ten.
TOKENS = Price(text_in=1e6, text_cached=1e5, text_out=1e7, audio_in=1e8, audio_cached=1e4, audio_out=1e9)


def usage(total_in: Any, into: Any = None, total_out: Any = 0, out: Any = None) -> dict[str, Any]:
    """Return the `usage` of a response."""
    return {
        "input_tokens": total_in,
        "input_token_details": into,
        "output_tokens": total_out,
        "output_token_details": out,
    }


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("openai/gpt-realtime-2.1", FULL),
        ("openai/gpt-realtime-2", FULL),
        ("openai/gpt-realtime-2.1-mini", MINI),
        ("local/embedded", FREE),
        ("openai/gpt-5", None),
        ("azure/gpt-realtime-2.1", None),
    ],
)
def test_what_is_known(name: str, price: Price | None) -> None:
    """Models by name or as they were chosen; a deployment at Azure may be anything."""
    provider, _, model = name.partition("/")
    assert price_of(name, {}) is price
    assert price_of(Choice(provider, model, "why"), {}) is price
    assert f"openai/{DEFAULT_MODEL}" in PRICES


def test_the_team_goes_first() -> None:
    """Its own prices replace the table's, also for what is free."""
    own = Price(text_in=1)
    for name in ("openai/gpt-realtime-2.1", "local/embedded", "mine/x"):
        assert price_of(name, {name: own}) is own


@pytest.mark.parametrize(
    ("said", "dollars"),
    [
        # As the service tells it: cached tokens are part of the others.
        (
            usage(
                30,
                {
                    "text_tokens": 10,
                    "audio_tokens": 20,
                    "cached_tokens": 7,
                    "cached_tokens_details": {"text_tokens": 3, "audio_tokens": 4},
                },
                7,
                {"text_tokens": 2, "audio_tokens": 5},
            ),
            7 * 1 + 3 * 0.1 + 16 * 100 + 4 * 0.01 + 2 * 10 + 5 * 1000,
        ),
        # Images are text.
        (usage(3, {"text_tokens": 1, "image_tokens": 2}), 3),
        # Cached without a split is text, as far as there is any.
        (usage(5, {"text_tokens": 2, "audio_tokens": 3, "cached_tokens": 4}), 2 * 0.1 + 3 * 100),
        # What is not split is dear.
        (usage(3, None, 2, None), 3 * 100 + 2 * 1000),
        (usage(3, {"text_tokens": 1}, 2, {"text_tokens": 1}), 1 + 2 * 100 + 10 + 1000),
        # More cached than there is.
        (usage(1, {"audio_tokens": 1, "cached_tokens_details": {"audio_tokens": 9}}), 0.01),
        (usage("many", [], -1, {"text_tokens": True, "audio_tokens": 10**30}), 0),
        (usage(float("nan"), {"text_tokens": 1.5}), 0),
        ({}, 0),
        (None, 0),
        ("x", 0),
    ],
)
def test_a_response_has_a_price(said: Any, dollars: float) -> None:
    """Text, audio and cached apart; what is missing or ill-typed counts as nothing and never raises."""
    assert cost(said, TOKENS) == pytest.approx(dollars)


def test_cached_tokens_cost_as_others_unless_the_team_says() -> None:
    """A price that is not there is no gift."""
    said = usage(10, {"text_tokens": 10, "cached_tokens": 10})

    assert cost(said, Price(text_in=1e6)) == 10
    assert cost(said, Price(text_in=1e6, text_cached=0)) == 0
    assert cost(said, FREE) == 0


def test_a_minute_of_talk_costs_what_the_price_page_says() -> None:
    """600 tokens heard, 1,200 spoken: nine cents and a half."""
    said = usage(600, {"audio_tokens": 600}, 1200, {"audio_tokens": 1200})
    assert cost(said, FULL) == pytest.approx(0.0192 + 0.0768)


def test_models_without_a_price_are_told_when_money_is_limited() -> None:
    """Each once, with the agents that may run on it; fallbacks too."""
    text = """
team: t
limits: {{{}}}
providers: {{mine: {{url: "ws://127.0.0.1:9"}}}}
prices: {{mine/a: {{text_in: 1}}}}
agents: {{a: {{instructions: x, handoffs: [b]}}, b: {{instructions: y, handoffs: [a]}}}}
"""
    models = {
        "a": (Choice("mine", "a", ""), Choice("azure", "desk", "")),
        "b": (Choice("openai", "gpt-realtime-2.1", ""), Choice("azure", "desk", ""), Choice("local", "embedded", "")),
    }

    assert unpriced(team(text.format("")), models) == []
    (problem,) = unpriced(team(text.format("money: 1")), models)
    assert (problem.what, problem.remedy, problem.fatal) == (
        "what 'azure/desk' costs is not known (a, b)",
        "Add it under `prices:`.",
        False,
    )
    assert ":3:" in problem.where

"""Secrets do not come into reports."""

from __future__ import annotations

from orchestrator.observe.facts import Outcome
from orchestrator.trials.reports.masking import masked, masked_fact
from tests.observe.happened import ran


def mask(text: str) -> str:
    return text.replace("4111", "[card]")


def test_values_are_masked_however_deep() -> None:
    """Texts in lists and mappings; numbers and names of keys stay."""
    assert masked({"a": ["4111", 4111, ("x 4111",)], "b": None}, mask) == {
        "a": ["[card]", 4111, ["x [card]"]],
        "b": None,
    }


def test_facts_are_masked() -> None:
    """What kind they are, and when they were, stays."""
    card = {"card": "4111"}
    told = masked_fact(ran("take_card", arguments=card, output="Taken: 4111", variables=card), mask)

    assert (told.arguments, told.output, told.variables) == (
        '{"card": "[card]"}',
        "Taken: [card]",
        {"card": "[card]"},
    )
    assert (told.start, told.outcome, told.name) == (1.0, Outcome.COMPLETED, "take_card")

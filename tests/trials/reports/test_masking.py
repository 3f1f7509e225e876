"""Secrets do not come into reports."""

from __future__ import annotations

from orchestrator.observe.facts import Outcome, ToolRan
from orchestrator.trials.reports.masking import masked, masked_fact


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
    ran = ToolRan(
        start=1.0,
        end=2.0,
        agent="billing",
        name="take_card",
        call_id="fc1",
        arguments='{"number": "4111"}',
        output="Taken: 4111",
        outcome=Outcome.COMPLETED,
        variables={"card": "4111"},
    )
    told = masked_fact(ran, mask)

    assert (told.arguments, told.output, told.variables) == (
        '{"number": "[card]"}',
        "Taken: [card]",
        {"card": "[card]"},
    )
    assert (told.start, told.outcome, told.name) == (1.0, Outcome.COMPLETED, "take_card")

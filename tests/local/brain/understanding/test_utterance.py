"""What readers are given."""

from __future__ import annotations

from datetime import date

from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context, Utterance


def test_what_was_read_is_taken_out() -> None:
    """The other readers get the rest."""
    whole = Parameter("x", {}, required=True)
    utterance = Utterance(whole, "at ten on Monday", answer=False, context=Context(date(2026, 11, 28)))

    assert utterance.without(0, 6).split() == ["on", "Monday"]

"""Languages as data."""

from __future__ import annotations

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding.acts import Act


def test_every_act_has_words() -> None:
    """A language file that lacks one would never recognise it."""
    english = language.load("en")

    assert english.within.keys() | english.whole.keys() == {act.value for act in Act}
    assert len(english.weekdays) == 7
    assert len(english.months) == 12

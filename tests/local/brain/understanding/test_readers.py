"""What is left of an answer when its wrapping is taken off."""

from __future__ import annotations

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding.readers import tidy


def test_an_answer_is_unwrapped() -> None:
    """ "Well, it's a … please" is no part of it."""
    assert tidy("Well, I'd like a cleaning, please.", language.load("en")) == "cleaning"

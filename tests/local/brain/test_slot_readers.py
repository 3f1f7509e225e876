"""Yes and no, as callers say them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.slot_readers import agreement, bare


@pytest.mark.parametrize(
    ("text", "agreed"),
    [
        ("Yes.", True),
        ("yes, I don't want it any more", True),
        ("well, sure", True),
        ("That's right", True),
        ("Please go ahead", True),
        ("No.", False),
        ("no, that's not right", False),
        ("I do not want that", False),
        ("Please stop", False),
        ("my cat is blue", None),
        ("", None),
    ],
)
def test_agreement(text: str, agreed: bool | None) -> None:
    """The first word decides; without a yes or a no at the start, a no anywhere is a no."""
    assert agreement(text) is agreed


def test_answer_is_stripped_of_its_lead() -> None:
    """ "Well, it's" is no part of a name."""
    assert bare("Well, it's Miller.") == "Miller"

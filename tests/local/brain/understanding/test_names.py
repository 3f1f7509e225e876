"""Names as people say them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding import names

ENGLISH = language.load("en")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("under the name Miller", "Miller"),
        ("my name is Anna Schmidt.", "Anna Schmidt"),
        ("my name is anna schmidt and i am late", "Anna Schmidt"),
        ("a table for Mr. Brown", "Brown"),
        ("this is Dr. Jane Fox", "Jane Fox"),
        ("It's M I double L E R", "Miller"),
        ("S-C-H-M-I-D-T", "Schmidt"),
        ("it's Yusuf Dehmir, D-E-M-I-R", "Yusuf Demir"),
        ("Schmitt, that is S C H M I D T", "Schmidt"),
        ("Anna Schmidt, third of May", "Anna Schmidt"),
        ("Well, it's for Tom Becker, on Monday", "Tom Becker"),
        ("I'm looking for a table", None),
        ("how much is a cleaning", None),
        ("I'm back", None),
    ],
)
def test_names_are_found(text: str, name: str | None) -> None:
    """After a cue, spelled, or before a comma; spelled letters correct the name that was said."""
    found = names.find(text, ENGLISH)

    assert (found.value if found else None) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna schmidt", "Anna Schmidt"),
        ("Well, it's Miller.", "Miller"),
        ("O'Connell", "O'Connell"),
        ("under becker, please", "Becker"),
        ("how much is a cleaning", ""),
        ("yes that's right", ""),
        ("I don't know", ""),
        ("a", ""),
        ("one two three four five", ""),
    ],
)
def test_an_answer_that_may_be_a_name(text: str, name: str) -> None:
    """What has words that no name has is none."""
    assert names.bare(text, ENGLISH) == name

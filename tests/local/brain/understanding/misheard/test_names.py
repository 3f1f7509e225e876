"""Tests of names as recognition writes them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.misheard.names import mended, share_known


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Anishmit", "Anna Schmidt"),
        ("Peter Obrion", "Peter O'Brien"),
        ("Mario Rossy", "Mario Rossi"),
        ("Hannavogel", "Hannah Vogel"),
        ("Sammley", "Sam Lee"),
    ],
)
def test_a_misheard_name(heard: str, name: str) -> None:
    """A name that sounds like one that many people have is written like it."""
    assert mended(heard) == name


@pytest.mark.parametrize("name", ["Anna Schmidt", "Linda Mayer", "Becker", "Dylacidin", "Wilhelmina", "Banana", ""])
def test_another_name(name: str) -> None:
    """A name that many people have stays as it is, and so does one that sounds like none of these."""
    assert mended(name) == name


def test_how_much_of_a_name_is_known() -> None:
    """The words that many people's names have count, of all words."""
    assert share_known("Maria Rossi") == 1.0
    assert share_known("Peter Obrion") == 0.5
    assert share_known("") == 0.0

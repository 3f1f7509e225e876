"""Tests of likeness by sound."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.misheard.sounds import ALIKE, SAME, likeness, nearest


@pytest.mark.parametrize(
    ("one", "other"),
    [("Schmidt", "Schmitt"), ("Rossi", "Rossy"), ("Demir", "Dimir"), ("Harbour Street", "Harbor Street")],
)
def test_two_spellings_of_one_name_sound_the_same(one: str, other: str) -> None:
    """What differs by its spelling alone, or by one vowel, is one name."""
    assert likeness(one, other) >= SAME


@pytest.mark.parametrize(("one", "other"), [("O'Connor", "O'Connell"), ("Anna", "Peter"), ("Weber", "Becker")])
def test_two_names_sound_different(one: str, other: str) -> None:
    """Names that differ by more are two names."""
    assert likeness(one, other) < SAME


def test_a_misheard_value_of_a_list() -> None:
    """Of a closed list the value is meant that sounds like what was heard."""
    assert nearest("Anishmet", ["Anna Schmidt", "Tom Becker"]) == "Anna Schmidt"


@pytest.mark.parametrize("said", ["banana", ""])
def test_nothing_sounds_like_it(said: str) -> None:
    """A text that sounds like none of the values is none of them."""
    assert nearest(said, ["Anna Schmidt", "Tom Becker"]) is None


def test_two_values_sound_like_it() -> None:
    """Between two values that both may be meant nothing is decided."""
    assert nearest("Meier", ["Meyer", "Maier"]) is None


def test_a_value_that_was_said_exactly() -> None:
    """A value that was said is meant, however near the next one is."""
    assert nearest("O'Connor", ["O'Connell", "O'Connor"]) == "O'Connor"


def test_a_list_needs_less_than_a_name() -> None:
    """The limits are in this order: a closed list forgives more."""
    assert ALIKE < SAME

"""Speech that is far quieter than the caller's is somebody else's, until it goes on."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.interruptions.loudness import FEWEST, WINDOW, Loudness

STEP = 512


def hears(loudness: Loudness, amplitude: float, steps: int, *, speech: bool = False) -> None:
    """Let it hear steps, perhaps as the caller's speech."""
    for _ in range(steps):
        loudness.hear(np.full(STEP, amplitude, np.int16))
        if speech:
            loudness.speak()


def after_a_turn(steps: int = 50) -> Loudness:
    """Return one that knows a caller, and then hears silence."""
    loudness = Loudness()
    loudness.begin()
    hears(loudness, 4000, steps, speech=True)
    loudness.learn()
    hears(loudness, 5, WINDOW)
    return loudness


def test_nobody_is_far_before_the_first_turn() -> None:
    """How loud a caller is, is not known yet; a turn of a quarter second does not tell it."""
    first = Loudness()
    hears(first, 10, 1)
    assert not first.is_far()
    assert not after_a_turn(FEWEST - 1).is_far()


@pytest.mark.parametrize(("amplitude", "far"), [(4000, False), (1500, False), (800, True), (200, True)])
def test_what_is_much_quieter_is_far(amplitude: float, *, far: bool) -> None:
    """By more than 12 dB: a quarter of the amplitude."""
    loudness = after_a_turn()
    hears(loudness, amplitude, 1)
    assert loudness.is_far() is far


def test_a_weak_syllable_beside_a_strong_one_is_near() -> None:
    """The loudest of the last 320 ms counts."""
    loudness = after_a_turn()
    hears(loudness, 4000, 1)
    hears(loudness, 400, WINDOW - 1)
    assert not loudness.is_far()
    hears(loudness, 400, 1)
    assert loudness.is_far()


def test_who_goes_on_speaking_is_heard() -> None:
    """A caller who is 20 dB quieter than before is heard after some eight seconds."""
    loudness = after_a_turn()
    seconds = 0.0
    while True:
        hears(loudness, 400, 1)
        if not loudness.is_far():
            break
        seconds += STEP / 16000
    assert 6 < seconds < 12


def test_what_is_usual_follows_the_caller() -> None:
    """Who puts the telephone on the table is no stranger after a few turns."""
    loudness = after_a_turn()
    for _ in range(3):
        loudness.begin()
        hears(loudness, 1200, 50, speech=True)
        loudness.learn()
    hears(loudness, 5, WINDOW)
    hears(loudness, 600, 1)
    assert not loudness.is_far()

"""What is heard behind a caller."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from orchestrator.team.trials.talk import Noise
from orchestrator.trials.voice import noises
from orchestrator.trials.voice.noises import behind, noise
from orchestrator.trials.voice.voices import Samples

SPEECH = (np.sin(np.arange(24_000) / 20) * 8_000).astype(np.int16)
KINDS = [pytest.param(kind, marks=pytest.mark.speech if kind == "babble" else ()) for kind in noises.KINDS]


def loudness(sound: Samples) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))


def test_all_noises_of_a_test_are_made() -> None:
    """But for none, and none behind silence."""
    assert {"none", *noises.KINDS} == set(get_args(Noise))
    assert len(behind(SPEECH, "none", 10)) == 0
    assert len(behind(SPEECH[:0], "white", 10)) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("snr", [20.0, 5.0])
def test_a_noise_is_as_loud_as_the_test_says(kind: str, snr: float) -> None:
    """In dB below who speaks."""
    measured = 20 * np.log10(loudness(SPEECH) / loudness(behind(SPEECH, kind, snr)))

    assert measured == pytest.approx(snr, abs=0.3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_noise_is_the_same_each_time(kind: str) -> None:
    """So that a test which has passed passes again."""
    first = noise(kind)
    noise.cache_clear()

    assert np.array_equal(first, noise(kind))


def test_an_office_is_below_a_street_below_a_hiss() -> None:
    """Half of the energy of each lies below another frequency."""
    middles = []
    for kind in ("office", "street", "white"):
        energy = np.cumsum(np.abs(np.fft.rfft(noise(kind))) ** 2)
        middles.append(float(np.searchsorted(energy, energy[-1] / 2) / len(energy) * 12_000))

    assert middles == sorted(middles)
    assert middles[-1] == pytest.approx(6_000, rel=0.05)

"""The log-mel spectrogram is the one that Whisper was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.speech.audio import HEARD
from orchestrator.local.speech.mel import BANDS, MOST, log_mel


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return a pure tone."""
    return (np.sin(2 * np.pi * hertz * np.arange(int(seconds * HEARD)) / HEARD) * 12000).astype(np.int16)


@pytest.mark.parametrize(("seconds", "frames"), [(0.2, 1000), (9.99, 1000), (10.5, 2000), (30.0, MOST)])
def test_windows(seconds: float, frames: int) -> None:
    """Features are padded to the next step, and never beyond what Whisper takes."""
    features = log_mel(np.ones(int(seconds * HEARD), np.int16), step=1000)

    assert features.shape == (BANDS, frames)
    assert features.dtype == np.float32


def test_a_tone_is_in_its_band() -> None:
    """On Slaney's scale 1 kHz is near 15 of 45 mels; below it bands are even, above it they grow."""
    loudest = [int(log_mel(tone(hertz), step=100)[:, 50].argmax()) for hertz in (400, 700, 1000, 2000, 4000)]

    assert 24 <= loudest[2] <= 28
    assert abs((loudest[1] - loudest[0]) - (loudest[2] - loudest[1])) <= 1
    assert abs((loudest[3] - loudest[2]) - (loudest[4] - loudest[3])) <= 1


def test_loudness_is_logarithmic_and_bounded_below() -> None:
    """A tenth of the amplitude is half a unit (20 dB over 40); silence is two units below the loudest."""
    loud, quiet = (log_mel((tone(1000) * share).astype(np.int16), step=100)[:, 50].max() for share in (1.0, 0.1))

    assert loud - quiet == pytest.approx(0.5, abs=0.01)
    features = log_mel(np.concatenate((tone(1000), np.zeros(HEARD, np.int16))), step=100)
    assert features.max() - features.min() == pytest.approx(2.0)


def test_padding_is_silence() -> None:
    """Frames that are added have the least value of all."""
    features = log_mel(tone(1000, 0.5), step=750)

    assert features.shape == (BANDS, 750)
    assert (features[:, 51:] == features.min()).all()

"""The ten voices, all derived from the one that a speech package has for its language.

The English model returns pitch and spectrum separately, so a voice is made by another pitch, another length of the
vocal tract (a stretched spectrum) and another liveliness (how far the pitch moves). Engines that return sound are asked
for another pitch, and their sound is stretched as a whole. The names are those of the service, so that a team file
works with either provider.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.speech.audio import SPOKEN

LOUDNESS, PEAK = 0.07, 0.89  # of full scale: root mean square of the speech, and its loudest sample


@dataclass(frozen=True, slots=True)
class Voice:
    """How one voice differs from the recorded one; all are factors."""

    pitch: float = 1.0
    spectrum: float = 1.0  # below 1: a longer vocal tract, as of a taller person
    liveliness: float = 1.0
    rate: float = 1.0


VOICES = {
    "marin": Voice(),
    "cedar": Voice(0.50, 0.81, 1.0, 0.96),
    "coral": Voice(1.17, 1.06, 1.1, 1.05),
    "sage": Voice(0.92, 1.05, 0.75, 0.95),
    "alloy": Voice(0.85, 0.97),
    "ash": Voice(0.62, 0.82, 0.9, 1.03),
    "ballad": Voice(0.77, 0.86, 1.15, 0.92),
    "echo": Voice(0.69, 0.94, 1.0, 1.06),
    "shimmer": Voice(1.32, 1.14, 1.0, 1.03),
    "verse": Voice(0.56, 0.90, 1.3, 1.0),
}


def bend_pitch(pitch: NDArray[np.float32], voice: Voice) -> NDArray[np.float32]:
    """Change the height and liveliness of a pitch curve (Hz per frame, near 0 where unvoiced)."""
    voiced = pitch > 40.0
    if not voiced.any():
        return pitch
    middle = float(np.median(pitch[voiced]))
    bent = middle * voice.pitch * (np.maximum(pitch, 1.0) / middle) ** voice.liveliness
    return np.where(voiced, np.maximum(bent, 45.0), pitch).astype(np.float32)


def stretch(spectrum: NDArray[np.float32], voice: Voice) -> NDArray[np.float32]:
    """Stretch a spectrum [bins, frames] along its frequencies; beyond the last bin, that bin is repeated."""
    if voice.spectrum == 1.0:
        return spectrum
    bins = spectrum.shape[0]
    place = np.minimum(np.arange(bins) / voice.spectrum, bins - 1.001)
    low = place.astype(int)
    share = (place - low).astype(np.float32)[:, None]
    stretched: NDArray[np.float32] = spectrum[low] * (1 - share) + spectrum[low + 1] * share
    return stretched


def reshaped(samples: NDArray[np.int16], rate: int, voice: Voice) -> NDArray[np.int16]:
    """Return an engine's samples at our rate, with the spectrum and the loudness of a voice."""
    import soxr

    if not len(samples):
        return np.zeros(0, np.int16)
    sound = soxr.resample(samples.astype(np.float32) / 32768.0, rate * voice.spectrum, SPOKEN)
    return (np.clip(level(sound), -1.0, 1.0) * 32767.0).astype(np.int16)


def level(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring speech to the same loudness for every voice, without clipping."""
    if not len(audio):
        return audio
    blocks = audio[: len(audio) // 240 * 240].reshape(-1, 240)
    power = (blocks**2).mean(axis=1) if len(blocks) else audio**2
    loud = power[power > power.max() * 0.001]
    strength = float(np.sqrt(loud.mean())) if len(loud) else 0.0
    gain = min(LOUDNESS / max(strength, 1e-6), PEAK / max(float(np.abs(audio).max()), 1e-6))
    return audio * np.float32(gain)

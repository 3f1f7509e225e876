"""What callers utter that is no turn: coughs, a hum, a voice in the background. All at 24 kHz, made here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.voice.voices import Samples
from tests.evaluation import voices

Floats = NDArray[np.float64]
LOUD = 9000.0  # the loudest sample of a cough or a hum, much as that of the voices
BACKGROUND_DB = -20.0  # a voice in the background, compared with the caller's


def cough(seed: int) -> Samples:
    """Return one to three coughs: a burst of air, and a voice behind it that is heard more or less."""
    random = np.random.default_rng(seed)
    parts: list[Floats] = []
    for number in range(1 + seed % 3):
        length = int(random.uniform(0.16, 0.32) * PCM_RATE)
        at = np.arange(length) / PCM_RATE
        burst = _shaped(random.standard_normal(length), (600, 1400, 2900), (400, 600, 1200))
        pitch = random.uniform(110, 260) * (1 - 0.8 * at)
        pulses = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / PCM_RATE)) + 0.4 * random.standard_normal(length)
        voice = _shaped(pulses, (650, 1200, 2500), (150, 200, 300))
        envelope = np.minimum(at / 0.006, 1) * np.exp(-at / 0.09)
        behind = random.uniform(0.0, 1.2) * np.clip((at - 0.04) / 0.04, 0, 1)
        parts += [
            (burst + behind * voice) * envelope * 0.8**number,
            np.zeros(int(random.uniform(0.08, 0.2) * PCM_RATE)),
        ]
    return _scaled(np.concatenate(parts))


def hum(seed: int) -> Samples:
    """Return "mm-hm": two hums with a closed mouth, the second higher."""
    random = np.random.default_rng(seed)
    parts: list[Floats] = []
    base = random.uniform(100, 220)
    for pitch in (base, base * random.uniform(1.15, 1.4)):
        length = int(random.uniform(0.14, 0.24) * PCM_RATE)
        at = np.arange(length) / PCM_RATE
        rising = pitch * (1 + 0.15 * at / at[-1])
        phase = 2 * np.pi * np.cumsum(rising) / PCM_RATE
        tone = sum(np.sin(n * phase) / n**1.2 for n in range(1, 24))
        shaped = _shaped(np.asarray(tone), (270, 1100, 2200), (120, 150, 200), (1.0, 0.06, 0.03))
        parts += [shaped * np.hanning(length) ** 0.4, _shaped(random.standard_normal(1200), (1200,), (900,)) * 0.01]
    return _scaled(np.concatenate(parts))


def background(text: str, voice: str) -> Samples:
    """Return somebody in the background, of whom the caller's microphone catches little."""
    factor: float = 10 ** (BACKGROUND_DB / 20)
    return (voices.say(text, voice) * factor).astype(np.int16)


def _shaped(
    sound: Floats, peaks: tuple[float, ...], widths: tuple[float, ...], heights: tuple[float, ...] = ()
) -> Floats:
    """Give a sound resonances."""
    spectrum, at = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / PCM_RATE)
    heights = heights or tuple(0.6**n for n in range(len(peaks)))
    resonances = zip(peaks, widths, heights, strict=True)
    gain = sum(height * np.exp(-(((at - peak) / width) ** 2)) for peak, width, height in resonances)
    shaped: Floats = np.fft.irfft(spectrum * gain, len(sound))
    shaped /= np.abs(shaped).max()
    return shaped


def _scaled(sound: Floats) -> Samples:
    scaled: Samples = (sound / np.abs(sound).max() * LOUD).astype(np.int16)
    return scaled

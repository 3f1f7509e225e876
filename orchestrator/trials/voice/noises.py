"""What is heard behind a caller: noise that is made here, the same in each run, at 24 kHz."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.voice import voices
from orchestrator.trials.voice.voices import Samples

Floats = NDArray[np.float64]
SECONDS = 8  # of noise; after that it begins again
# Some who talk at the next tables, each with a voice and at a pace of their own.
TABLES = (
    ("marin", "They say that the new bridge will be closed for the whole summer, so we should take the ferry."),
    ("echo", "I told him twice that nobody would come on a Monday, and then there was a queue around the corner."),
    ("coral", "My sister has moved into a smaller flat, but the kitchen is wonderful and the neighbours are quiet."),
    ("ash", "We had soup to begin with and after that the fish, which was better than anything I have had there."),
    ("sage", "If it rains again tomorrow, the children will have to stay inside, and you know what that means."),
    ("man", "It was a long film, and I must have been asleep for the middle of it, because I missed the wedding."),
)


def _white(random: np.random.Generator) -> Floats:
    return random.standard_normal(SECONDS * PCM_RATE)


def _street(random: np.random.Generator) -> Floats:
    """Return a rumble below, the hiss of tyres above, and cars that pass by."""
    rumble = _shaped(_white(random), lambda hertz: 1 / (1 + (hertz / 90) ** 2))
    tyres = _shaped(_white(random), lambda hertz: np.exp(-(((hertz - 900) / 700) ** 2)))
    at = np.arange(len(rumble)) / PCM_RATE
    cars = sum(np.exp(-(((at - random.uniform(0, SECONDS)) / 0.9) ** 2)) for _ in range(4))
    return rumble + tyres * (0.4 + 1.2 * np.asarray(cars))


def _office(random: np.random.Generator) -> Floats:
    """Return the air conditioning, the hum of the mains, and somebody who types."""
    air = _shaped(_white(random), lambda hertz: 1 / (1 + (hertz / 400) ** 1.5))
    at = np.arange(len(air)) / PCM_RATE
    hum = 0.3 * np.sin(2 * np.pi * 100 * at) + 0.15 * np.sin(2 * np.pi * 200 * at)
    keys = np.zeros(len(air))
    for begins in random.integers(0, len(air) - 600, 5 * SECONDS):
        click = random.standard_normal(600) * np.exp(-np.arange(600) / 90)
        keys[begins : begins + 600] += click * random.uniform(0.5, 2.0)
    return air + hum + keys


def _babble(random: np.random.Generator) -> Floats:
    """Return some who talk at once, each from another word on."""
    talks = [np.resize(voices.say(text, voice), SECONDS * PCM_RATE) for voice, text in TABLES]
    rolled = [np.roll(talk, int(random.integers(len(talk)))).astype(np.float64) for talk in talks]
    return np.asarray(sum(rolled))


def _shaped(sound: Floats, gain: Callable[[Any], Any]) -> Floats:
    """Return noise with some frequencies louder than others, as loud as white noise on the whole."""
    shaped = np.fft.irfft(np.fft.rfft(sound) * gain(np.fft.rfftfreq(len(sound), 1 / PCM_RATE)), len(sound))
    return np.asarray(shaped / np.sqrt(np.mean(shaped**2)))


KINDS: Mapping[str, Callable[[np.random.Generator], Floats]] = {
    "white": _white,
    "street": _street,
    "office": _office,
    "babble": _babble,
}


@lru_cache(len(KINDS))
def noise(kind: str) -> Floats:
    """Return some seconds of noise that can be repeated, with a root mean square of 1."""
    made = KINDS[kind](np.random.default_rng(sorted(KINDS).index(kind)))
    return np.asarray(made / np.sqrt(np.mean(made**2)))


def behind(speech: Samples, kind: str, snr: float) -> Samples:
    """Return noise that is so many dB less loud than somebody who speaks; nothing of the kind `none`."""
    if kind == "none" or not len(speech):
        return np.zeros(0, np.int16)
    loudness = float(np.sqrt(np.mean(speech.astype(np.float64) ** 2))) * 10 ** (-snr / 20)
    return np.clip(noise(kind) * loudness, -32768, 32767).astype(np.int16)

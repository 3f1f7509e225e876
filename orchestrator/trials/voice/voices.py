"""The voices of spoken callers: they say what a test has in writing, as a person would read it out, in English."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.voices import VOICES, Voice
from orchestrator.trials.voice.reading_out import read_out

Samples = NDArray[np.int16]
# Callers that no agent sounds like: the speech package's one voice, made deeper and slower, and higher and faster.
DERIVED = {"woman": Voice(1.08, 1.03, 1.15, 0.98), "man": Voice(0.6, 0.86, 1.0, 0.95)}
DEFAULT = "woman"
LOUD = 300  # of 32767: below it speech is silent at its ends
KEPT = 200  # things said, of some 100 KB each


def missing() -> str:
    """Return why nobody can speak here; "" when they can. Loads the voices."""
    try:
        hibari_speaker()
    except (RealtimeError, ImportError) as error:
        return f"a caller needs the extra `local`: {error}"
    return ""


@lru_cache(KEPT)
def say(text: str, voice: str = DEFAULT) -> Samples:
    """Return what a caller says, at 24 kHz, without silence around it."""
    return trimmed(hibari_speaker().synthesize(read_out(text), {**VOICES, **DERIVED}[voice], 1.0))


def trimmed(samples: Samples) -> Samples:
    """Return a recording without the silence around it."""
    begins, ends = loud_part(samples)
    return samples[begins:ends]


def loud_part(samples: Samples) -> tuple[int, int]:
    """Return where something begins to be heard in a recording, and where it ends; at 0 if nothing is."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)

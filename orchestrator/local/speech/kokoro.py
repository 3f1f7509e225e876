"""Text to speech with Kokoro, for Chinese: the packaged speakers are Japanese, so Mandarin has an accent.

It takes a third of a second of one core for each second of speech; so a sentence is spoken clause by clause.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.models import KOKORO, KOKORO_PARTS, PINYIN, verified
from orchestrator.local.speech.audio import SPOKEN
from orchestrator.local.speech.engine import Engine
from orchestrator.local.speech.mandarin import phonemes
from orchestrator.local.speech.reading_aloud import for_speech
from orchestrator.local.speech.voices import VOICES, Voice, reshaped

CLAUSE = re.compile(r"[^，；：、,;]{1,60}[，；：、,;]*|[，；：、,;]+")
LEAST = 3  # characters of a clause, with its mark
LONGEST = 500  # signs of the model's alphabet
FASTEST, SLOWEST = 2.0, 0.5  # limits of the model's pace
PACE = 0.9  # at which Mandarin is understood best
# Voice → the speakers of the model whose mean it is: with a stretched spectrum, Mandarin is understood much worse.
SPEAKERS = {
    "marin": ("jf_nezumi",),
    "cedar": ("jm_kumo",),
    "coral": ("jf_alpha", "jf_nezumi"),
    "sage": ("jf_gongitsune", "jf_nezumi"),
    "alloy": ("jf_gongitsune",),
    "ash": ("jf_gongitsune", "jm_kumo"),
    "ballad": ("jf_alpha", "jf_gongitsune"),
    "echo": ("jf_nezumi", "jm_kumo"),
    "shimmer": ("jf_alpha",),
    "verse": ("jf_alpha", "jm_kumo"),
}
NAMES = {voice: name for name, voice in VOICES.items()}


class Kokoro(Engine):
    """Loaded once per process through `kokoro_engine`."""

    def __init__(self) -> None:
        super().__init__("zh")
        data = verified(KOKORO) / "data"
        parts = [verified(package) / "part.bin" for package in KOKORO_PARTS]
        verified(PINYIN)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The network; its parts are joined in memory.
        self._session: Any = onnxruntime.InferenceSession(b"".join(part.read_bytes() for part in parts), options)
        # Sign of the alphabet → its number.
        self._alphabet: dict[str, int] = json.loads((data / "vocab.json").read_text("utf-8"))["vocab"]
        with np.load(data / "voices_ja.npz") as speakers:
            # Voice → its style, by the length of what is said.
            self._styles = {voice: np.mean([speakers[one] for one in mix], axis=0) for voice, mix in SPEAKERS.items()}
        self.synthesize("一", VOICES["marin"], 1.0)  # the first run is slow

    def sayable(self, text: str) -> str:
        """Return the text: Latin letters are read as letters of its alphabet."""
        return text

    def pieces(self, sentence: str) -> Iterator[str]:
        """Yield the clauses of a sentence, so that the first is heard while the next is made."""
        waiting = ""
        for found in CLAUSE.finditer(for_speech(sentence, self.language)):
            waiting += found.group()
            if len(waiting) >= LEAST:
                yield waiting
                waiting = ""
        if waiting:
            yield waiting

    def synthesize(self, sentence: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        """Return the audio of a clause at 24 kHz; blocks for a third of its duration."""
        signs = phonemes(for_speech(sentence, self.language))
        ids = [self._alphabet[sign] for sign in signs if sign in self._alphabet][:LONGEST]
        if not any(sign.isalpha() for sign in signs) or not ids:
            return np.zeros(0, np.int16)
        pace = min(max(PACE * speed * voice.rate, SLOWEST), FASTEST)
        tokens, style, rate = (one.name for one in self._session.get_inputs())
        inputs = {
            tokens: np.asarray([[0, *ids, 0]], np.int64),
            style: self._styles[NAMES.get(voice, "marin")][len(ids)],
            rate: np.asarray([pace], np.float32),
        }
        sound = np.clip(self._session.run(None, inputs)[0].reshape(-1), -1.0, 1.0)
        return reshaped((sound * 32767.0).astype(np.int16), SPOKEN, Voice())


@cache
def kokoro_engine() -> Kokoro:
    """Return the process-wide engine; blocks for a second or two. Raises `RealtimeError`, `ImportError`."""
    return Kokoro()

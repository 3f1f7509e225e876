"""Text to speech in English, with hibari; the port to any speaker."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.models import HIBARI, verified
from orchestrator.local.speech.engine import Engine
from orchestrator.local.speech.reading_aloud import for_speech
from orchestrator.local.speech.voices import VOICES, Voice, bend_pitch, level, stretch

FASTEST, SLOWEST = 2.0, 0.5  # limits of the model's pace


class Speaker(Protocol):
    """Turns sentences into audio."""

    @property
    def voices(self) -> Collection[str] | None:
        """The names of its voices; None if any name will do."""

    def prepare(self, language: str | None) -> None:
        """Load what it takes to speak a language; blocks. Raises `RealtimeError`."""

    def sayable(self, text: str, language: str | None) -> str:
        """Return the text, or what is said in its place when the voice cannot say it."""

    def speak(
        self, sentence: str, voice: str, speed: float, language: str | None
    ) -> AsyncGenerator[NDArray[np.int16], None]:
        """Yield the audio of a sentence at 24 kHz; raises `RealtimeError`.

        The language is an ISO 639-1 code; None: nobody has said which.
        """


class Hibari(Engine):
    """The English engine; loaded once per process through `hibari_speaker`."""

    def __init__(self) -> None:
        super().__init__("en")
        model = verified(HIBARI) / "assets/hibari.onnx"
        from hibari import Hibari as Model

        # Phonemizer and model.
        self._engine: Any = Model(model=str(model), threads=1)
        self.synthesize("Ready.", VOICES["marin"], 1.0)  # the first sentence loads the dictionaries

    def synthesize(self, sentence: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        """Return the audio of a sentence at 24 kHz; blocks for about 5 ms per second of speech."""
        from hibari import dsp

        parts = []
        pace = min(max(speed * voice.rate, SLOWEST), FASTEST)
        for phonemes in self._engine.phonemize(for_speech(sentence, self.language)):
            ids = self._engine.ids(phonemes)
            if len(ids) < 3:
                continue
            inputs = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([pace], np.float32)}
            harmonic, theta, noise, rest, phase, pitch = (out[0] for out in self._engine.sess.run(None, inputs))
            shaped = [stretch(part, voice) for part in (harmonic, theta, noise, rest, phase)]
            # With a fixed seed a sentence always sounds the same, so that tests and recordings can be compared.
            sound = dsp.synth(*shaped, bend_pitch(pitch, voice), np.random.default_rng(0))
            parts.append(level(sound))
        whole = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return (np.clip(whole, -1.0, 1.0) * 32767.0).astype(np.int16)


@cache
def hibari_speaker() -> Hibari:
    """Return the process-wide engine; blocks about 0.3 s the first time. Raises `RealtimeError`, `ImportError`."""
    return Hibari()

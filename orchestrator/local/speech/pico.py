"""Text to speech with SVOX Pico: German, French, Spanish and Italian, one recorded voice each."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.models import verified
from orchestrator.local.speech.engine import Engine
from orchestrator.local.speech.reading_aloud import for_speech
from orchestrator.local.speech.voices import VOICES, Voice, reshaped
from orchestrator.providers.languages import LANGUAGES

NAMES = {"de": "de-DE", "fr": "fr-FR", "es": "es-ES", "it": "it-IT"}
RATE = 16_000
MARKUP = str.maketrans("<>&", "   ")  # which the engine would follow


class Pico(Engine):
    """One language; loaded once per process through `pico_engine`."""

    def __init__(self, language: str) -> None:
        for package in LANGUAGES[language].speaking:
            verified(package)
        from py_nanotts import NanoTTS

        super().__init__(language)
        # The engine: it keeps nothing between two sentences.
        self._engine: Any = NanoTTS()
        self.synthesize("1", VOICES["marin"], 1.0)

    def synthesize(self, sentence: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        """Return the audio of a sentence at 24 kHz; blocks for about 10 ms per second of speech."""
        text = for_speech(sentence, self.language).translate(MARKUP)
        if not any(sign.isalnum() for sign in text):
            return np.zeros(0, np.int16)
        # What stretches the spectrum changes pitch and pace too, so the engine is asked for that much less of both.
        pace, pitch = speed * voice.rate / voice.spectrum, voice.pitch / voice.spectrum
        data = self._engine.speak(text, voice=NAMES[self.language], speed=pace, pitch=pitch)
        return reshaped(np.frombuffer(data, "<i2"), RATE, voice)


@cache
def pico_engine(language: str) -> Pico:
    """Return the process-wide engine of a language; blocks for some 50 ms. Raises `RealtimeError`, `ImportError`."""
    return Pico(language)

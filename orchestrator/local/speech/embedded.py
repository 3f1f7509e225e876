"""The embedded engines by language: each is loaded when a call first needs its language, and shared by all calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.models import not_installed
from orchestrator.local.speech.engine import Engine
from orchestrator.local.speech.hypotheses import Choose
from orchestrator.local.speech.kokoro import kokoro_engine
from orchestrator.local.speech.pico import pico_engine
from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.transcription import Whisper, whisper, whisper_base
from orchestrator.local.speech.voices import VOICES
from orchestrator.providers.languages import ENGLISH

Part = TypeVar("Part")
# Two calls that start at the same time must not load everything twice.
_loading = threading.Lock()


class Hearing:
    """The embedded transcriber: tiny.en for English, a model of many languages for the others, or a team's own."""

    def __init__(self, folder: Path | None = None) -> None:
        # A Whisper folder of the team's own, for all languages.
        self._folder = folder
        # Language → its model, once it is loaded.
        self._models: dict[str, Whisper] = {}

    def prepare(self, language: str | None) -> None:
        """Load what it takes to hear a language; blocks for about a second. Raises `RealtimeError`."""
        self._model(language or ENGLISH)

    async def transcribe(self, samples: NDArray[np.int16], language: str | None, choose: Choose | None = None) -> str:
        """Return the words in an utterance; None is English. Raises `RealtimeError`."""
        language = language or ENGLISH
        model = self._models.get(language)
        if model is None:
            model = await asyncio.to_thread(self._model, language)
        return await model.transcribe(samples, language, choose)

    def _model(self, language: str) -> Whisper:
        def load() -> Whisper:
            if self._folder is not None or language == ENGLISH:
                return whisper(self._folder)
            return whisper_base()

        return _once(self._models, language, load)


class Speaking:
    """The embedded speaker: an engine for each language, all with the same ten voices."""

    def __init__(self) -> None:
        # Language → its engine, once it is loaded.
        self._engines: dict[str, Engine] = {}

    @property
    def voices(self) -> Collection[str]:
        """The ten voices."""
        return VOICES.keys()

    def prepare(self, language: str | None) -> None:
        """Load what it takes to speak a language; blocks for up to half a second. Raises `RealtimeError`."""
        self._engine(language or ENGLISH)

    def sayable(self, text: str, language: str | None) -> str:
        """Return the text, or an apology for one in a script that the language is not written in."""
        engine = self._engines.get(language or ENGLISH)
        return engine.sayable(text) if engine is not None else text

    async def speak(
        self, sentence: str, voice: str, speed: float, language: str | None
    ) -> AsyncGenerator[NDArray[np.int16], None]:
        """Yield a sentence as audio at 24 kHz; None is English. Raises `RealtimeError`."""
        language = language or ENGLISH
        engine = self._engines.get(language)
        if engine is None:
            engine = await asyncio.to_thread(self._engine, language)
        async for samples in engine.speak(sentence, voice, speed):
            yield samples

    def _engine(self, language: str) -> Engine:
        return _once(self._engines, language, MAKERS.get(language, hibari_speaker))


MAKERS: Mapping[str, Callable[[], Engine]] = {
    **{code: lambda code=code: pico_engine(code) for code in ("de", "fr", "es", "it")},  # type: ignore[misc]
    "zh": kokoro_engine,
}


@cache
def hearing(folder: Path | None) -> Hearing:
    """Return the process-wide transcriber; `folder` is a Whisper folder in the place of the embedded models."""
    return Hearing(folder)


@cache
def speaking() -> Speaking:
    """Return the process-wide speaker."""
    return Speaking()


def _once(loaded: dict[str, Part], language: str, load: Callable[[], Part]) -> Part:
    """Return what is loaded for a language; load it first if need be. Raises `RealtimeError`."""
    with _loading:
        if language not in loaded:
            try:
                loaded[language] = load()
            except ImportError as error:
                raise not_installed(error.name or "numpy") from None
        return loaded[language]

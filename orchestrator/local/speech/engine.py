"""An engine that speaks one language: a worker thread of its own, one job a sentence, first come first served."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import structlog
from numpy.typing import NDArray

from orchestrator.local.speech.reading_aloud import is_latin, reading
from orchestrator.local.speech.voices import VOICES, Voice


class Engine(ABC):
    """Turns the sentences of all calls in one language into audio."""

    def __init__(self, language: str) -> None:
        # ISO 639-1.
        self.language = language
        # Whether the log says already that some text cannot be spoken.
        self._reported = False
        # Synthesizes one sentence at a time, for all sessions.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"speaking-{language}")

    @abstractmethod
    def synthesize(self, sentence: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        """Return the audio of a sentence at 24 kHz; blocks. Raises `RealtimeError`."""

    def sayable(self, text: str) -> str:
        """Return the text, or an apology for one in another script, which would be silence; the log says so once."""
        if is_latin(text):
            return text
        if not self._reported:
            self._reported = True
            remedy = "set `tts` of `providers.local` to a server that knows the language, or use another provider"
            structlog.get_logger("orchestrator").warning("text in another script cannot be spoken", remedy=remedy)
        return reading(self.language).apology

    def pieces(self, sentence: str) -> Iterator[str]:
        """Yield the parts that are made one after the other: the whole sentence, where that is quick."""
        yield sentence

    async def speak(self, sentence: str, voice: str, speed: float) -> AsyncGenerator[NDArray[np.int16], None]:
        """Yield a sentence piece by piece; a job that is cancelled before its turn is skipped."""
        loop = asyncio.get_running_loop()
        for piece in self.pieces(sentence):
            yield await loop.run_in_executor(self._worker, self.synthesize, piece, VOICES[voice], speed)

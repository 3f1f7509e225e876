"""Text to speech with hibari: one worker thread for the whole process, one job a sentence, first come first served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from orchestrator.local.models import HIBARI, verified
from orchestrator.local.speech.reading_aloud import for_speech, is_latin
from orchestrator.local.speech.voices import VOICES, Voice, bend_pitch, level, stretch

FASTEST, SLOWEST = 2.0, 0.5  # limits of the model's pace
APOLOGY = "I am sorry, I can only speak English."


class Speaker(Protocol):
    """Turns sentences into audio."""

    @property
    def voices(self) -> Collection[str] | None:
        """The names of its voices; None if any name will do."""

    def sayable(self, text: str) -> str:
        """Return the text, or what is said in its place when the voice cannot say it."""

    def speak(self, sentence: str, voice: str, speed: float) -> AsyncGenerator[NDArray[np.int16], None]:
        """Yield the audio of a sentence at 24 kHz; raises `RealtimeError`."""


class Hibari:
    """The embedded speaker; loaded once per process through `hibari_speaker`."""

    def __init__(self) -> None:
        model = verified(HIBARI) / "assets/hibari.onnx"
        from hibari import Hibari as Engine

        # Phonemizer and model.
        self._engine: Any = Engine(model=str(model), threads=1)
        # Whether the log says already that some text cannot be spoken.
        self._reported = False
        # Synthesizes one sentence at a time, for all sessions.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="speaking")
        self.synthesize("Ready.", VOICES["marin"], 1.0)  # the first sentence loads the dictionaries

    @property
    def voices(self) -> Collection[str]:
        """The ten derived voices."""
        return VOICES.keys()

    def sayable(self, text: str) -> str:
        """Return the text, or an apology for one in another script, which would be silence; the log says so once."""
        if is_latin(text):
            return text
        if not self._reported:
            self._reported = True
            remedy = "set `tts` of `providers.local` to a server that knows the language, or use another provider"
            structlog.get_logger("orchestrator").warning("text in another script cannot be spoken", remedy=remedy)
        return APOLOGY

    async def speak(self, sentence: str, voice: str, speed: float) -> AsyncGenerator[NDArray[np.int16], None]:
        """Yield the whole sentence at once; a job that is cancelled before its turn is skipped."""
        job = asyncio.get_running_loop().run_in_executor(self._worker, self.synthesize, sentence, VOICES[voice], speed)
        yield await job

    def synthesize(self, sentence: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        """Return the audio of a sentence at 24 kHz; blocks for about 5 ms per second of speech."""
        from hibari import dsp

        parts = []
        pace = min(max(speed * voice.rate, SLOWEST), FASTEST)
        for phonemes in self._engine.phonemize(for_speech(sentence)):
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
    """Return the process-wide speaker; blocks about 0.3 s the first time. Raises `RealtimeError`, `ImportError`."""
    return Hibari()

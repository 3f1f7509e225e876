"""Text to speech with SVOX Pico: German, French, Spanish and Italian, one recorded voice each.

The engine is a library written in C that holds Python's lock while it works, and that some texts keep busy for ever. So
it runs in a process of its own, which is ended when it takes too long.
"""

from __future__ import annotations

import atexit
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.errors import RealtimeError
from orchestrator.local.models import verified
from orchestrator.local.speech import pico_child
from orchestrator.local.speech.engine import Engine
from orchestrator.local.speech.pico_child import HEAD
from orchestrator.local.speech.reading_aloud import for_speech
from orchestrator.local.speech.voices import VOICES, Voice, reshaped
from orchestrator.providers.languages import LANGUAGES

NAMES = {"de": "de-DE", "fr": "fr-FR", "es": "es-ES", "it": "it-IT"}
RATE = 16_000
PIECE = re.compile(r"\S(?:.{0,199}\S)?(?=\s|$)|\S{1,200}", re.DOTALL)  # of a long sentence, between words
MARKUP = str.maketrans("<>&", "   ")  # which the engine would follow
SECONDS = 10.0  # for a piece, which takes some 20 ms
MOST = 120 * RATE * 2  # bytes of a piece: two minutes


class Child:
    """The process; it is started again after it had to be ended."""

    def __init__(self, command: Sequence[str], seconds: float = SECONDS) -> None:
        # How it is started, and how long an answer may take.
        self._command, self._seconds = command, seconds
        # None before the first request, and after a failure.
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.end)

    def ask(self, request: Mapping[str, Any]) -> bytes:
        """Return the samples; blocks. Raises `RealtimeError`."""
        process = self._process or self._start()
        watch = threading.Timer(self._seconds, process.kill)
        watch.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            size = int.from_bytes(process.stdout.read(HEAD) or b"\xff", "little", signed=True)
            data = process.stdout.read(min(size, MOST)) if size > 0 else b""
        except OSError:
            size, data = MOST, b""
        finally:
            watch.cancel()
        if len(data) != size:
            self.end()
            raise RealtimeError("The voice (SVOX Pico) failed.", code="server_error")
        return data

    def end(self) -> None:
        """End the process, if it runs."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        return self._process


class Pico(Engine):
    """One language; loaded once per process through `pico_engine`."""

    def __init__(self, language: str) -> None:
        (folder,) = (verified(package) for package in LANGUAGES[language].speaking)
        super().__init__(language)
        # Without site packages: an interpreter that starts quickly.
        command = [sys.executable, "-I", "-S", str(Path(pico_child.__file__)), str(folder.parent)]
        # The engine.
        self._child = Child(command)
        self.synthesize("1", VOICES["marin"], 1.0)  # a library that does not run is found out now

    def pieces(self, sentence: str) -> Iterator[str]:
        """Yield the sentence in pieces that are not too long for the engine."""
        yield from PIECE.findall(for_speech(sentence, self.language))

    def synthesize(self, sentence: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        """Return the audio of a piece at 24 kHz; blocks for some 10 ms per second of speech. Raises `RealtimeError`."""
        text = for_speech(sentence, self.language).translate(MARKUP)
        if not any(sign.isalnum() for sign in text):
            return np.zeros(0, np.int16)
        # What stretches the spectrum changes pitch and pace too, so the engine is asked for that much less of both.
        pace, pitch = speed * voice.rate / voice.spectrum, voice.pitch / voice.spectrum
        data = self._child.ask({"text": text, "voice": NAMES[self.language], "speed": pace, "pitch": pitch})
        return reshaped(np.frombuffer(data, "<i2"), RATE, voice)


@cache
def pico_engine(language: str) -> Pico:
    """Return the process-wide engine of a language; blocks for some 100 ms. Raises `RealtimeError`."""
    return Pico(language)

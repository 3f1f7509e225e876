"""Stands in for PyAudio, which needs a sound card: the microphone is a WAV file, what is played is written to a file.

`MAHILO_WAV` is said once, then there is silence, in blocks at the pace of real time; `MAHILO_OUT` is raw PCM16.
"""

from __future__ import annotations

import os
import threading
import time
import wave
from pathlib import Path
from typing import Any

paInt16, paContinue = 8, 0  # PyAudio's names
BYTES = 2  # of a sample


class Stream:
    """One direction of the sound card."""

    def __init__(self, rate: int, frames_per_buffer: int, stream_callback: Any = None, **_: object) -> None:
        # Samples in a second, and in a block.
        self._rate, self._block = rate, frames_per_buffer
        # Takes blocks of the microphone; None for the loudspeakers.
        self._callback = stream_callback
        # Set when the microphone is to stop.
        self._stopped = threading.Event()
        # When all that was written will have been played.
        self._played = 0.0
        if stream_callback is not None:
            threading.Thread(target=self._record, daemon=True).start()

    def _record(self) -> None:
        with wave.open(os.environ["MAHILO_WAV"]) as file:
            pcm = file.readframes(file.getnframes())
        size, due = self._block * BYTES, time.monotonic()
        while not self._stopped.is_set():
            block, pcm = pcm[:size], pcm[size:]
            self._callback(block.ljust(size, b"\0"), self._block, {}, 0)
            due += self._block / self._rate
            time.sleep(max(0.0, due - time.monotonic()))

    def write(self, data: bytes) -> None:
        """Play; returns when no more than a block is left to be played, as PyAudio does."""
        with Path(os.environ["MAHILO_OUT"]).open("ab") as file:
            file.write(data)
        now = time.monotonic()
        self._played = max(self._played, now) + len(data) / BYTES / self._rate
        time.sleep(max(0.0, self._played - now - self._block / self._rate))

    def stop_stream(self) -> None:
        """Stop the microphone."""
        self._stopped.set()

    def close(self) -> None:
        """Close the device."""
        self._stopped.set()


class PyAudio:
    """The sound card."""

    def get_default_input_device_info(self) -> dict[str, object]:
        """Say that there is a microphone."""
        return {"name": "a recording"}

    def open(self, **how: Any) -> Stream:
        """Open a direction."""
        return Stream(**how)

    def terminate(self) -> None:
        """Let go of the sound card."""

"""Microphone and speakers for `orchestrator talk`, through the extra `audio`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import Any

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE

BLOCK = PCM_RATE // 50  # samples: 20 ms


def available() -> bool:
    """Return whether there are a microphone and speakers that can be used."""
    try:
        import sounddevice  # an extra

        sounddevice.query_devices(kind="input")
        sounddevice.query_devices(kind="output")
    except Exception:  # not installed, no PortAudio, no device: the terminal types instead
        return False
    return True


class Devices:
    """The machine's own microphone and speakers at 24 kHz."""

    def __init__(self) -> None:
        # What waits to be heard.
        self._queue = bytearray()
        # The driver's thread takes from the queue.
        self._lock = Lock()
        # Microphone and speakers in one.
        self._stream: Any = None

    def start(self, heard: Callable[[bytes], None]) -> None:
        """Open the devices; `heard` gets 20 ms of PCM16 at a time, in this event loop."""
        import sounddevice  # an extra

        loop = asyncio.get_running_loop()

        def exchange(recorded: Any, played: Any, frames: int, _time: Any, _status: Any) -> None:
            loop.call_soon_threadsafe(heard, bytes(recorded))
            with self._lock:
                taken = bytes(self._queue[: frames * 2])
                del self._queue[: frames * 2]
            played[:] = taken.ljust(frames * 2, b"\0")

        try:
            self._stream = sounddevice.RawStream(PCM_RATE, BLOCK, dtype="int16", channels=1, callback=exchange)
            self._stream.start()
        except sounddevice.PortAudioError as error:
            raise OrchestratorError(f"The sound device cannot be used: {error}. Use --wav or --text.") from None

    def play(self, pcm: bytes) -> None:
        """Queue audio."""
        with self._lock:
            self._queue += pcm

    def stop(self) -> None:
        """Drop what is queued."""
        with self._lock:
            self._queue.clear()

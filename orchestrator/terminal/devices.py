"""The microphone and speakers of this machine, through the extra `audio`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import Any

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE

BLOCK = PCM_RATE // 50  # samples: 20 ms


def available() -> bool:
    """Return whether a microphone and speakers can be used."""
    try:
        import sounddevice  # the extra `audio`

        sounddevice.query_devices(kind="input")
        sounddevice.query_devices(kind="output")
    except Exception:  # not installed, no PortAudio or no device: the caller types instead
        return False
    return True


class Devices:
    """The microphone and speakers of this machine, at 24 kHz."""

    def __init__(self) -> None:
        # Audio that is still to be played.
        self._queue = bytearray()
        # Guards the queue, which the driver's thread reads.
        self._lock = Lock()
        # The open stream of both devices.
        self._stream: Any = None

    def start(self, heard: Callable[[bytes], None]) -> None:
        """Open the devices; `heard` is called in this event loop with 20 ms of PCM16 at a time."""
        import sounddevice  # the extra `audio`

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
            raise OrchestratorError(f"The sound devices cannot be used: {error}. Use --wav or --text.") from None

    def play(self, pcm: bytes) -> None:
        """Queue audio to be played."""
        with self._lock:
            self._queue += pcm

    def stop(self) -> None:
        """Drop what is queued."""
        with self._lock:
            self._queue.clear()

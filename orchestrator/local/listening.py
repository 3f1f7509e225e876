"""The caller's side of a session: turns found in the audio, committed as items, and turned into text.

Recognition starts on speculation after 200 ms of silence; by the time the silence is long enough its text is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from orchestrator.errors import CallerError, OrchestratorError, RealtimeError
from orchestrator.local.items import Conversation, Entry
from orchestrator.local.session_object import rule
from orchestrator.local.speech.audio import HEARD
from orchestrator.local.speech.hearing import Hearing
from orchestrator.local.speech.transcription import Transcriber
from orchestrator.local.speech.turns import Change, Probability
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.items import shown
from orchestrator.providers.outlet import Outlet

SHORTEST_MS = 100  # of a manual commit
PAUSE_STEPS = 31  # of 32 ms: after each second of audio in one frame other sessions have their turn

Heard = str | OrchestratorError
Spawn = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]


class Listening:
    """Hears one session's caller."""

    def __init__(
        self,
        outlet: Outlet,
        conversation: Conversation,
        transcriber: Transcriber,
        probability: Probability,
        session: Mapping[str, Any],
        spawn: Spawn,
    ) -> None:
        # Where server events go.
        self._outlet = outlet
        # Where turns become items.
        self._conversation = conversation
        # Turns speech into text.
        self._transcriber = transcriber
        # Starts a task that ends with the session.
        self._spawn = spawn
        # The session object's `audio.input`.
        self._settings: Mapping[str, Any] = session["audio"]["input"]
        # The buffer.
        self._hearing = Hearing(probability, self._settings["format"]["type"], _rule(self._settings))
        # The item that the buffer will become.
        self._item_id = make_id("item_")
        # The text of what is in the buffer, begun before the turn has ended.
        self._guess: asyncio.Task[Heard] | None = None

    @property
    def speaking(self) -> bool:
        """Whether the caller speaks, by turn detection."""
        return self._hearing.speaking

    def configure(self, session: Mapping[str, Any]) -> None:
        """Follow an updated session object."""
        self._settings = session["audio"]["input"]
        self._hearing.configure(self._settings["format"]["type"], _rule(self._settings))

    async def append(self, data: bytes, turn: Callable[[Change], None]) -> None:
        """Take audio of the wire; `turn` is told `STARTED` and `STOPPED` once their events are out."""
        for count, change in enumerate(self._hearing.append(data), 1):
            if change is not None:
                self._note(change, turn)
            if count % PAUSE_STEPS == 0:
                await asyncio.sleep(0)

    def commit(self) -> None:
        """End the turn on the client's word; raises `CallerError` for less than 100 ms."""
        if self._hearing.kept_ms < SHORTEST_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {self._hearing.kept_ms:.2f}ms of audio."
            )
            raise CallerError(message, code="input_audio_buffer_commit_empty")
        self._drop_guess()
        self._commit()

    def clear(self) -> None:
        """Forget what is in the buffer."""
        self._drop_guess()
        self._hearing.clear()
        self._item_id = make_id("item_")
        self._outlet.emit("input_audio_buffer.cleared")

    def transcribe(self, entry: Entry, samples: NDArray[np.int16]) -> None:
        """Start to fill in the transcript of an item's audio."""
        self._await_text(entry, samples, self._read(samples))

    def _note(self, change: Change, turn: Callable[[Change], None]) -> None:
        match change:
            case Change.STARTED:
                start = self._hearing.start_ms
                self._outlet.emit("input_audio_buffer.speech_started", item_id=self._item_id, audio_start_ms=start)
                turn(change)
            case Change.PAUSED:
                self._guess = self._read(self._hearing.so_far())
            case Change.RESUMED:
                self._drop_guess()
            case Change.STOPPED:
                end = self._hearing.position_ms
                self._outlet.emit("input_audio_buffer.speech_stopped", item_id=self._item_id, audio_end_ms=end)
                self._commit()
                turn(change)

    def time_out(self) -> None:
        """Make an item of the caller's silence (`input_audio_buffer.timeout_triggered`)."""
        times = {"audio_start_ms": self._hearing.start_ms, "audio_end_ms": self._hearing.position_ms}
        self._outlet.emit("input_audio_buffer.timeout_triggered", item_id=self._item_id, **times)
        self._drop_guess()
        self._hearing.take()
        self._add_turn("")

    def _commit(self) -> None:
        samples = self._hearing.take()
        entry = self._add_turn(None)
        guess, self._guess = self._guess, None
        self._await_text(entry, samples, guess or self._read(samples))

    def _add_turn(self, transcript: str | None) -> Entry:
        content = [{"type": "input_audio", "transcript": transcript}]
        item = {"id": self._item_id, "object": "realtime.item", "type": "message", "status": "completed"}
        entry = Entry(item | {"role": "user", "content": content})
        self._item_id = make_id("item_")
        before = self._conversation.add(entry)
        self._outlet.emit("input_audio_buffer.committed", item_id=entry.id, previous_item_id=before)
        self._outlet.emit("conversation.item.added", previous_item_id=before, item=shown(entry))
        self._outlet.emit("conversation.item.done", previous_item_id=before, item=shown(entry))
        return entry

    def _await_text(self, entry: Entry, samples: NDArray[np.int16], reading: asyncio.Task[Heard]) -> None:
        entry.heard_ms = len(samples) * 1000 / HEARD
        reports = self._settings["transcription"] is not None
        entry.transcribing = self._spawn(self._fill(entry, reading, reports=reports), "transcript")

    def _read(self, samples: NDArray[np.int16]) -> asyncio.Task[Heard]:
        return self._spawn(self._attempt(samples), "recognition")

    async def _attempt(self, samples: NDArray[np.int16]) -> Heard:
        """Return the text, or why there is none: a task of the session's group must not raise."""
        try:
            return await self._transcriber.transcribe(samples)
        except OrchestratorError as error:
            return error
        except Exception:
            structlog.get_logger().exception("local transcription failed")
            return RealtimeError("The embedded provider failed to transcribe.", code="server_error")

    def _drop_guess(self) -> None:
        if self._guess is not None:
            self._guess.cancel()
            self._guess = None

    async def _fill(self, entry: Entry, reading: asyncio.Task[Heard], *, reports: bool) -> None:
        try:
            heard = await reading
        finally:
            reading.cancel()
        event = "conversation.item.input_audio_transcription"
        place = {"item_id": entry.id, "content_index": 0}
        if isinstance(heard, OrchestratorError):
            error = {"type": "server_error", "code": "transcription_failed", "message": str(heard)}
            if reports:
                self._outlet.emit(f"{event}.failed", **place, error=error)
            return
        for part in entry.item["content"]:
            if part["type"] == "input_audio":
                part["transcript"] = heard
        if reports:
            usage = {"type": "duration", "seconds": round(entry.heard_ms / 1000, 3)}
            self._outlet.emit(f"{event}.completed", **place, transcript=heard, usage=usage)


def _rule(settings: Mapping[str, Any]) -> Any:
    detection = settings["turn_detection"]
    return rule(detection) if detection is not None else None

"""The caller's side of a session: turns are found in the audio, committed as items and transcribed.

Recognition starts speculatively after 160 ms of silence: when the silence is long enough, the text is ready. What was
heard so far also decides how long is long enough, unless the client or the team file does. What is said over an agent
is not told before there is evidence that it is meant for the agent (`interruptions.doubt`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from orchestrator.errors import CallerError, OrchestratorError, RealtimeError
from orchestrator.local.brain.dialogue.history import last_said
from orchestrator.local.brain.understanding.expected import Expected, expected
from orchestrator.local.interruptions.doubt import CERTAIN_MS, GOES_ON_MS, NEARLY_MS, NOTHING_MS, Doubt
from orchestrator.local.items import Conversation, Entry
from orchestrator.local.parts import Parts
from orchestrator.local.session_object import heard_language, rule
from orchestrator.local.speech import end_of_turn
from orchestrator.local.speech.audio import HEARD, Decoder
from orchestrator.local.speech.end_of_turn import USUAL, Asked
from orchestrator.local.speech.input_buffer import InputBuffer
from orchestrator.local.speech.turns import Change, Rule
from orchestrator.protocol.audio import decoded
from orchestrator.protocol.ids import make_id
from orchestrator.providers.event_queue import EventQueue
from orchestrator.providers.languages import ENGLISH

SHORTEST_MS = 100  # of a manual commit
PAUSE_STEPS = 31  # of 32 ms: after each second of audio in one frame, other sessions get their turn

Recognized = str | OrchestratorError
Spawn = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]


class Listening:
    """Listens to one session's caller."""

    def __init__(
        self,
        events: EventQueue,
        conversation: Conversation,
        parts: Parts,
        session: Mapping[str, Any],
        spawn: Spawn,
        language: str | None = None,
    ) -> None:
        # Where server events go.
        self._events = events
        # Where turns become items.
        self._conversation = conversation
        # The models; one transcribes speech.
        self._parts = parts
        # Starts a task that ends with the session.
        self._spawn = spawn
        # The session object's `audio.input`.
        self._settings: Mapping[str, Any] = session["audio"]["input"]
        # The team's language, if it has said so, and the one to listen for.
        self._teams, self._language = language, heard_language(session, language)
        # The session's functions, which tell how long a number is.
        self._tools: Sequence[Mapping[str, Any]] = ()
        # The input audio buffer; its rule finds the ends of turns in it, unless the client does.
        self._buffer = InputBuffer(parts.probability(), self._settings["format"]["type"], _rule(self._settings, {}))
        # The id of the item that the buffer will become.
        self._item_id = make_id("item_")
        # Speculative recognition of the buffer, started before the turn has ended.
        self._early: asyncio.Task[Recognized] | None = None
        # Speech over an agent that may be no turn.
        self._doubt: Doubt | None = None

    @property
    def speaking(self) -> bool:
        """Whether the caller is speaking, as the client was told."""
        return self._buffer.speaking and self._doubt is None

    @property
    def recognizing(self) -> list[asyncio.Task[Recognized]]:
        """What is being recognised of a turn that has not ended."""
        looking = self._doubt.looking if self._doubt is not None else None
        return [task for task in (self._early, looking) if task is not None]

    def configure(self, session: Mapping[str, Any], written: Mapping[str, Any]) -> None:
        """Follow an updated session object; `written` is what of it was set."""
        self._settings, self._tools = session["audio"]["input"], session["tools"]
        self._language = heard_language(session, self._teams)
        self._buffer.configure(self._settings["format"]["type"], _rule(self._settings, written))
        if self._buffer.rule is None:
            self._forget_doubt()

    async def append(self, data: bytes, turn_changed: Callable[[Change], None]) -> None:
        """Take audio from the wire; `turn_changed` gets `STARTED` and `STOPPED` once their events are out."""
        for count, change in enumerate(self._buffer.append(data), 1):
            self._conversation.playback.advance(self._buffer.position_ms)
            if change is not None:
                self._note(change, turn_changed)
            if self._doubt is not None:
                self._consider(self._doubt)
            if count % PAUSE_STEPS == 0:
                await asyncio.sleep(0)

    def commit(self) -> None:
        """End the turn at the client's request; raises `CallerError` for less than 100 ms."""
        self._buffer.complete()
        if round(self._buffer.received_ms) < SHORTEST_MS:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
                f"but buffer only has {self._buffer.received_ms:.2f}ms of audio."
            )
            raise CallerError(message, code="input_audio_buffer_commit_empty")
        self._drop_early()
        self._forget_doubt()
        self._commit()

    def clear(self) -> None:
        """Empty the buffer."""
        self._drop_early()
        self._forget_doubt()
        self._buffer.complete()
        self._buffer.take()
        self._item_id = make_id("item_")
        self._events.emit("input_audio_buffer.cleared")

    def untranscribed_audio(self, entry: Entry) -> NDArray[np.int16] | None:
        """Return the audio at 16 kHz that an item brings without its transcript, if any; raises `CallerError`."""
        content = entry.item.get("content", ())
        parts = [part for part in content if "audio" in part and part["transcript"] is None]
        if not parts:
            return None
        data = b"".join(decoded(part["audio"], "item.content[0].audio") for part in parts)
        return np.ascontiguousarray(Decoder(self._settings["format"]["type"]).decode(data, last=True))

    def transcribe(self, entry: Entry, samples: NDArray[np.int16]) -> None:
        """Start transcribing an item's audio."""
        self._await_text(entry, samples, self._recognize(samples))

    def _note(self, change: Change, turn_changed: Callable[[Change], None]) -> None:
        match change:
            case Change.STARTED:
                self._doubt = self._doubtful(turn_changed)
                if self._doubt is None:
                    self._begin(turn_changed)
            case Change.PAUSED:
                self._early = self._recognize(self._buffer.kept())
                self._early.add_done_callback(self._heard_early)
                if self._doubt is not None:
                    self._buffer.end_after(NOTHING_MS)  # until the words are known, however long that takes
            case Change.RESUMED:
                self._drop_early()
                if self._doubt is not None:
                    self._doubt.resume(self._buffer.spoken_ms)
            case Change.STOPPED if self._doubt is not None and self._doubt.is_nothing:
                self._drop_early()
                self._forget_doubt()
            case Change.STOPPED:
                self._believe()
                end = self._buffer.position_ms
                self._events.emit("input_audio_buffer.speech_stopped", item_id=self._item_id, audio_end_ms=end)
                self._commit()
                turn_changed(change)

    def _begin(self, turn_changed: Callable[[Change], None]) -> None:
        """Tell that the caller speaks; the client stops what it plays."""
        start = self._buffer.start_ms
        self._conversation.playback.stop()
        self._events.emit("input_audio_buffer.speech_started", item_id=self._item_id, audio_start_ms=start)
        turn_changed(Change.STARTED)

    def _doubtful(self, turn_changed: Callable[[Change], None]) -> Doubt | None:
        """Return a doubt whether speech that has begun is a turn; None if nothing would be interrupted."""
        playback = self._conversation.playback
        within = playback.remaining_ms >= NEARLY_MS and not self._goes_on()
        if not within or not self._settings["turn_detection"]["interrupt_response"]:
            return None
        asked = playback.sentence.rstrip().endswith(("?", "？"))
        return Doubt(partial(self._begin, turn_changed), self._language or ENGLISH, asked=asked)

    def _goes_on(self) -> bool:
        """Return whether the caller has only paused: their last turn was taken for finished too early."""
        heard = any(entry.heard_ms for entry in self._conversation.entries())
        return heard and self._buffer.received_ms <= GOES_ON_MS

    def _consider(self, doubt: Doubt) -> None:
        """Look for evidence while the caller speaks."""
        spoken_ms = self._buffer.spoken_ms
        if spoken_ms >= CERTAIN_MS:
            self._believe()
        elif doubt.wants_look(spoken_ms):
            doubt.look(self._recognize(self._buffer.kept()), spoken_ms, self._believe)

    def _believe(self) -> None:
        """Take what was in doubt for a turn."""
        if (doubt := self._doubt) is not None:
            self._forget_doubt()
            doubt.begin()

    def _forget_doubt(self) -> None:
        if self._doubt is not None:
            self._doubt.end()
            self._doubt = None

    def _heard_early(self, recognition: asyncio.Task[Recognized]) -> None:
        """Let what was heard at a pause decide whether it is a turn, and how long the silence at its end is."""
        if recognition is not self._early or recognition.cancelled():
            return
        heard, language, rule = recognition.result(), self._language or ENGLISH, self._buffer.rule
        if rule is None or not isinstance(heard, str):
            return
        if self._doubt is not None:
            if not self._doubt.hear(heard, self._buffer.spoken_ms):
                return
            self._believe()
            self._buffer.end_after(rule.silence_ms)
        if rule.adaptive and end_of_turn.knows(language):
            items = [entry.item for entry in self._conversation.entries()]
            asked = Asked(last_said(items), self._tools)
            if may := self._expectation():
                asked = replace(asked, answered=may.is_answered(heard), likely=may.is_likely_answered(heard))
            pause_ms = end_of_turn.silence_ms(heard, asked, language)
            self._buffer.end_after(pause_ms * rule.silence_ms / USUAL)

    def time_out(self) -> None:
        """Turn the caller's silence into an item (`input_audio_buffer.timeout_triggered`)."""
        times = {"audio_start_ms": self._buffer.start_ms, "audio_end_ms": self._buffer.position_ms}
        self._events.emit("input_audio_buffer.timeout_triggered", item_id=self._item_id, **times)
        self._drop_early()
        self._forget_doubt()
        self._buffer.take()
        self._add_turn("")

    def _commit(self) -> None:
        samples = self._buffer.take()
        entry = self._add_turn(None)
        early, self._early = self._early, None
        self._await_text(entry, samples, early or self._recognize(samples))

    def _add_turn(self, transcript: str | None) -> Entry:
        item_id, self._item_id = self._item_id, make_id("item_")
        return self._conversation.commit(item_id, transcript)

    def _await_text(self, entry: Entry, samples: NDArray[np.int16], recognition: asyncio.Task[Recognized]) -> None:
        entry.heard_ms = len(samples) * 1000 / HEARD
        reports = self._settings["transcription"] is not None
        entry.transcribing = self._spawn(self._fill(entry, recognition, reports=reports), "transcript")

    def _recognize(self, samples: NDArray[np.int16]) -> asyncio.Task[Recognized]:
        return self._spawn(self._attempt(samples), "recognition")

    async def _attempt(self, samples: NDArray[np.int16]) -> Recognized:
        """Return the text or the error: a task of the session's group must not raise."""
        try:
            may = self._expectation()
            return await self._parts.transcriber.transcribe(samples, self._language, may.chosen if may else None)
        except OrchestratorError as error:
            return error
        except Exception:
            structlog.get_logger().exception("local transcription failed")
            return RealtimeError("The embedded provider failed to transcribe.", code="server_error")

    def _expectation(self) -> Expected | None:
        """Return what the caller may say; None in a language of which that is not known."""
        if self._language not in (None, ENGLISH):
            return None
        said = last_said([entry.item for entry in self._conversation.entries()])
        return expected(said, self._tools, self._parts.today())

    def _drop_early(self) -> None:
        if self._early is not None:
            self._early.cancel()
            self._early = None

    async def _fill(self, entry: Entry, recognition: asyncio.Task[Recognized], *, reports: bool) -> None:
        try:
            result = await recognition
        finally:
            recognition.cancel()
        event = "conversation.item.input_audio_transcription"
        place = {"item_id": entry.id, "content_index": 0}
        if isinstance(result, OrchestratorError):
            error = {"type": "server_error", "code": "transcription_failed", "message": str(result)}
            if reports:
                self._events.emit(f"{event}.failed", **place, error=error)
            return
        for part in entry.item["content"]:
            if part["type"] == "input_audio":
                part["transcript"] = result
        if reports:
            usage = {"type": "duration", "seconds": round(entry.heard_ms / 1000, 3)}
            self._events.emit(f"{event}.completed", **place, transcript=result, usage=usage)


def _rule(settings: Mapping[str, Any], written: Mapping[str, Any]) -> Rule | None:
    detection = settings["turn_detection"]
    own = written.get("audio", {}).get("input", {}).get("turn_detection") or {}
    return rule(detection, own) if detection is not None else None

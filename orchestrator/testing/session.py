"""One session of the scripted server, without I/O: client events go in, frames come out, and nothing waits.

`receive` takes an event; `next_frame` returns what the client is to be sent, when it is due. A response emits its
events only as they are taken, so a client that reads slowly slows it down, and can still cancel it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol import session as protocol
from orchestrator.protocol.audio import bytes_per_ms, decoded
from orchestrator.protocol.client_events import check
from orchestrator.protocol.response import Responses
from orchestrator.protocol.session import SILENCE_DURATION_MS
from orchestrator.testing.hosted import HostedServers, answers, taken_out
from orchestrator.testing.items import Conversation
from orchestrator.testing.output import Output
from orchestrator.testing.response import ScriptedResponse
from orchestrator.testing.script import Prompt, Script
from orchestrator.testing.turns import Turn, TurnDetector

LEAST_MS = 100.0  # of audio in a turn that the client commits
TRANSCRIPTION = "conversation.item.input_audio_transcription"
Event = dict[str, Any]


class ScriptedSession:
    """The protocol from the service's side: items, turns, one response at a time, errors with the service's codes."""

    def __init__(self, number: int, model: str, script: Script, *, expires_at: int = 0) -> None:
        # What the session says and hears.
        self._script = script
        # Frames for the client.
        self.output = Output(number)
        # The session object.
        self.fields = protocol.new_session(self.output.new_id("sess_"), model, expires_at=expires_at)
        # Whether it has been updated.
        self.configured = False
        # The conversation.
        self.conversation = Conversation(self.output)
        # The MCP servers whose tools it calls itself.
        self.hosted = HostedServers(script, self.conversation)
        # Milliseconds of the caller's audio that are not committed.
        self._buffered_ms = 0.0
        # Finds turns in the caller's audio; None without ears.
        self._detector = TurnDetector() if script.ears else None
        # The id that the item of the caller's turn will have.
        self._turn = ""
        # Responses in progress.
        self._responses = Responses[ScriptedResponse]()
        # Transcripts that are held: item id → words.
        self._held_transcripts: dict[str, str] = {}
        # Close code and reason, once the connection is to be closed when all frames are written.
        self.closing: tuple[int, str] | None = None

    # --- what the owner of the socket calls ---

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return str(self.fields["model"])

    def open(self) -> None:
        """Send `session.created`."""
        self.output.emit("session.created", session=self.fields)

    def close(self, code: int, error: str, message: str) -> None:
        """Send an error, then have the connection closed with a code."""
        self.output.error(error, message)
        self.closing = (code, error)

    def receive(self, event: Event) -> None:
        """Handle a client event; one that is not right is answered by an `error` with its `event_id`."""
        try:
            if answers(event):
                self.hosted.answer(event["item"])
                return
            session, servers = taken_out(event.get("session"))
            event = {**event, "session": session} if servers is not None else event
            check(event)
            self._handle(event)
            if servers is not None:
                self.hosted.configure(servers)
        except CallerError as error:
            self.refuse(error, event.get("event_id"))

    def refuse(self, error: CallerError, event_id: str | None = None) -> None:
        """Answer a client event with an `error`."""
        self.output.error(error.code, str(error), event_id=event_id, param=error.param)

    def next_frame(self, now: float) -> str | bytes | None:
        """Return the frame to be written next; None when there is none before `due`."""
        if not self.output.frames:
            for response in self._responses.running:
                response.advance(now)
        return self.output.frames.popleft() if self.output.frames else None

    @property
    def due(self) -> float | None:
        """When a response goes on; None: not before something happens."""
        return min((one.due for one in self._responses.running if one.due is not None), default=None)

    # --- what the caller does, by order of a test or found in the audio ---

    def hear_start(self, at_ms: int = 0) -> str:
        """Begin a turn of the caller, which interrupts the response; returns the id of its item."""
        item_id = self.output.new_id("item_")
        self.output.emit("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=at_ms)
        response = self._responses.active
        if response is not None and self._detection().get("interrupt_response", True):
            response.cancel("turn_detected")
        return item_id

    def hear_end(self, item_id: str, words: str, at_ms: int = 800) -> None:
        """End a turn of the caller: it is committed, transcribed and, unless that is switched off, answered."""
        self.output.emit("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=at_ms)
        self._commit(item_id, words)
        if self._detection().get("create_response", True) and self._responses.active is None:
            self._respond({})

    def transcribe(self) -> None:
        """Let the transcripts that are held come."""
        held, self._held_transcripts = self._held_transcripts, {}
        for item_id, words in held.items():
            self._send_transcript(item_id, words)

    def release(self) -> None:
        """Let a held response go on."""
        response = self._responses.active
        assert response is not None, "no response is in progress"
        response.release()

    # --- the protocol ---

    def _detection(self) -> Mapping[str, Any]:
        return self.fields["audio"]["input"]["turn_detection"] or {"create_response": False}

    def _handle(self, event: Event) -> None:
        match event["type"]:
            case "session.update":
                self.fields = protocol.update(self.fields, event["session"], spoken=self.conversation.has_audio)
                self.configured = True
                self.output.emit("session.updated", session=self.fields)
            case "response.create":
                options = event.get("response") or {}
                self._responses.check_room(aside=options.get("conversation") == "none")
                self._respond(options)
            case "response.cancel":
                self._responses.cancel(event.get("response_id"))
            case kind if kind.startswith("conversation.item."):
                self.conversation.handle(event)
            case _:
                self._handle_audio(event)

    def _handle_audio(self, event: Event) -> None:
        match event["type"].rpartition(".")[2]:
            case "append":
                data = decoded(event["audio"], "audio")
                self._buffered_ms += len(data) / bytes_per_ms(self.fields["audio"]["input"]["format"]["type"])
                self._detect(data)
            case "commit":
                if self._buffered_ms < LEAST_MS:
                    message = f"Error committing input audio buffer: expected at least {LEAST_MS:.0f}ms of audio."
                    raise CallerError(message, code="input_audio_buffer_commit_empty")
                self._commit(self.output.new_id("item_"), self._words())
            case "clear":
                self._buffered_ms = 0.0
                if self._detector is not None:
                    self._detector.cut()
                self.output.emit("input_audio_buffer.cleared")

    def _detect(self, pcm: bytes) -> None:
        """Find the caller's turns in audio, if the server has ears and turn detection is on."""
        if self._detector is None:
            return
        detection = self.fields["audio"]["input"]["turn_detection"]
        pause_ms = None if detection is None else detection.get("silence_duration_ms", SILENCE_DURATION_MS.default)
        for turn in self._detector.feed(pcm, pause_ms):
            if turn is Turn.STARTED:
                self._turn = self.hear_start(self._detector.at_ms)
            else:
                self.hear_end(self._turn, self._words(), self._detector.at_ms)

    def _words(self) -> str:
        """Return the words of the turn that ends."""
        if self._detector is None or self._script.ears is None:
            return self._script.words
        return self._script.ears(self._detector.cut())

    def _commit(self, item_id: str, words: str) -> None:
        """Make the caller's turn an item, and transcribe it if that is asked for."""
        self._buffered_ms = 0.0
        self.conversation.commit(item_id, None).spoken = words
        how = self._script.faults.transcription
        if how == "off" or self.fields["audio"]["input"]["transcription"] is None:
            return
        if how == "held":
            self._held_transcripts[item_id] = words
        elif how == "failed":
            error = {"type": "transcription_error", "code": "audio_unintelligible", "message": "scripted"}
            self.output.emit(f"{TRANSCRIPTION}.failed", item_id=item_id, content_index=0, error=error)
        else:
            self._send_transcript(item_id, words)

    def _send_transcript(self, item_id: str, words: str) -> None:
        fields = {"content_index": 0, "transcript": words, "usage": {"type": "duration", "seconds": 0.8}}
        self.output.emit(f"{TRANSCRIPTION}.completed", item_id=item_id, **fields)

    def _respond(self, options: Event) -> None:
        item, words = self.conversation.last()
        reply = self._script.answer(Prompt(self.model, self.fields, options, item, words))
        self._responses.add(ScriptedResponse(reply, options, self.fields, self.conversation, self.output, self.hosted))

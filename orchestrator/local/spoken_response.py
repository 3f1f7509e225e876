"""A response with a voice: its sentences become deltas of audio and of the transcript, in step with each other.

It knows the sound and no model; `response` decides what is said.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.items import Conversation, Entry, Said
from orchestrator.local.speech.audio import Encoder
from orchestrator.local.speech.reading_aloud import chunks, is_unspaced
from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.response import Response

DELTA_MS = 200
LEAD_MS = 400.0  # the transcript runs this far ahead of the audio
PER_CHARACTER_MS = 60.0  # of speech, estimated
PER_SYLLABLE_MS = 220.0  # of a character that is one, as in Chinese


@dataclass(slots=True)
class Message:
    """The assistant message that is being spoken or written."""

    entry: Entry
    encoder: Encoder | None  # None for a text message
    audio_ms: float = 0.0  # sent to the client so far
    words: list[str] = field(default_factory=list)  # of the current sentence, not sent yet
    sent_ms: float = 0.0  # estimated duration of the words of the current sentence that were sent


class SpokenResponse(Response[Entry]):
    """A response whose messages can be spoken."""

    def __init__(self, conversation: Conversation, fields: Mapping[str, Any], format_type: str, *, aside: bool) -> None:
        super().__init__(conversation, fields, aside=aside)
        # The audio format type, as in the session object.
        self._format = format_type
        # What the client plays of it.
        self._playback = conversation.playback
        # The message that is still open.
        self._open: Message | None = None

    @property
    def audio_ms(self) -> float:
        """The duration of the audio of all items."""
        return sum(entry.said[-1].end_ms for entry in self.entries if entry.said)

    def open_message(self, *, spoken: bool) -> None:
        """Open an assistant message unless one is open."""
        super().open_message(spoken=spoken)
        if self._open is None:
            self._open = Message(self.entries[-1], Encoder(self._format) if spoken else None)

    def begin_sentence(self, sentence: str) -> None:
        """Set the words whose audio comes next."""
        message = self._current()
        message.words = list(chunks(f" {sentence}" if self.text and not is_unspaced(sentence) else sentence))
        message.sent_ms = 0.0
        if message.encoder is not None:
            message.entry.said.append(Said(message.audio_ms, message.audio_ms, sentence))

    def sound(self, samples: NDArray[np.int16], *, last: bool = False) -> Iterator[None]:
        """Send audio of the sentence, one delta for each step of the iterator; it may be abandoned at any step."""
        message = self._current()
        assert message.encoder is not None
        data = message.encoder.encode(samples, last=last)
        rate = bytes_per_ms(self._format)
        for start in range(0, len(data), DELTA_MS * rate):
            piece = data[start : start + DELTA_MS * rate]
            stretch = message.entry.said[-1]
            self._send_words(stretch.end_ms - stretch.start_ms + LEAD_MS)
            self.play(base64.b64encode(piece).decode("ascii"))
            self._playback.add(len(piece) / rate, stretch.text)
            message.audio_ms += len(piece) / rate
            stretch.end_ms = message.audio_ms
            yield

    def end_sentence(self) -> None:
        """Send the remaining words of the sentence."""
        self._send_words(float("inf"))

    def flush(self) -> None:
        """Send what the resampler still holds back of a complete message."""
        if self._open is not None and self._open.encoder is not None:
            for _ in self.sound(np.zeros(0, np.int16), last=True):
                pass

    def cancel(self, reason: str) -> None:
        """End now; whoever cancels a response stops playing it."""
        self._playback.stop()
        super().cancel(reason)

    def close_message(self, status: str) -> None:
        """End the open message, if any; words that were not sent are not part of the conversation."""
        message, self._open = self._open, None
        if message is not None:
            self.text = self.text.strip()
            if message.entry.said and message.words:
                last, unsent = message.entry.said[-1], len("".join(message.words))
                last.text = last.text[: max(len(last.text) - unsent, 0)]
        super().close_message(status)

    def _current(self) -> Message:
        assert self._open is not None, "no message was opened"
        return self._open

    def _send_words(self, until_ms: float) -> None:
        message = self._current()
        while message.words and message.sent_ms < until_ms:
            word = message.words.pop(0)
            message.sent_ms += PER_SYLLABLE_MS if is_unspaced(word) else len(word) * PER_CHARACTER_MS
            self.write(word)

"""The caller's turn on one session: who speaks, and whether an answer comes by itself.

Everything about it is in the table: for each state, what it accepts and where that leads.

    QUIET     nobody speaks
    SPEAKING  the caller speaks
    AWAITED   the caller's turn was committed; turn detection is about to answer it
    RESUMED   the caller speaks again before that answer has begun

A session without the caller stays QUIET: its microphone hears nothing new. What a state does not accept is ignored,
because services repeat themselves, reorder events and drop some; nothing that a peer sends may stop a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Cue(Enum):
    """What moves a turn: events of the session, or what the call makes of them."""

    STARTED = "input_audio_buffer.speech_started"
    COMMITTED = "input_audio_buffer.committed, without an answer by turn detection"
    DETECTED = "input_audio_buffer.committed, which turn detection answers"
    SILENT = "input_audio_buffer.timeout_triggered, which turn detection answers"
    ANSWERED = "response.created"
    REFUSED = "error: turn detection found another response active"
    CLEARED = "input_audio_buffer.clear, or turn detection was switched off: what is being said comes to nothing"
    LEFT = "the caller is with another agent, or the session is closed"


class Turn(Enum):
    """Where the caller's turn is."""

    QUIET = "quiet"
    SPEAKING = "speaking"
    AWAITED = "awaited"
    RESUMED = "resumed"

    @property
    def speaking(self) -> bool:
        """Whether the caller speaks."""
        return self in (Turn.SPEAKING, Turn.RESUMED)

    @property
    def awaited(self) -> bool:
        """Whether turn detection is about to answer what was said."""
        return self in (Turn.AWAITED, Turn.RESUMED)

    def after(self, cue: Cue) -> Turn:
        """Return the state that a cue leads to: the same one when this state does not accept it."""
        return MOVES[self].get(cue, self)


MOVES: Mapping[Turn, Mapping[Cue, Turn]] = {
    Turn.QUIET: {Cue.STARTED: Turn.SPEAKING, Cue.SILENT: Turn.AWAITED},
    Turn.SPEAKING: {
        Cue.COMMITTED: Turn.QUIET,
        Cue.DETECTED: Turn.AWAITED,
        Cue.CLEARED: Turn.QUIET,
        Cue.LEFT: Turn.QUIET,
    },
    Turn.AWAITED: {
        Cue.STARTED: Turn.RESUMED,
        Cue.ANSWERED: Turn.QUIET,
        Cue.REFUSED: Turn.QUIET,
        Cue.LEFT: Turn.QUIET,
    },
    Turn.RESUMED: {
        Cue.COMMITTED: Turn.QUIET,
        Cue.DETECTED: Turn.AWAITED,
        Cue.ANSWERED: Turn.SPEAKING,
        Cue.REFUSED: Turn.SPEAKING,
        Cue.CLEARED: Turn.AWAITED,
        Cue.LEFT: Turn.QUIET,
    },
}

"""Speech over an agent that is not taken for a turn yet: nothing is told of it until there is evidence.

A client stops what it plays when it is told `input_audio_buffer.speech_started`, and cannot play on. So the event waits
for words that are no backchannel, or for speech that goes on for longer than any.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.errors import OrchestratorError
from orchestrator.local.interruptions.evidence import interrupts

NEARLY_MS = 500.0  # who begins when no more than this is left to play interrupts nothing
GOES_ON_MS = 1000.0  # who speaks again so soon after their turn has not finished, and interrupts nothing either
LOOK_MS, AGAIN_MS = 450.0, 200.0  # of speech after which it is recognised, and then again
CERTAIN_MS = 1400.0  # of speech that are a turn, whatever the words
NOTHING_MS = 900.0  # of silence after which what was no turn is forgotten: more may follow an "okay"

Recognition = asyncio.Task[str | OrchestratorError]


class Doubt:
    """One stretch of speech in doubt."""

    def __init__(self, begin: Callable[[], None], language: str, *, asked: bool) -> None:
        # Tells that the caller speaks.
        self.begin = begin
        # The language that is heard.
        self._language = language
        # Whether the agent is asking something: then "yes" is an answer.
        self._asked = asked
        # Recognises what was said so far.
        self._look: Recognition | None = None
        # After how much speech that is done next.
        self._next_ms = LOOK_MS
        # Whether all that was said is known, and is no turn.
        self.is_nothing = False

    def wants_look(self, spoken_ms: float) -> bool:
        """Return whether what was said so far should be recognised."""
        return spoken_ms >= self._next_ms and self._look is None

    def look(self, recognition: Recognition, spoken_ms: float, convinced: Callable[[], None]) -> None:
        """Wait for what was said so far; `convinced` is called if that is a turn."""
        self._look, self._next_ms = recognition, spoken_ms + AGAIN_MS

        def looked(done: Recognition) -> None:
            if done is not self._look or done.cancelled():
                return
            self._look, heard = None, done.result()
            if not isinstance(heard, str) or self._interrupts(heard, spoken_ms):
                convinced()

        recognition.add_done_callback(looked)

    @property
    def looking(self) -> Recognition | None:
        """The recognition that it waits for."""
        return self._look

    def hear(self, heard: str, spoken_ms: float) -> bool:
        """Take what was heard at a pause; returns whether that is a turn."""
        self.is_nothing = not self._interrupts(heard, spoken_ms)
        return not self.is_nothing

    def resume(self, spoken_ms: float) -> None:
        """Listen again, and soon: the speech goes on after a pause."""
        self.is_nothing, self._next_ms = False, spoken_ms + AGAIN_MS

    def end(self) -> None:
        """Stop waiting."""
        look, self._look = self._look, None
        if look is not None:
            look.cancel()

    def _interrupts(self, heard: str, spoken_ms: float) -> bool:
        return interrupts(heard, spoken_ms, self._language, asked=self._asked)

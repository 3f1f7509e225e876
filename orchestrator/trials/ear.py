"""The caller's ear in a test by text: what is said to them, when they hear it, and what they do not hear any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.core.away.events import Reach
from orchestrator.core.effects import Dial, TellWords
from orchestrator.core.events import CallerTruncated, Ending
from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.audio_frames import delta_audio
from orchestrator.runner import Caller
from orchestrator.runner.caller import REQUEST
from orchestrator.trials.heard import Heard
from orchestrator.trials.spoken_text import FORMAT


class Ear(Heard, Caller):
    """The caller's side of a call: a player that plays what it is given without gaps, in the time of the call."""

    def __init__(self, clock: Callable[[], float], feed: Callable[[CallerTruncated], None]) -> None:
        super().__init__()
        # The time of the call, and where is told how much was heard.
        self._clock, self._feed = clock, feed
        # How the call has ended; None while it goes on.
        self.ending: Ending | None = None

    def play(self, item_id: str, frame: str) -> None:
        """Play the sound of an item behind what is played."""
        audio = delta_audio(frame)
        if audio is not None:
            response_id, _, length = audio
            self.add_sound(response_id, item_id, length / bytes_per_ms(FORMAT) / 1000, self._clock())

    def stop_playback(self, *, told: bool = False) -> None:
        """Forget what was not heard, and tell how much of each item was."""
        for item_id, ms in self.stop(self._clock()):
            self._feed(CallerTruncated(item_id, ms))

    def tell_words(self, words: TellWords) -> None:
        """Hear words."""
        self.add_words(words.response_id, words.item_id, words.text)

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Note who speaks."""
        if name == "response.started":
            self.speaks(str(fields["response_id"]), str(fields["agent"]))

    def end(self, ending: Ending, reason: str) -> None:
        """Note how the call has ended."""
        self.ending = ending

    @property
    def reach(self) -> Reach:
        """The caller is on a telephone; whether somebody answers, the test says (`given.away`)."""
        return Reach.TELEPHONE

    # What has no meaning here: music while the caller waits, events of sessions, responses without an end, refusals.

    def refuse(self, code: str, message: str, param: str | None, event_id: str | None, kind: str = REQUEST) -> None:
        """Refuse something that the caller did: the facts of the call say so."""

    def start_hold(self, response_id: str, item_id: str) -> None:
        """Begin the hold sound."""

    def play_hold(self, response_id: str, item_id: str, ms: int) -> None:
        """Play so much more of it."""

    def press_keys(self, response_id: str, item_id: str, keys: str) -> None:
        """Hear the tones of keys."""

    def tell(self, payload: Mapping[str, Any]) -> None:
        """Take any other event of a session."""

    def dial(self, effect: Dial) -> None:
        """Connect the caller to somebody outside: the line does, see `by_text`."""

    def end_response(self, response_id: str, status: str) -> None:
        """Close a response of which no more will come."""

"""The caller's ear in a test by text: what is said to them, when they hear it, and what they do not hear any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.core.effects import TellWords
from orchestrator.core.events import CallerTruncated, Ending
from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.audio_frames import delta_audio
from orchestrator.runner import Caller
from orchestrator.runner.caller import REQUEST
from orchestrator.trials.spoken_text import FORMAT


@dataclass(slots=True)
class Utterance:
    """An item that the caller hears."""

    agent: str
    response_id: str
    text: str = ""
    begins: float | None = None  # when its first sound is heard
    ends: float = 0.0  # when its last one is, or was cut


class Ear(Caller):
    """The caller's side of a call: a player that plays what it is given without gaps, in the time of the call."""

    def __init__(self, clock: Callable[[], float], feed: Callable[[CallerTruncated], None]) -> None:
        # The time of the call, and where is told how much was heard.
        self._clock, self._feed = clock, feed
        # Item → what is heard of it, in the order of the first words.
        self.utterances: dict[str, Utterance] = {}
        # Response → the agent that gives it.
        self._agents: dict[str, str] = {}
        # How the call has ended; None while it goes on.
        self.ending: Ending | None = None

    def play(self, item_id: str, frame: str) -> None:
        """Play the sound of an item behind what is played."""
        audio = delta_audio(frame)
        if audio is None:
            return
        response_id, _, length = audio
        utterance = self._utterance(response_id, item_id)
        begins = max(self.quiet_at, self._clock())
        if utterance.begins is None:
            utterance.begins = begins
        utterance.ends = begins + length / bytes_per_ms(FORMAT) / 1000

    def stop_playback(self, *, told: bool = False) -> None:
        """Forget what was not heard, and tell how much of each item was."""
        now = self._clock()
        for item_id, utterance in self.utterances.items():
            if utterance.begins is None or utterance.ends <= now:
                continue
            heard = max(0.0, now - utterance.begins)
            words = utterance.text.split()
            kept = round(len(words) * heard / (utterance.ends - utterance.begins))
            utterance.text = " ".join(words[:kept])
            utterance.begins, utterance.ends = min(now, utterance.begins), now
            self._feed(CallerTruncated(item_id, round(heard * 1000)))

    def tell_words(self, words: TellWords) -> None:
        """Hear words."""
        self._utterance(words.response_id, words.item_id).text += words.text

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        """Note who speaks."""
        if name == "response.started":
            self._agents[str(fields["response_id"])] = str(fields["agent"])

    def end(self, ending: Ending, reason: str) -> None:
        """Note how the call has ended."""
        self.ending = ending

    @property
    def quiet_at(self) -> float:
        """When all that was given to the caller will have been heard."""
        return max((one.ends for one in self.utterances.values()), default=0.0)

    @property
    def answer_begins(self) -> float | None:
        """When the last answer begins, or began, to be heard; None when there is none."""
        heard = [one for one in self.utterances.values() if one.begins is not None]
        times = [one.begins for one in heard if one.begins is not None and one.response_id == heard[-1].response_id]
        return min(times, default=None)

    def _utterance(self, response_id: str, item_id: str) -> Utterance:
        agent = self._agents.get(response_id, "")
        return self.utterances.setdefault(item_id, Utterance(agent, response_id))

    # What has no meaning here: music while the caller waits, events of sessions, responses without an end, refusals.

    def refuse(self, code: str, message: str, param: str | None, event_id: str | None, kind: str = REQUEST) -> None:
        """Refuse something that the caller did: the facts of the call say so."""

    def start_hold(self, response_id: str, item_id: str) -> None:
        """Begin the hold sound."""

    def play_hold(self, response_id: str, item_id: str, ms: int) -> None:
        """Play so much more of it."""

    def tell(self, payload: Mapping[str, Any]) -> None:
        """Take any other event of a session."""

    def end_response(self, response_id: str, status: str) -> None:
        """Close a response of which no more will come."""

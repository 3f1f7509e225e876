"""What a caller hears: the audio of a call is played at the pace of speech, and cut where they interrupt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.protocol.audio import PCM_RATE

BYTES_PER_SECOND = 2.0 * PCM_RATE


@dataclass(slots=True)
class Utterance:
    """An item that the caller hears."""

    agent: str
    response_id: str
    text: str = ""
    begins: float | None = None  # when its first sound is heard
    ends: float = 0.0  # when its last one is, or was cut
    cut: bool = False  # the caller has interrupted it


class Hearing:
    """Takes the server's events, in seconds of the call."""

    def __init__(self) -> None:
        # Item → what is heard of it, in the order of the first words or sounds.
        self.utterances: dict[str, Utterance] = {}
        # Response → the agent that gives it.
        self._agents: dict[str, str] = {}

    def take(self, event: Mapping[str, Any], now: float) -> None:
        """Take an event of the server."""
        match event["type"]:
            case "response.output_audio.delta":
                self._play(event, len(event["delta"]) * 3 / 4 / BYTES_PER_SECOND, now)
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                utterance = self._utterance(event)
                utterance.text += "" if utterance.cut else event["delta"]
            case "team.response.started":
                self._agents[str(event["response_id"])] = str(event["agent"])

    def _play(self, event: Mapping[str, Any], seconds: float, now: float) -> None:
        utterance = self._utterance(event)
        begins = max(self.quiet_at, now)
        if utterance.begins is None:
            utterance.begins = begins
        utterance.ends = begins + seconds

    def stop(self, now: float) -> Iterator[tuple[str, int]]:
        """Forget what was not heard; yield each item that is cut, with the milliseconds of it that were heard."""
        for item_id, utterance in self.utterances.items():
            if utterance.begins is None or utterance.ends <= now:
                continue
            heard = max(0.0, now - utterance.begins)
            words = utterance.text.split()
            utterance.text = " ".join(words[: round(len(words) * heard / (utterance.ends - utterance.begins))])
            utterance.begins, utterance.ends, utterance.cut = min(now, utterance.begins), now, True
            yield item_id, round(heard * 1000)

    @property
    def quiet_at(self) -> float:
        """When all that has come will have been heard."""
        return max((one.ends for one in self.utterances.values()), default=0.0)

    @property
    def answer_begins(self) -> float | None:
        """When the last answer begins, or began, to be heard; None when there is none."""
        heard = [one for one in self.utterances.values() if one.begins is not None]
        times = [one.begins for one in heard if one.begins is not None and one.response_id == heard[-1].response_id]
        return min(times, default=None)

    def _utterance(self, event: Mapping[str, Any]) -> Utterance:
        response_id = str(event["response_id"])
        made = Utterance(self._agents.get(response_id, ""), response_id)
        return self.utterances.setdefault(str(event["item_id"]), made)

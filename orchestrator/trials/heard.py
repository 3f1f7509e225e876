"""What a caller hears in a test: one utterance behind the other, at the pace of speech, cut where they interrupt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Utterance:
    """An item that the caller hears."""

    agent: str
    response_id: str
    text: str = ""
    begins: float | None = None  # when its first sound is heard
    ends: float = 0.0  # when its last one is, or was cut
    cut: bool = False  # the caller has interrupted it


class Heard:
    """A player without gaps, in seconds of the call."""

    def __init__(self) -> None:
        # Item → what is heard of it, in the order of the first words or sounds.
        self.utterances: dict[str, Utterance] = {}
        # Response → the agent that gives it.
        self._agents: dict[str, str] = {}

    def speaks(self, response_id: str, agent: str) -> None:
        """Note who gives a response."""
        self._agents[response_id] = agent

    def add_words(self, response_id: str, item_id: str, text: str) -> None:
        """Hear words, unless their item was cut."""
        utterance = self._utterance(response_id, item_id)
        utterance.text += "" if utterance.cut else text

    def add_sound(self, response_id: str, item_id: str, seconds: float, now: float) -> None:
        """Play sound behind what is played."""
        utterance = self._utterance(response_id, item_id)
        begins = max(self.quiet_at, now)
        if utterance.begins is None:
            utterance.begins = begins
        utterance.ends = begins + seconds

    def stop(self, now: float) -> list[tuple[str, int]]:
        """Forget what was not heard; return each item that is cut, with the milliseconds of it that were heard."""
        cut = []
        for item_id, utterance in self.utterances.items():
            if utterance.begins is None or utterance.ends <= now:
                continue
            heard = max(0.0, now - utterance.begins)
            words = utterance.text.split()
            utterance.text = " ".join(words[: round(len(words) * heard / (utterance.ends - utterance.begins))])
            utterance.begins, utterance.ends, utterance.cut = min(now, utterance.begins), now, True
            cut.append((item_id, round(heard * 1000)))
        return cut

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

    def _utterance(self, response_id: str, item_id: str) -> Utterance:
        made = Utterance(self._agents.get(response_id, ""), response_id)
        return self.utterances.setdefault(item_id, made)

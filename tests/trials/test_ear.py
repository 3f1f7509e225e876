"""The caller's ear: sounds are heard one behind the other, and what is cut is not heard."""

from __future__ import annotations

import base64
import json

import pytest

from orchestrator.core.effects import TellWords
from orchestrator.core.events import CallerTruncated, Ending
from orchestrator.trials.ear import Ear


class Scene:
    """An ear in a time that a test sets."""

    def __init__(self) -> None:
        # The time, what was told of cuts, and the ear.
        self.now = 0.0
        self.cuts: list[CallerTruncated] = []
        self.ear = Ear(lambda: self.now, self.cuts.append)

    def speaks(self, item: str, text: str, seconds: float, response: str = "resp_1") -> None:
        """Let an agent say something."""
        silence = base64.b64encode(bytes(round(seconds * 8000))).decode()
        place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        frame = json.dumps({"type": "response.output_audio.delta", "event_id": "e", **place, "delta": silence})
        self.ear.tell_words(TellWords(response, item, 0, text, ""))
        self.ear.play(item, frame)


def test_what_is_said_is_heard_in_order() -> None:
    """The second item begins when the first one is over; who speaks is known."""
    scene = Scene()
    scene.ear.announce("response.started", {"agent": "front", "response_id": "resp_1"})
    scene.ear.announce("handoff.completed", {})
    scene.speaks("a", "One ", 1.0)
    scene.speaks("a", "two.", 1.0)
    scene.speaks("b", "Three.", 0.5)
    a, b = scene.ear.utterances.values()

    assert (a.agent, a.text, a.begins, a.ends) == ("front", "One two.", 0.0, 2.0)
    assert (b.begins, b.ends) == (2.0, 2.5)
    assert scene.ear.quiet_at == 2.5
    assert scene.ear.answer_begins == 0.0


def test_what_is_cut_is_told_and_forgotten() -> None:
    """The item that is played is cut in the middle, the next one at its beginning; what was heard stays."""
    scene = Scene()
    scene.speaks("old", "Before.", 1.0)
    scene.now = 5.0
    scene.speaks("a", "one two three four", 2.0, "resp_2")
    scene.speaks("b", "five", 1.0, "resp_2")
    scene.now = 6.0
    scene.ear.stop_playback()

    assert scene.cuts == [CallerTruncated("a", 1000), CallerTruncated("b", 0)]
    assert [one.text for one in scene.ear.utterances.values()] == ["Before.", "one two", ""]
    assert scene.ear.quiet_at == 6.0
    assert scene.ear.answer_begins == 5.0


@pytest.mark.parametrize("frame", ["{}", '{"type": "response.output_audio.delta"}'])
def test_what_is_no_sound_is_not_heard(frame: str) -> None:
    """Nor is the hold sound, nor an event of a session."""
    ear = Scene().ear
    ear.play("a", frame)
    ear.start_hold("resp_1", "a")
    ear.play_hold("resp_1", "a", 500)
    ear.tell({"type": "response.done"})
    ear.end_response("resp_1", "cancelled")

    assert ear.utterances == {}
    assert ear.answer_begins is None


def test_the_end_is_noted() -> None:
    """A refusal does not end the call."""
    ear = Scene().ear
    ear.refuse("code", "No.", None, None)
    assert ear.ending is None
    ear.end(Ending.LEFT, "hang-up")

    assert ear.ending is Ending.LEFT

"""A recording as the call sees it: what it passes on, and what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestrator.core.effects import Announce, Effect, SendAudio, TellWords
from orchestrator.core.events import (
    AudioProduced,
    CallerLeft,
    CallerSpoke,
    CallerTruncated,
    CallerTyped,
    Ending,
    Event,
    ResponseFinished,
    SpeechStarted,
    TranscriptProduced,
    TurnTranscribed,
)
from orchestrator.core.ids import SessionId
from orchestrator.core.memory.variables import HIDDEN
from orchestrator.records.audio.queue import Queue, Room
from orchestrator.records.audio.recording import NOT_KEPT, Recording
from orchestrator.records.audio.rendering import render
from orchestrator.records.audio.spool import Spool
from tests.records.audio.hearing import CALLER_HERTZ, TEAM_HERTZ, append, delta, listened, tone
from tests.records.audio.test_tape import KIND, times

FRONT = SessionId("front")


class Scene:
    """A call that is recorded without a thread: what is queued is written at the end, unless there is no room."""

    def __init__(self, folder: Path, *, pause_in: tuple[str, ...] = ()) -> None:
        self.folder, self.now = folder, 100.0
        self.secret = "nothing"
        self.room = Room(1 << 30)
        self.queue = Queue(self.room)
        self.recording = Recording(
            self.queue,
            clock=lambda: self.now,
            began=100.0,
            mask=lambda text: text.replace(self.secret, "[secret]"),
            pause_in=pause_in,
        )

    def speak(self, seconds: float) -> None:
        """Let the caller speak for so long."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.recording.heard(append(tone(CALLER_HERTZ, 100)), KIND, 100)

    def say(self, item_id: str, seconds: float) -> None:
        """Let an agent say something, which is sent at once."""
        for _ in range(round(seconds * 10)):
            self.recording.sent(item_id, delta(item_id, tone(TEAM_HERTZ, 100)), KIND)

    def tell(self, *events: Event, effects: Sequence[Effect] = ()) -> None:
        """Let events happen."""
        for event in events:
            self.recording.observe(event, effects, self.now)

    def sides(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Return when sound is heard left and right."""
        self.recording.close()
        self.queue.work(lambda function, *args: function(*args))
        path = self.folder / "caller.spool"
        spool = Spool(path, 100.0)
        spool.write(self.queue.take())
        spool.close()
        left, right = listened(render(path))
        return times(left), times(right)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return a recording without pauses."""
    return Scene(tmp_path)


@pytest.fixture
def private(tmp_path: Path) -> Scene:
    """Return one that pauses while `billing` has the caller."""
    return Scene(tmp_path, pause_in=("billing",))


def test_both_sides_are_kept(scene: Scene) -> None:
    """From the start of the call, whatever the clock says."""
    scene.speak(2.0)
    scene.say("a", 1.0)
    scene.speak(2.0)

    assert scene.sides() == ([(0.0, 4.0)], [(2.0, 3.0)])


def test_what_the_caller_tells_counts(scene: Scene) -> None:
    """How much was heard, and that nobody hears any more."""
    scene.say("a", 1.0)
    scene.say("b", 1.0)
    scene.now += 1.6
    scene.recording.stopped()
    scene.recording.told(CallerTruncated("b", 300))
    scene.say("c", 9.0)
    scene.now += 1
    scene.recording.told(CallerTyped({}))
    scene.recording.told(CallerLeft("a farewell is heard to its end", Ending.FINISHED))
    scene.now += 1
    scene.recording.told(CallerLeft())
    scene.now += 3

    assert scene.sides() == ([], [(0.0, 1.3), (1.6, 3.6)])


def test_a_transport_that_plays_by_itself(scene: Scene) -> None:
    """What it was given is not yet heard; what it plays is."""
    play = scene.recording.player()
    scene.say("a", 5.0)
    for _ in range(50):
        play("a", tone(1000, 20))
        scene.now += 0.02
    scene.recording.stopped()
    scene.now += 5

    assert scene.sides() == ([], [(0.0, 1.0)])


def test_a_mark_of_a_telephone(scene: Scene) -> None:
    """Its playing is late."""
    scene.say("a", 1.0)
    scene.now += 0.8
    scene.recording.marked("a", 500)
    scene.now += 5

    assert scene.sides() == ([], [(0.3, 1.3)])


def test_a_full_queue_leaves_the_time_line_as_it_is(scene: Scene) -> None:
    """Frames are left out, on both sides; a frame in an unusual form costs its time, too."""
    scene.say("a", 1.0)
    scene.speak(1.0)
    scene.room.put_in, scene.room.limit = 0, 5000  # less than a frame
    scene.say("a", 1.0)
    scene.recording.sent("a", "{}", KIND)
    scene.speak(1.0)
    scene.room.limit = 1 << 30
    scene.say("a", 1.0)
    scene.speak(2.0)

    assert scene.sides() == ([(0.0, 1.0), (2.0, 4.0)], [(0.0, 1.0), (2.0, 3.0)])


def test_nothing_is_kept_while_some_agents_have_the_caller(private: Scene) -> None:
    """From the handoff on; of neither side, also not what was still being played, or is played afterwards."""
    private.recording.announced("call.started", {"agent": "front"})
    private.say("a", 3.0)
    private.speak(1.0)
    private.recording.announced("handoff.started", {"from": "front", "to": "billing"})
    private.recording.announced("handoff.completed", {"from": "front", "to": "billing"})
    private.speak(1.0)
    private.say("b", 3.0)
    private.speak(1.0)
    private.recording.announced("handoff.started", {"from": "billing", "to": "front"})
    private.speak(1.0)
    private.recording.announced("handoff.completed", {"from": "billing", "to": "front"})
    private.say("c", 1.0)
    private.speak(3.0)

    assert private.sides() == ([(0.0, 1.0), (4.0, 7.0)], [(0.0, 1.0), (6.0, 7.0)])


def test_a_handoff_that_fails_is_no_pause(private: Scene) -> None:
    """The agent who has the caller goes on; one with whom nothing is kept, too."""
    private.recording.announced("handoff.started", {"from": "front", "to": "billing"})
    private.speak(1.0)
    private.recording.announced("handoff.failed", {"from": "front", "to": "billing"})
    private.speak(1.0)
    private.recording.announced("response.started", {"agent": "billing"})
    private.recording.announced("call.started", {"agent": "billing"})
    private.recording.announced("handoff.failed", {"from": "billing", "to": "front"})
    private.speak(1.0)

    assert private.sides() == ([(1.0, 2.0)], [])


def test_a_pause_holds_for_a_transport_that_plays_by_itself(private: Scene) -> None:
    """What was said in it is not kept when it is played later; so many items are remembered."""
    play = private.recording.player()
    private.recording.pause()
    for number in range(NOT_KEPT + 5):
        private.recording.sent(str(number), delta("x", bytes(960)), KIND)
    play("b", tone(1000, 500))
    private.recording.resume()
    private.now += 1
    play(str(NOT_KEPT), tone(1000, 500))
    private.now += 1
    play("c", tone(1000, 500))
    private.now += 1

    assert private.sides() == ([], [(2.0, 2.5)])


def test_a_turn_that_held_a_secret_is_silent(scene: Scene) -> None:
    """With a second before it was noticed; nothing else is."""
    scene.secret = "4711"
    scene.speak(3.0)
    scene.recording.observe(SpeechStarted(FRONT, "1"), [], scene.now)
    scene.speak(1.0)
    scene.recording.observe(TurnTranscribed(FRONT, "1", "It is 4711."), [], scene.now)
    scene.speak(2.0)

    assert scene.sides() == ([(0.0, 2.0), (4.5, 6.0)], [])


def test_a_secret_that_becomes_known_later(scene: Scene) -> None:
    """By a tool, in whatever event."""
    scene.speak(3.0)
    scene.recording.observe(SpeechStarted(FRONT, "1"), [], scene.now)
    scene.speak(1.0)
    scene.recording.observe(TurnTranscribed(FRONT, "1", "It is 4711."), [], scene.now)
    scene.speak(2.0)
    scene.secret = "4711"
    announced = Announce("variables.set", {"values": {"card": HIDDEN}})
    scene.recording.observe(CallerTyped({}), [announced], scene.now)

    assert scene.sides() == ([(0.0, 2.0), (4.5, 6.0)], [])


def test_what_an_agent_says_of_a_secret_is_silent(scene: Scene) -> None:
    """However it is cut; no words of it are kept, nor anything queued for each piece."""
    scene.secret = "4711"
    scene.say("a", 1.0)
    scene.say("b", 1.0)
    for item, text in (("a", "Hello."), ("b", "It is 4"), ("b", "71"), ("b", "1.")):
        scene.tell(TranscriptProduced(FRONT, "r", item, text), effects=[TellWords("r", item, 0, text, "f")])
    scene.tell(ResponseFinished(FRONT, "r", "completed"))
    scene.now += 5

    assert scene.sides() == ([], [(0.0, 1.0)])
    assert b"It is" not in (scene.folder / "caller.spool").read_bytes()


def test_audio_costs_nothing_to_look_at(scene: Scene) -> None:
    """Nothing is queued for it, nor for events without words."""
    scene.tell(CallerSpoke("f", 20), effects=[SendAudio(FRONT, "f")])
    scene.tell(AudioProduced(FRONT, "r", "i", 20, "f"), CallerTyped({}))

    assert scene.room.put_in == 0


def test_words_that_were_held_for_a_session_were_said_before(scene: Scene) -> None:
    """It hears them late; what is silent is when they were said."""
    scene.secret = "4711"
    scene.speak(2.0)
    scene.recording.observe(CallerSpoke("f", 100), [], scene.now)
    scene.speak(1.0)
    scene.recording.observe(CallerSpoke("f", 100), [], scene.now)
    scene.speak(2.0)
    scene.recording.observe(CallerTyped({}), [SendAudio(FRONT, "f")], scene.now)
    scene.recording.observe(SpeechStarted(FRONT, "1"), [], scene.now)
    scene.recording.observe(TurnTranscribed(FRONT, "1", "It is 4711."), [], scene.now)
    scene.speak(2.0)

    assert scene.sides() == ([(0.0, 1.0), (5.5, 7.0)], [])


def test_nothing_is_kept_after_the_end(scene: Scene) -> None:
    """Whatever still comes."""
    scene.speak(1.0)
    assert scene.sides() == ([(0.0, 1.0)], [])
    scene.speak(1.0)
    scene.say("a", 1.0)
    scene.recording.stopped()
    scene.tell(TurnTranscribed(FRONT, "1", "Bye."))

    assert scene.queue.entries == []

"""Sessions that go on and on, and of which nothing is heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.recovery import UNHEARD
from tests.core.scene import FRONT, Scene, expired, only

LOOK = expired(TimerKind.ANSWER, FRONT)
LIMIT = 10.0 * UNHEARD
PART, WORDS = "response.content_part.added", "response.function_call_arguments.delta"


def answering(modality: str = "audio") -> Scene:
    """A call in which front has begun to answer the caller."""
    scene = Scene()
    scene.open(settings=ev.CallerSettings(modalities=(modality,)))
    scene.turn("front", "i1", "Where is my order?")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    return scene


def given_up(scene: Scene, event: Callable[[int], ev.Event]) -> float | None:
    """Let a session send something every five seconds; return after how many it is given up, None: not in 100."""
    began = scene.now
    for number in range(20):
        if do.CloseSession(FRONT) in scene.after(5.0, event(number), LOOK):
            return scene.now - began
    return None


@pytest.mark.parametrize(
    "event",
    [
        lambda _: ev.ResponseProgressed(FRONT, "r1", {"type": PART}),
        lambda _: ev.ResponseProgressed(FRONT, "r1", {"type": WORDS, "delta": "\n"}),
        lambda _: ev.TranscriptProduced(FRONT, "r1", "i2", "Only written."),
        lambda number: ev.ResponseStarted(FRONT, f"r{number}"),
    ],
    ids=["parts", "arguments", "text", "beginnings"],
)
def test_p47_what_goes_on_without_anything_to_hear_is_given_up(event: Callable[[int], ev.Event]) -> None:
    """P47: after three times the limit; the next session is asked."""
    scene = answering()
    assert given_up(scene, event) == LIMIT

    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


@pytest.mark.parametrize("modality", ["audio", "text"])
def test_p47_what_is_heard_may_take_long(modality: str) -> None:
    """P47: in a call in text it is read."""
    sound = ev.AudioProduced(FRONT, "r1", "i2", 400.0, "frame")
    words = ev.TranscriptProduced(FRONT, "r1", "i2", "Once upon a time")

    assert given_up(answering(modality), lambda _: sound if modality == "audio" else words) is None


def test_p47_what_was_heard_and_then_only_goes_on_is_given_up() -> None:
    """P47: three times the limit count from what was heard last."""
    scene = answering()
    scene.after(9.0, ev.AudioProduced(FRONT, "r1", "i2", 400.0, "frame"))

    assert given_up(scene, lambda _: ev.ResponseProgressed(FRONT, "r1", {"type": PART})) == LIMIT


def test_p47_turn_after_turn_without_an_answer() -> None:
    """P47: the caller asks whether somebody is there, over and over."""
    scene = answering()
    scene.feed(ev.AudioProduced(FRONT, "r1", "i2", 400.0, "frame"), ev.ResponseFinished(FRONT, "r1", "completed"))
    began = scene.now
    for number in range(20):
        said = scene.turn("front", f"hello{number}")
        if do.CloseSession(FRONT) in said + scene.after(4.0, LOOK):
            break

    assert LIMIT <= scene.now - began < LIMIT + 5.0


def test_p47_a_caller_who_goes_on_speaking_does_not_wait_meanwhile() -> None:
    """P47: nothing was heard for longer than the limit, but of that they spoke most of the time."""
    scene = answering()
    scene.feed(ev.AudioProduced(FRONT, "r1", "i2", 400.0, "frame"), ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.turn("front", "i3")
    scene.after(1.0, ev.SpeechStarted(FRONT, "i4"))
    for number in range(8):
        assert do.CloseSession(FRONT) not in scene.after(5.0, ev.CallerSpoke(f"frame {number}", 20.0), LOOK)
    scene.feed(ev.TurnCommitted(FRONT, "i4"))

    assert do.CloseSession(FRONT) not in scene.after(5.0, LOOK)
    assert do.CloseSession(FRONT) in scene.after(5.0, LOOK)

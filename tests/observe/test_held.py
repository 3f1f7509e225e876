"""The caller's audio that had to wait."""

from __future__ import annotations

from orchestrator.core import events as ev
from orchestrator.observe.held import Held
from tests.core.scene import FRONT, Scene, frame


def test_audio_that_waits_for_a_session_is_told_when_it_gets_there() -> None:
    """Once, in seconds; what is forwarded at once is nothing to tell."""
    told: list[float] = []
    held, scene = Held(told.append), Scene()
    events: tuple[ev.Event, ...] = (
        ev.CallerJoined(ev.CallerSettings()),
        *(frame(number) for number in range(5)),
        ev.SessionOpened(FRONT),
        *(frame(number) for number in range(5)),
    )
    for event in events:
        held.observe(event, scene.feed(event), scene.now)

    assert told == [0.1]

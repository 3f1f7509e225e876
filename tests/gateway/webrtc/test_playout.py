"""What is still to be played, and what was."""

from __future__ import annotations

import pytest

from orchestrator.gateway.webrtc import playout
from orchestrator.gateway.webrtc.playout import FRAME, Playout

SOUND = b"\x01" * FRAME


class Scene:
    """A playout, and what it told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.playout = Playout(lambda how, response_id: self.told.append((how, response_id)))


def test_a_response_is_started_played_and_stopped() -> None:
    """At its first frame, and one frame after its last; a last piece of a frame is filled up."""
    scene = Scene()
    scene.playout.add("resp_1", "item_1", SOUND + SOUND[:100])

    assert scene.playout.next_frame() == SOUND
    assert scene.told == [("started", "resp_1")]
    assert scene.playout.next_frame() is None  # the rest of the frame may still come
    scene.playout.finish("resp_1")
    assert scene.playout.next_frame() == SOUND[:100].ljust(FRAME, b"\0")
    assert not scene.playout.silent.is_set()
    assert scene.playout.next_frame() is None
    assert scene.told == [("started", "resp_1"), ("stopped", "resp_1")]
    assert scene.playout.silent.is_set()


def test_what_is_played_can_be_recorded() -> None:
    """As long as it is, and only when it is played."""
    played: list[tuple[str, bytes]] = []
    mine = Playout(lambda how, response_id: None, lambda item_id, audio: played.append((item_id, audio)))
    mine.add("resp_1", "item_1", SOUND + SOUND[:100])
    mine.add("resp_1", "item_2", SOUND * 3)
    for _ in range(3):
        mine.next_frame()
    mine.clear()

    assert mine.next_frame() is None
    assert played == [("item_1", SOUND), ("item_1", SOUND[:100]), ("item_2", SOUND)]


def test_one_response_after_another() -> None:
    """Two items of one, then another that is not waited for."""
    scene = Scene()
    for response, item in (("resp_1", "item_1"), ("resp_1", "item_2"), ("resp_2", "item_3")):
        scene.playout.add(response, item, SOUND)
    while scene.playout.next_frame():
        pass

    assert scene.told == [("started", "resp_1"), ("stopped", "resp_1"), ("started", "resp_2")]


def test_what_is_cleared_is_told_with_what_was_played() -> None:
    """Items that were played whole are not cut; the rest of the response is not played when it comes."""
    scene = Scene()
    scene.playout.add("resp_1", "item_1", SOUND)
    scene.playout.add("resp_1", "item_2", SOUND * 3)
    scene.playout.add("resp_1", "item_3", SOUND)
    scene.playout.next_frame()
    scene.playout.next_frame()

    assert scene.playout.clear() == [("item_2", 20), ("item_3", 0)]
    assert scene.told[-1] == ("cleared", "resp_1")
    scene.playout.add("resp_1", "item_3", SOUND)
    assert scene.playout.next_frame() is None
    scene.playout.finish("resp_1")
    scene.playout.add("resp_2", "item_4", SOUND)
    assert scene.playout.next_frame() == SOUND


def test_nothing_to_clear() -> None:
    """Nothing is told."""
    scene = Scene()

    assert scene.playout.clear() == []
    assert scene.told == []


def test_cleared_before_it_was_started() -> None:
    """The caller never heard of it: it is cut to nothing, without a word about the buffer."""
    scene = Scene()
    scene.playout.add("resp_1", "item_1", SOUND)

    assert scene.playout.clear() == [("item_1", 0)]
    assert scene.told == []


def test_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes when it is full is dropped."""
    monkeypatch.setattr(playout, "LIMIT", 2 * FRAME)
    scene = Scene()
    for _ in range(3):
        scene.playout.add("resp_1", "item_1", SOUND)
    taken = [scene.playout.next_frame() for _ in range(3)]

    assert taken == [SOUND, SOUND, None]

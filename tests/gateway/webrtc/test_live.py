"""The audio of somebody who speaks at this moment."""

from __future__ import annotations

from orchestrator.gateway.webrtc.live import LATE, Live
from orchestrator.gateway.webrtc.playout import FRAME


def test_pieces_of_any_size_are_heard_in_frames() -> None:
    """In order and whole; what is less than a frame waits for the rest, half a sample is dropped."""
    live = Live()
    said = bytes(range(256)) * 15
    assert live.next_frame() is None
    live.add(said[:100])
    assert live.next_frame() is None
    live.add(said[100:2000])
    live.add(said[2000:] + b"x")

    assert [live.next_frame() for _ in range(5)] == [said[at : at + FRAME] for at in range(0, 4 * FRAME, FRAME)] + [
        None
    ]


def test_what_is_late_is_dropped() -> None:
    """The oldest of it: never is more kept than the limit."""
    live = Live()
    live.add(b"\1" * LATE)
    live.add(b"\2" * FRAME)
    heard = []
    while (frame := live.next_frame()) is not None:
        heard.append(frame[:1])

    assert heard == [b"\1"] * (LATE // FRAME - 1) + [b"\2"]

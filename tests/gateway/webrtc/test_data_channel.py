"""Events that fit into a message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.gateway.webrtc.data_channel import DEFAULT, fitting, largest_message, within_window

LONG = "x" * 2000


@pytest.mark.parametrize(
    ("sdp", "most"),
    [
        ("v=0\r\na=max-message-size:262144\r\n", 262_144),
        ("v=0\na=max-message-size:0\n", None),
        ("v=0\r\n", DEFAULT),
    ],
    ids=["said", "any", "unsaid"],
)
def test_what_the_peer_takes(sdp: str, most: int | None) -> None:
    """RFC 8841: 64 KiB when it says nothing, anything when it says 0."""
    assert largest_message(sdp) == most


@pytest.mark.parametrize("most", [None, 10_000])
def test_what_fits_goes_as_it_is(most: int | None) -> None:
    """Not parsed, not written again."""
    frame = '{ "type":"whatever" }'
    assert fitting(frame, most) is frame


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (
            {"item": {"id": "item_1", "content": [{"type": "input_audio", "audio": LONG, "transcript": "Hi."}]}},
            {"item": {"id": "item_1", "content": [{"type": "input_audio", "transcript": "Hi."}]}},
        ),
        ({"session": {"tools": [LONG], "instructions": "Hi."}}, {"session": {"instructions": "Hi."}}),
        ({"session": {"tools": [LONG], "instructions": LONG, "id": "s"}}, {"session": {"id": "s"}}),
        ({"said": "é" * 900}, {"said": "é" * 900}),
        ({"said": "\ud800" * 900}, {"said": "?" * 900}),
    ],
    ids=["audio", "tools", "instructions", "escapes", "half of a pair"],
)
def test_what_is_left_out(event: dict[str, Any], left: dict[str, Any]) -> None:
    """What the peer can do without, and no more."""
    frame = fitting(json.dumps({"type": "one", **event, "pad": LONG[:100]}), 1950)

    assert json.loads(frame) == {"type": "one", **left, "pad": LONG[:100]}
    assert len(frame.encode()) <= 1950


def test_what_cannot_be_made_to_fit() -> None:
    """An error names it."""
    told = json.loads(fitting(json.dumps({"type": "response.done", "response": LONG}), 1000))

    assert told["type"] == "error"
    assert told["error"]["code"] == "event_too_large"
    assert "response.done" in told["error"]["message"]


class Association:
    """Stands for the library's: takes pieces of messages."""

    def __init__(self) -> None:
        self._advertised_rwnd = 10
        self.taken: list[bytes] = []

    async def _receive_data_chunk(self, piece: bytes) -> None:
        self._advertised_rwnd -= len(piece)
        self.taken.append(piece)


async def test_p54_an_unfinished_message_is_bounded() -> None:
    """P54: what comes beyond the window is not kept."""
    association, told = Association(), []
    within_window(association, lambda: told.append("too much"))
    for _ in range(5):
        await association._receive_data_chunk(b"four")

    assert (len(association.taken), told) == (3, ["too much"] * 2)

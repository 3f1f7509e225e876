"""Sound of our own as a response of the Realtime protocol: the caller's client plays it like what agents say.

It is what a caller hears who waits, or the tones of keys that an agent presses.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from orchestrator.protocol.audio import bytes_per_ms
from orchestrator.protocol.audio_frames import DELTA
from orchestrator.protocol.conversation import Conversation, Entry
from orchestrator.protocol.frames import server_frame
from orchestrator.protocol.hold import hold_sound
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.response import Response
from orchestrator.protocol.tones import key_tones

PIECE_MS = 200  # of tones in a frame
FIELDS = {"output_modalities": ["audio"], "max_output_tokens": "inf", "metadata": None}


def opening(response_id: str, item_id: str) -> Iterator[dict[str, Any]]:
    """Yield the events with which a response begins that is such a sound."""
    ids = {"resp_": response_id, "item_": item_id}
    events: list[dict[str, Any]] = []

    def emit(kind: str, **fields: Any) -> None:
        events.append({"type": kind, **fields})

    conversation = Conversation[Entry](emit, Entry, make_id=lambda prefix: ids.get(prefix) or make_id(prefix))
    response = Response[Entry](conversation, FIELDS, aside=False)
    response.begin()
    response.open_message(spoken=True)
    yield from events


def frame(response_id: str, item_id: str, kind: str, start_ms: int, ms: int) -> str:
    """Return a frame with so many milliseconds of the hold sound, from a moment on."""
    return _frame(response_id, item_id, hold_sound(kind, start_ms, ms))


def tones(response_id: str, item_id: str, kind: str, keys: str) -> Iterator[str]:
    """Yield frames with the tones of some keys."""
    sound, piece = key_tones(keys, kind), PIECE_MS * bytes_per_ms(kind)
    for at in range(0, len(sound), piece):
        yield _frame(response_id, item_id, base64.b64encode(sound[at : at + piece]).decode())


def _frame(response_id: str, item_id: str, audio: str) -> str:
    place = {"response_id": response_id, "item_id": item_id, "output_index": 0, "content_index": 0}
    return server_frame(DELTA, **place, delta=audio)

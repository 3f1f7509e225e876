"""What a scripted session sends says which session it is from."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from orchestrator.testing.output import Output


@pytest.mark.parametrize(
    ("audio_format", "rate"), [({"type": "audio/pcm", "rate": 24000}, 48), ({"type": "audio/pcmu"}, 8)]
)
def test_audio_says_whose_it_is_and_which_piece(audio_format: dict[str, Any], rate: int) -> None:
    """Session and piece stand in the first bytes; the format is the one that was asked for."""
    output = Output(2)

    pieces = [base64.b64decode(output.audio(ms, audio_format)) for ms in (100, 50)]

    assert [(piece[:4], len(piece)) for piece in pieces] == [
        (b"\2\0\1\0", 100 * rate),
        (b"\2\0\2\0", 50 * rate),
    ]
    assert set(pieces[0][4:]) == {2, 0}


def test_events_are_queued_in_order_with_ids_that_name_the_session() -> None:
    """No id is made twice."""
    output = Output(3)
    item_id = output.new_id("item_")
    output.emit("odd", item_id=item_id)
    output.error("bad", "No.", event_id="mine", param="x")

    odd, error = (json.loads(frame) for frame in output.frames)

    assert odd == {"type": "odd", "event_id": "event_s3_2", "item_id": "item_s3_1"}
    fault = {"type": "invalid_request_error", "code": "bad", "message": "No.", "param": "x", "event_id": "mine"}
    assert error == {"type": "error", "event_id": "event_s3_3", "error": fault}

"""Frames of an agent's transcript, recognised without parsing them.

A service sends one beside nearly every frame of audio. The caller is given it as it came.
"""

from __future__ import annotations

import json
import re

TRANSCRIPT_DELTA = "response.output_audio_transcript.delta"
# The frame as it is usually written. Whatever else it holds, or another order, takes the full path.
_FRAME = re.compile(
    rf'\{{"type": ?"{re.escape(TRANSCRIPT_DELTA)}", ?"event_id": ?"[^"\\]{{1,512}}", ?'
    r'"response_id": ?"([^"\\]+)", ?"item_id": ?"([^"\\]+)", ?'
    r'"output_index": ?(?:0|[1-9]\d{0,5}), ?"content_index": ?(0|[1-9]\d{0,5}), ?'
    r'"delta": ?("[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")(?:, ?"obfuscation": ?"[^"\\]*")?\}'
)


def transcript_words(frame: str) -> tuple[str, str, int, str] | None:
    """Recognise a transcript delta; return its response id, item id, content index and words.

    None when the frame has to take the full path through the JSON parser, which has the same result.
    """
    found = _FRAME.fullmatch(frame)
    if found is None:
        return None
    response_id, item_id, content_index, delta = found.groups()
    try:
        text = json.loads(delta) if "\\" in delta else delta[1:-1]
    except ValueError:  # no escape of JSON
        return None
    return response_id, item_id, int(content_index), text

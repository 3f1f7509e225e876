"""Frames of an agent's transcript, recognised without parsing them.

A service sends one beside nearly every frame of audio. The caller is given it as it came.
"""

from __future__ import annotations

import json
import re

TRANSCRIPT_DELTA = "response.output_audio_transcript.delta"
_TEXT = r'[^"\\\x00-\x1f]'
# The frame as it is usually written. Whatever else it holds, or another order, takes the full path.
_FRAME = re.compile(
    rf'\{{"type": ?"{re.escape(TRANSCRIPT_DELTA)}", ?"event_id": ?"{_TEXT}{{1,512}}", ?'
    rf'"response_id": ?"({_TEXT}+)", ?"item_id": ?"({_TEXT}+)", ?'
    r'"output_index": ?(?:0|[1-9][0-9]{0,5}), ?"content_index": ?(0|[1-9][0-9]{0,5}), ?'
    r'"delta": ?("[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")(?:, ?"obfuscation": ?"[^"\\\x00-\x1f]*")?\}'
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
        text.encode()
    except ValueError:  # no escape of JSON, or half a surrogate pair
        return None
    return response_id, item_id, int(content_index), text

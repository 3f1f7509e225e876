"""The two frames that carry audio, recognised without parsing them.

The hot path of a call is audio. A frame of it is recognised by its first bytes and forwarded verbatim; its milliseconds
follow from the length of the base64 text, which is not decoded. A frame that does not begin as expected takes the full
path through the JSON parser, with the same result.
"""

from __future__ import annotations

import re

APPEND = "input_audio_buffer.append"
DELTA = "response.output_audio.delta"
# The two frames as they are usually written, up to the audio. Another order, or escaped text, takes the full path.
_TEXT = r'[^"\\\x00-\x1f]'
_EVENT_ID = rf'"event_id": ?"{_TEXT}{{0,512}}"'
_PLACE = "(?:0|[1-9][0-9]{0,5})"
DELTA_OPENING = re.compile(
    rf'\{{"type": ?"{re.escape(DELTA)}", ?"event_id": ?"{_TEXT}{{1,512}}", ?'
    rf'"response_id": ?"({_TEXT}+)", ?"item_id": ?"({_TEXT}+)", ?'
    rf'"output_index": ?{_PLACE}, ?"content_index": ?{_PLACE}, ?"delta": ?"'
)
DELTA_CLOSING = re.compile(rf'"(?:, ?"obfuscation": ?"{_TEXT}*")?\}}')
APPEND_OPENING = re.compile(rf'\{{"type": ?"{re.escape(APPEND)}", ?(?:{_EVENT_ID}, ?)?"audio": ?"')
APPEND_CLOSING = re.compile(rf'"(?:, ?{_EVENT_ID})?\}}')


def append_ms(frame: str, rate: int) -> float | None:
    """Recognise a client's audio frame; return its milliseconds, or None when the frame has to take the full path.

    `rate` is in bytes per millisecond. The frame will be forwarded unread, so it must hold nothing beside its audio and
    an `event_id`: JSON lets a second `type` win over the first, and a caller could configure the agent's session.
    """
    opened = APPEND_OPENING.match(frame)
    if opened is None:
        return None
    opening = opened.end()
    closing = frame.find('"', opening)
    if closing < 0 or (closing - opening) % 4 or not APPEND_CLOSING.fullmatch(frame, closing):
        return None
    length = _decoded_length(frame, opening, closing)
    return None if length is None else length / rate


def delta_audio(frame: str) -> tuple[str, str, int] | None:
    """Recognise a service's audio frame; return its response id, item id and bytes of audio.

    None when the frame has to take the full path.
    """
    opened = DELTA_OPENING.match(frame)
    if opened is None:
        return None
    opening = opened.end()
    closing = frame.find('"', opening)
    if closing < 0 or (closing - opening) % 4:
        return None
    if frame[closing:] != '"}' and not DELTA_CLOSING.fullmatch(frame, closing):
        return None
    length = _decoded_length(frame, opening, closing)
    return None if length is None else (opened[1], opened[2], length)


def _decoded_length(frame: str, opening: int, closing: int) -> int | None:
    """Return the bytes of the base64 text between two quotes, without decoding it; None when something is escaped."""
    if frame.find("\\", opening, closing) >= 0:
        return None
    padding = frame.count("=", closing - 2, closing)  # what stands before the text is no padding
    return (closing - opening - padding) * 3 // 4

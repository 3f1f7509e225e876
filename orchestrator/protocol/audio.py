"""Audio on the wire: its formats, their sizes, and the two frames that carry it, recognised without parsing them.

The hot path of a call is audio. A frame of it is recognised by its first bytes and forwarded verbatim; its milliseconds
follow from the length of the base64 text, which is not decoded. A frame that does not begin as expected takes the full
path through the JSON parser, with the same result.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol.checks import missing

PCM_RATE, G711_RATE = 24_000, 8_000  # samples per second
# Every format as it is written in the session object. PCM is 16-bit signed little-endian mono, G.711 a byte a sample.
PCM: dict[str, Any] = {"type": "audio/pcm", "rate": PCM_RATE}
PCMU: dict[str, Any] = {"type": "audio/pcmu"}
PCMA: dict[str, Any] = {"type": "audio/pcma"}
FORMATS: Mapping[str, Mapping[str, Any]] = {one["type"]: one for one in (PCM, PCMU, PCMA)}
RATES: Mapping[str, int] = {"audio/pcm": PCM_RATE, "audio/pcmu": G711_RATE, "audio/pcma": G711_RATE}
SILENT_BYTE: Mapping[str, int] = {"audio/pcm": 0x00, "audio/pcmu": 0xFF, "audio/pcma": 0xD5}
PCM_BYTES_PER_MS, G711_BYTES_PER_MS = 2 * PCM_RATE // 1000, G711_RATE // 1000

APPEND = "input_audio_buffer.append"
DELTA = "response.output_audio.delta"
# The two frames as they are usually written, up to the audio. Another order, or escaped text, takes the full path.
_EVENT_ID = r'"event_id": ?"[^"\\]{0,512}"'
DELTA_OPENING = re.compile(
    rf'\{{"type": ?"{re.escape(DELTA)}", ?{_EVENT_ID}, ?'
    r'"response_id": ?"([^"\\]+)", ?"item_id": ?"([^"\\]+)", ?'
    r'"output_index": ?\d+, ?"content_index": ?\d+, ?"delta": ?"'
)
APPEND_OPENING = re.compile(rf'\{{"type": ?"{re.escape(APPEND)}", ?(?:{_EVENT_ID}, ?)?"audio": ?"')
APPEND_CLOSING = re.compile(rf'"(?:, ?{_EVENT_ID})?\}}')


def bytes_per_ms(kind: str) -> int:
    """Return the bytes of one millisecond of a format, given its `type`."""
    return G711_BYTES_PER_MS if kind in ("audio/pcmu", "audio/pcma") else PCM_BYTES_PER_MS


def silence(kind: str, ms: int) -> bytes:
    """Return so many milliseconds of silence in a format."""
    return bytes([SILENT_BYTE[kind]]) * (bytes_per_ms(kind) * ms)


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
    if opened is None or frame[-1] != "}":
        return None
    opening = opened.end()
    closing = frame.find('"', opening)
    length = _decoded_length(frame, opening, closing) if closing >= 0 else None
    return None if length is None else (opened[1], opened[2], length)


def decoded(audio: Any, param: str) -> bytes:
    """Return the bytes of a base64 field; raises `CallerError`, whose `param` names the field."""
    if not isinstance(audio, str):
        missing(param)
    try:
        return base64.b64decode(audio, validate=True)
    except ValueError:
        raise CallerError(f"Invalid value for '{param}': not base64.", code="invalid_value", param=param) from None


def _decoded_length(frame: str, opening: int, closing: int) -> int | None:
    """Return the bytes of the base64 text between two quotes, without decoding it; None when something is escaped."""
    if frame.find("\\", opening, closing) >= 0:
        return None
    padding = frame.count("=", closing - 2, closing)  # what stands before the text is no padding
    return (closing - opening - padding) * 3 // 4

"""The frames of mahilo's clients, read and written. Sans-I/O.

A text client sends each line as a JSON string, and is sent plain text. A voice client and the server send each other
`{"event": "media", "media": {"payload": "<base64>"}}`, PCM16 at 24 kHz, always as text: the client fails on a binary
frame, and on JSON without `event`. It prints events that it does not know, so that `clear` does no harm.
"""

from __future__ import annotations

import json
import re

from orchestrator.protocol.audio import PCM_BYTES_PER_MS

LONGEST = 64 * 1024  # characters of a frame; a voice client sends 2,800 at a time
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
CLEAR = '{"event":"clear"}'  # all audio that was not heard yet is to be dropped: the caller has begun to speak


def read_line(frame: str) -> str:
    """Return what was typed: the JSON string that the frame is, or the frame itself."""
    try:
        line = json.loads(frame)
    except (ValueError, RecursionError):
        return frame
    return line if isinstance(line, str) else frame


def read_media(frame: str) -> str | None:
    """Return the base64 audio of a frame; None if it holds none, raises `ValueError` if it is invalid."""
    if len(frame) > LONGEST:
        raise ValueError("a frame is too long")
    try:
        message = json.loads(frame)
        payload = message["media"]["payload"] if message["event"] == "media" else None
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"incomplete frame ({type(error).__name__})") from None
    if payload is None:
        return None
    if not isinstance(payload, str) or len(payload) % 4 or not BASE64.fullmatch(payload):
        raise ValueError("the audio is not base64")
    return payload


def ms_of(payload: str) -> float:
    """Return the duration of base64 PCM16 in milliseconds."""
    return (len(payload) * 3 // 4 - payload.count("=", -2)) / PCM_BYTES_PER_MS


def media(payload: str) -> str:
    """Write a frame with audio."""
    return f'{{"event":"media","media":{{"payload":"{payload}"}}}}'

"""From a frame of a call to samples: PCM16 at 24 kHz, little-endian, as it stands in the files of a recording.

G.711 is decoded and brought from 8 to 24 kHz by one table, in which each pair of neighbouring samples has the three
steps between them: a straight line, which is enough for the voice of a telephone, and costs 50 ns a sample without any
library. The table is made with the first telephone call.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from struct import pack, unpack

from orchestrator.protocol.audio import G711_RATE, PCM_RATE
from orchestrator.protocol.audio_frames import APPEND_OPENING, DELTA_OPENING

RATE, SAMPLE_BYTES = PCM_RATE, 2
STEPS = PCM_RATE // G711_RATE  # samples here for each of G.711
PCM, G711 = "audio/pcm", ("audio/pcmu", "audio/pcma")


def payload_of(frame: str) -> bytes:
    """Return the audio of an `append` or `delta` frame in its own format; raises `ValueError` when there is none."""
    opened = APPEND_OPENING.match(frame) or DELTA_OPENING.match(frame)
    if opened is not None:
        text = frame[opened.end() : frame.find('"', opened.end())]
        if "\\" not in text:
            return base64.b64decode(text)
    try:
        event = json.loads(frame)
        return base64.b64decode(event["audio"] if "audio" in event else event["delta"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"a frame without audio ({type(error).__name__})") from None


def samples_in(size: int, kind: str) -> int:
    """Return how many samples at 24 kHz so many bytes will be; `kind` is the `type` of their format."""
    return size * STEPS if kind in G711 else size // SAMPLE_BYTES


def samples(payload: bytes, kind: str) -> bytes:
    """Return a payload as PCM16 at 24 kHz."""
    if kind not in G711:
        return payload[:-1] if len(payload) % SAMPLE_BYTES else payload
    pairs = bytearray(2 * len(payload))
    pairs[0::2] = payload
    pairs[1::2] = payload[:1] + payload[:-1]  # the sample before each
    return b"".join(map(_steps(kind).__getitem__, unpack(f"<{len(payload)}H", pairs)))


@cache
def _steps(kind: str) -> list[bytes]:
    """Return, for the code of one sample (high byte) and of the next (low byte), the way from one to the other."""
    levels = [_mulaw(code) if kind == "audio/pcmu" else _alaw(code) for code in range(256)]
    return [pack("<hhh", a + (b - a) // 3, a + 2 * (b - a) // 3, b) for a in levels for b in levels]


def _mulaw(code: int) -> int:
    code = ~code & 0xFF
    level = ((((code & 0x0F) << 3) + 132) << (code >> 4 & 7)) - 132
    return -level if code & 0x80 else level


def _alaw(code: int) -> int:
    code ^= 0x55
    segment, step = code >> 4 & 7, (code & 0x0F) << 4
    level = (step + 264) << (segment - 1) if segment else step + 8
    return level if code & 0x80 else -level

"""Audio on the wire: its formats, their rates and sizes."""

from __future__ import annotations

import base64
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


def bytes_per_ms(kind: str) -> int:
    """Return the bytes of one millisecond of a format, given its `type`."""
    return G711_BYTES_PER_MS if kind in ("audio/pcmu", "audio/pcma") else PCM_BYTES_PER_MS


def silence(kind: str, ms: int) -> bytes:
    """Return so many milliseconds of silence in a format."""
    return bytes([SILENT_BYTE[kind]]) * (bytes_per_ms(kind) * ms)


def decoded(audio: Any, param: str) -> bytes:
    """Return the bytes of a base64 field; raises `CallerError`, whose `param` names the field."""
    if not isinstance(audio, str):
        missing(param)
    try:
        return base64.b64decode(audio, validate=True)
    except ValueError:
        raise CallerError(f"Invalid value for '{param}': not base64.", code="invalid_value", param=param) from None

"""G.711 µ-law and A-law, the two codings of telephone audio, as tables made from their definitions.

Samples are 16-bit; a byte is one sample at 8 kHz. Decoding and encoding are each one table look-up.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

BIAS, CLIP = 132, 32635  # µ-law: what is added before the logarithm, and the loudest sample after it


def decode(data: bytes, *, law: str) -> NDArray[np.int16]:
    """Return the samples of `data`; `law` is "audio/pcmu" or "audio/pcma"."""
    return _levels(law)[np.frombuffer(data, np.uint8)]


def encode(samples: NDArray[np.int16], *, law: str) -> bytes:
    """Return one byte a sample; `law` is "audio/pcmu" or "audio/pcma"."""
    return _codes(law)[samples.astype(np.int32) + 32768].tobytes()


@cache
def _levels(law: str) -> NDArray[np.int16]:
    code = np.arange(256)
    return _mulaw_levels(code) if law == "audio/pcmu" else _alaw_levels(code)


def _mulaw_levels(code: NDArray[np.int_]) -> NDArray[np.int16]:
    inverted = ~code & 0xFF
    segment, step = (inverted >> 4) & 7, inverted & 15
    level = (((step << 3) + BIAS) << segment) - BIAS
    return np.where(inverted & 0x80, -level, level).astype(np.int16)


def _alaw_levels(code: NDArray[np.int_]) -> NDArray[np.int16]:
    toggled = code ^ 0x55
    segment, step = (toggled >> 4) & 7, toggled & 15
    level = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 264) << np.maximum(segment - 1, 0))
    return np.where(toggled & 0x80, level, -level).astype(np.int16)


@cache
def _codes(law: str) -> NDArray[np.uint8]:
    """Return the code of each sample from -32768 to 32767."""
    sample = np.arange(-32768, 32768)
    return _mulaw_codes(sample) if law == "audio/pcmu" else _alaw_codes(sample)


def _mulaw_codes(sample: NDArray[np.int_]) -> NDArray[np.uint8]:
    size = np.minimum(np.abs(sample), CLIP) + BIAS
    segment = np.floor(np.log2(size)).astype(int) - 7
    code = (segment << 4) | ((size >> (segment + 3)) & 15)
    codes: NDArray[np.uint8] = (~np.where(sample < 0, code | 0x80, code) & 0xFF).astype(np.uint8)
    return codes


def _alaw_codes(sample: NDArray[np.int_]) -> NDArray[np.uint8]:
    # The standard codes a negative sample by its one's complement, so that -1 and 0 are a pair.
    size = np.where(sample < 0, ~sample, sample) >> 3
    segment = np.maximum(np.floor(np.log2(np.maximum(size, 1))).astype(int) - 4, 0)
    step = np.where(segment == 0, size >> 1, size >> segment) & 15
    code = (segment << 4) | step
    codes: NDArray[np.uint8] = (np.where(sample >= 0, code | 0x80, code) ^ 0x55).astype(np.uint8)
    return codes

"""The tables of G.711 are the standard's."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.speech import g711


@pytest.mark.parametrize(
    ("law", "code", "level"),
    [
        ("audio/pcmu", 0x00, -32124),
        ("audio/pcmu", 0x80, 32124),
        ("audio/pcmu", 0xFF, 0),
        ("audio/pcmu", 0x7E, -8),
        ("audio/pcma", 0xD5, 8),
        ("audio/pcma", 0x55, -8),
        ("audio/pcma", 0xAA, 32256),
        ("audio/pcma", 0x2A, -32256),
    ],
)
def test_known_codes(law: str, code: int, level: int) -> None:
    """Extremes and the smallest steps, as the standard has them."""
    assert g711.decode(bytes([code]), law=law)[0] == level


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_every_code_comes_back(law: str) -> None:
    """Decoding and encoding again changes no byte, except that µ-law has two zeros."""
    codes = bytes(range(256))
    again = g711.encode(g711.decode(codes, law=law), law=law)
    changed = [code for code in codes if again[code] != code]
    assert changed == ([0x7F] if law == "audio/pcmu" else [])


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_the_error_is_small(law: str) -> None:
    """Every sample comes back within the step of its segment."""
    samples = np.arange(-32000, 32000, 7).astype(np.int16)
    back = g711.decode(g711.encode(samples, law=law), law=law).astype(int)
    assert (np.abs(back - samples) <= np.maximum(np.abs(samples.astype(int)) / 16, 16)).all()

"""Audio of the wire becomes what is heard, and speech becomes audio of the wire, whatever the chunks."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.speech.audio import HEARD, SPOKEN, Decoder, Encoder
from orchestrator.protocol.audio import FORMATS, bytes_per_ms


@pytest.mark.parametrize("kind", FORMATS)
def test_a_second_stays_a_second(kind: str) -> None:
    """Encoded and decoded again, a tone has its length and its loudness."""
    tone = (np.sin(2 * np.pi * 440 * np.arange(SPOKEN) / SPOKEN) * 12_000).astype(np.int16)
    data = Encoder(kind).encode(tone, last=True)
    heard = Decoder(kind).decode(data, last=True)

    assert len(data) == pytest.approx(1000 * bytes_per_ms(kind), rel=0.01)
    assert len(heard) == pytest.approx(HEARD, rel=0.01)
    assert np.abs(heard[2000:-2000]).max() == pytest.approx(12_000, rel=0.1)


def test_half_a_sample_waits_for_the_rest() -> None:
    """A chunk may end anywhere; what comes out is what comes out of the whole."""
    data = (np.arange(2400) * 7 % 5000).astype("<i2").tobytes()
    whole = Decoder("audio/pcm").decode(data, last=True)
    decoder = Decoder("audio/pcm")
    pieces = [decoder.decode(data[:1001]), decoder.decode(data[1001:], last=True)]

    assert np.allclose(np.concatenate(pieces), whole, atol=4)  # the resampler dithers

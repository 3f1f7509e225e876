"""Telephone audio for peers."""

from __future__ import annotations

from array import array

import pytest

from orchestrator.gateway.webrtc.playout import FRAME
from orchestrator.gateway.webrtc.telephone import Decoder, Encoder
from tests.gateway.webrtc.phone import pitch, tone


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_a_tone_there_and_back(law: str) -> None:
    """The same one, as loud as before; a byte a sample in between."""
    encoder, decoder = Encoder(law), Decoder(law)
    pcm = tone(440, 1000, 24_000)
    coded = [encoder.encode(pcm[at : at + FRAME]) for at in range(0, len(pcm), FRAME)]
    back = b"".join(map(decoder.decode, coded))

    assert {len(piece) for piece in coded[1:]} == {160}
    assert len(pcm) - len(back) < 2 * FRAME
    assert pitch(back, 24_000) == pytest.approx(440, rel=0.02)
    assert max(array("h", back)) == pytest.approx(9000, rel=0.05)
    assert decoder.decode(b"") == encoder.encode(b"") == b""


def test_pcm_stays_as_it_is() -> None:
    """Both ways."""
    pcm = tone(440, 20, 24_000)

    assert Encoder("audio/pcm").encode(pcm) == Decoder("audio/pcm").decode(pcm) == pcm

"""Turn detection: a turn begins with what is loud, and ends with a pause."""

from __future__ import annotations

from orchestrator.protocol.audio import PCM_BYTES_PER_MS, silence
from orchestrator.testing.turns import Turn, TurnDetector

FRAME = 1440  # bytes: 30 ms, which is not a whole number of the detector's own frames


def tone(ms: int, level: int = 2000) -> bytes:
    """Return something loud, in 24 kHz PCM16."""
    return level.to_bytes(2, "little", signed=True) * (24 * ms)


def heard(detector: TurnDetector, pcm: bytes, pause_ms: int | None = 200) -> list[tuple[Turn, int]]:
    """Feed audio in small pieces; returns the turns and when they were noticed."""
    pieces = [pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME)]
    return [(turn, detector.at_ms) for piece in pieces for turn in detector.feed(piece, pause_ms)]


def test_a_turn_is_found_by_its_loudness() -> None:
    """Sixty loud milliseconds begin it; a short noise begins none, and a short pause does not end it."""
    detector = TurnDetector()
    quiet, noise, speech = tone(600, 20), tone(40), tone(400) + silence("audio/pcm", 100) + tone(100)

    turns = heard(detector, quiet + noise + tone(600, -20) + speech + silence("audio/pcm", 300))

    assert turns == [(Turn.STARTED, 1300), (Turn.ENDED, 2040)]


def test_what_is_cut_is_the_turn_and_the_moments_before_it() -> None:
    """300 ms before the turn was noticed belong to it; a cut forgets everything."""
    detector = TurnDetector()
    heard(detector, tone(600, 20) + tone(400))

    assert len(detector.cut()) == PCM_BYTES_PER_MS * (300 + 340)  # the turn is noticed after 60 ms of the 400
    assert detector.cut() == b""
    assert heard(detector, tone(40)) == [], "what was loud before the cut does not count"


def test_without_detection_audio_is_only_kept() -> None:
    """All since the last cut, in whole frames."""
    detector = TurnDetector()

    assert heard(detector, tone(900), pause_ms=None) == []
    assert len(detector.cut()) == PCM_BYTES_PER_MS * 900

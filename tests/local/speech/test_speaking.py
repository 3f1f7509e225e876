"""The embedded speaker turns sentences into audio, one after the other for all sessions."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.speech.audio import SPOKEN
from orchestrator.local.speech.speaking import FASTEST, SLOWEST, Hibari, hibari_speaker
from orchestrator.local.speech.voices import VOICES, Voice

pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def speaker() -> Hibari:
    """Return the process's own speaker."""
    return hibari_speaker()


def test_it_is_loaded_once(speaker: Hibari) -> None:
    """All sessions share it."""
    assert hibari_speaker() is speaker


def test_a_sentence_always_sounds_the_same(speaker: Hibari) -> None:
    """So that recordings can be compared; and it is as long as speech is."""
    one, two = (speaker.synthesize("Your order is on its way.", VOICES["marin"], 1.0) for _ in range(2))

    assert np.array_equal(one, two)
    assert 1.0 < len(one) / SPOKEN < 3.0


def test_identifiers_are_spoken_digit_by_digit(speaker: Hibari) -> None:
    """What is spoken is not what is written."""
    written, spelled = (
        speaker.synthesize(text, VOICES["marin"], 1.0) for text in ("48213", "four eight two one three")
    )

    assert np.array_equal(written, spelled)


@pytest.mark.parametrize("text", ["", "* *"])
def test_nothing_to_say_is_silence(speaker: Hibari, text: str) -> None:
    """No samples, and no failure."""
    assert len(speaker.synthesize(text, VOICES["marin"], 1.0)) == 0


@pytest.mark.parametrize(("beyond", "limit"), [(9.0, FASTEST), (0.1, SLOWEST)])
def test_pace_has_limits(speaker: Hibari, beyond: float, limit: float) -> None:
    """The model's own, whatever the session asks for."""
    there, at_the_limit = (speaker.synthesize("Hello there.", Voice(), speed) for speed in (beyond, limit))

    assert len(there) == len(at_the_limit)


def test_another_script_is_answered_with_an_apology(speaker: Hibari) -> None:
    """It would be silence, or letters."""
    apology = speaker.sayable("您好")
    assert apology == "I am sorry, I can only speak English."
    assert len(speaker.synthesize(apology, VOICES["marin"], 1.0)) > SPOKEN

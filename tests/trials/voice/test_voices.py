"""The voices of callers."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.speech.voices import VOICES
from orchestrator.team.schema import VOICES as NAMES
from orchestrator.team.trials.talk import CALLERS
from orchestrator.trials.voice import voices


def test_callers_have_the_voices_that_a_test_may_name() -> None:
    """Those of agents, and two that no agent has."""
    assert set(voices.DERIVED) == set(CALLERS)
    assert set(VOICES) == set(NAMES)
    assert voices.DEFAULT in CALLERS


def test_silence_around_speech_is_cut() -> None:
    """Silence has no loud part."""
    speech = np.array([0, 100, 5000, 0, -5000, 20, 0], np.int16)

    assert list(voices.trimmed(speech)) == [5000, 0, -5000]
    assert voices.loud_part(np.zeros(5, np.int16)) == (0, 0)


@pytest.mark.speech
def test_a_caller_speaks() -> None:
    """Without silence around it; the same words sound different in another voice, and the same again."""
    assert voices.missing() == ""
    woman, man = voices.say("Good morning."), voices.say("Good morning.", "man")

    assert voices.loud_part(woman) == (0, len(woman))
    assert len(woman) > 12_000
    assert not np.array_equal(woman, man)
    assert np.array_equal(woman, voices.say("Good morning.", "woman"))

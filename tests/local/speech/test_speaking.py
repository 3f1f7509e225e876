"""The embedded speaker turns sentences into audio, one after the other for all sessions."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from structlog.testing import capture_logs

from orchestrator.local.speech.audio import SPOKEN
from orchestrator.local.speech.speaking import APOLOGY, FASTEST, SLOWEST, Hibari, hibari_speaker
from orchestrator.local.speech.voices import VOICES, Voice

pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def speaker() -> Hibari:
    """Return the process's own speaker."""
    return hibari_speaker()


def test_it_is_loaded_once(speaker: Hibari) -> None:
    """All sessions share it, and it knows the ten voices."""
    assert hibari_speaker() is speaker
    assert set(speaker.voices) == set(VOICES)


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


async def test_a_sentence_that_is_not_wanted_any_more_is_not_made(
    speaker: Hibari, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While others wait their turn; the sentence before it comes whole."""
    made: list[str] = []
    synthesize = speaker.synthesize

    def noted(sentence: str, voice: Voice, speed: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        made.append(sentence)
        return synthesize(sentence, voice, speed)

    async def spoken(sentence: str) -> int:
        return sum([len(samples) async for samples in speaker.speak(sentence, "marin", 1.0)])

    monkeypatch.setattr(speaker, "synthesize", noted)
    long = "This is a long sentence that takes a while to make, since it goes on and on and on. " * 5
    async with asyncio.TaskGroup() as group:
        first = group.create_task(spoken(long))
        second = group.create_task(spoken("Not wanted."))
        await asyncio.sleep(0)
        second.cancel()

    assert first.result() > SPOKEN
    assert made == [long]


def test_another_script_is_answered_with_an_apology(speaker: Hibari, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be silence, or letters; the log says so once, with what to do and without the text."""
    monkeypatch.setattr(speaker, "_reported", False)
    with capture_logs() as logs:
        assert {speaker.sayable(text) for text in ("您好", "Здравствуйте", "이것은 48213 입니다")} == {APOLOGY}
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "providers.local" in logs[0]["remedy"]
    assert "您好" not in str(logs)
    assert len(speaker.synthesize(APOLOGY, VOICES["marin"], 1.0)) > SPOKEN
    assert speaker.sayable("Café Müller, 48213") == "Café Müller, 48213"

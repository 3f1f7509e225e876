"""An engine speaks for all calls, one sentence after the other."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.engine import Engine
from orchestrator.local.speech.voices import VOICES, Voice
from tests.patience import PATIENCE


class Slow(Engine):
    """Makes nothing before it is let; counts what it makes."""

    def __init__(self) -> None:
        super().__init__("de")
        self.made: list[tuple[str, Voice, float]] = []
        self.gate = threading.Event()

    def synthesize(self, sentence: str, voice: Voice, speed: float) -> NDArray[np.int16]:
        self.made.append((sentence, voice, speed))
        assert self.gate.wait(PATIENCE)
        if not sentence:
            raise RealtimeError("The voice failed.", code="server_error")
        return np.ones(len(sentence), np.int16)


async def spoken(engine: Engine, sentence: str) -> int:
    """Return how many samples a sentence has."""
    return sum([len(samples) async for samples in engine.speak(sentence, "cedar", 1.2)])


async def test_a_sentence_that_is_not_wanted_any_more_is_not_made() -> None:
    """While others wait their turn."""
    engine = Slow()
    async with asyncio.TaskGroup() as group:
        first, second = (group.create_task(spoken(engine, text)) for text in ("Guten Tag.", "Nicht mehr."))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait({second})
        engine.gate.set()
    assert first.result() == len("Guten Tag.")
    assert engine.made == [("Guten Tag.", VOICES["cedar"], 1.2)]


async def test_a_failure_is_the_callers() -> None:
    """And the next sentence is spoken."""
    engine = Slow()
    engine.gate.set()
    with pytest.raises(RealtimeError, match="The voice failed"):
        await spoken(engine, "")
    assert await spoken(engine, "Ja.") == 3


def test_another_script_is_answered_with_an_apology() -> None:
    """In its own language; the log says so once, with what to do and without the text."""
    engine = Slow()
    with capture_logs() as logs:
        assert {engine.sayable(text) for text in ("您好", "Здравствуйте")} == {
            "Es tut mir leid, ich kann nur Deutsch sprechen."
        }
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "providers.local" in logs[0]["remedy"]
    assert "您好" not in str(logs)
    assert engine.sayable("Café Müller, 48213") == "Café Müller, 48213"

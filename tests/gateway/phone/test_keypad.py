"""The keys of a telephone as words."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.gateway.phone import keypad
from orchestrator.gateway.phone.keypad import MOST, Keypad


async def test_a_number_is_one_message() -> None:
    """The hash key ends it, and is told."""
    said: list[str] = []
    keys = Keypad(said.append)
    for digit in "48213#7#":
        keys.pressed(digit)

    assert said == ["The caller pressed 4 8 2 1 3 # on the keypad.", "The caller pressed 7 # on the keypad."]


async def test_a_pause_ends_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever presses no hash key is understood a little later."""
    monkeypatch.setattr(keypad, "PAUSE", 0.0)
    said: asyncio.Queue[str] = asyncio.Queue()
    keys = Keypad(said.put_nowait)
    keys.pressed("1")
    keys.pressed("2")

    assert await said.get() == "The caller pressed 1 2 on the keypad."
    assert said.empty()


async def test_too_many_keys_are_told_in_parts() -> None:
    """A child with a telephone fills no memory."""
    said: list[str] = []
    keys = Keypad(said.append)
    for _ in range(MOST + 1):
        keys.pressed("5")
    keys.stop()

    assert said == [f"The caller pressed {' '.join('5' * MOST)} on the keypad."]


async def test_nothing_is_told_after_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """No timer outlives the call."""
    monkeypatch.setattr(keypad, "PAUSE", 0.0)
    said: list[str] = []
    keys = Keypad(said.append)
    keys.pressed("1")
    keys.stop()
    keys.stop()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert said == []

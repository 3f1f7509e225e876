"""Microphone and speakers, with a driver that stands in for the machine's."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.terminal.devices import BLOCK, Devices, available
from tests.patience import PATIENCE


class PortAudioError(Exception):
    """The driver's error."""


class Driver(ModuleType):
    """The part of `sounddevice` that is used."""

    PortAudioError = PortAudioError

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__("sounddevice")
        self.broken = broken
        self.exchange: Callable[..., None] | None = None

    def query_devices(self, kind: str) -> dict[str, str]:
        if self.broken:
            raise PortAudioError("no device")
        return {"name": kind}

    def RawStream(self, rate: int, block: int, *, callback: Callable[..., None], **_: Any) -> Driver:
        self.query_devices("input")
        assert (rate, block) == (24_000, BLOCK)
        self.exchange = callback
        return self

    def start(self) -> None:
        """Do nothing: the test calls back."""

    def turn(self, recorded: bytes) -> bytes:
        """Exchange one block; returns what is played."""
        assert self.exchange is not None
        played = bytearray(len(recorded))
        self.exchange(recorded, memoryview(played), len(recorded) // 2, None, None)
        return bytes(played)


def test_without_the_extra_there_are_no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller types instead."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    assert not available()


def test_without_a_sound_card_there_are_no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver without devices is as good as none."""
    monkeypatch.setitem(sys.modules, "sounddevice", Driver(broken=True))

    assert not available()


async def test_sound_goes_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded audio reaches the event loop; queued audio is played, then silence."""
    driver = Driver()
    monkeypatch.setitem(sys.modules, "sounddevice", driver)
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    devices = Devices()
    devices.start(heard.put_nowait)
    devices.play(b"\x01\x00" * 3)

    assert available()
    assert driver.turn(b"ab" * 4) == b"\x01\x00" * 3 + bytes(2)
    assert await asyncio.wait_for(heard.get(), PATIENCE) == b"ab" * 4

    devices.play(b"\x01\x00")
    devices.stop()
    assert driver.turn(b"ab") == bytes(2)


async def test_a_device_that_cannot_be_opened_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and what to do instead."""
    monkeypatch.setitem(sys.modules, "sounddevice", Driver(broken=True))

    with pytest.raises(OrchestratorError, match=r"cannot be used: no device\. Use --wav or --text"):
        Devices().start(lambda _: None)

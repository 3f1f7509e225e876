"""Somebody at the desk, and what writes down what they say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.errors import RealtimeError
from tests.patience import PATIENCE
from tests.runner.fakes import QuietSession


class Somebody:
    """Remembers what they hear and are told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.told: list[tuple[str, dict[str, Any]]] = []

    def hear(self, call: str, frame: str) -> None:
        self.heard.append(frame)

    def tell(self, call: str, name: str, /, **fields: Any) -> None:
        self.told.append((name, fields))

    def names(self) -> list[str]:
        """Return what they were told, by name."""
        return [name for name, _ in self.told]


class Scribes:
    """Opens what writes down, or fails."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.opened: list[QuietSession] = []
        self.formats: list[Mapping[str, Any]] = []

    async def listen(self, audio_format: Mapping[str, Any]) -> QuietSession:
        self.formats.append(audio_format)
        if self.errors:
            raise self.errors.pop(0)
        self.opened.append(QuietSession())
        return self.opened[-1]

    async def open(self, count: int) -> None:
        """Wait until so many were opened."""
        await until(lambda: len(self.opened) >= count)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so that nothing tells of."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


def append(audio: str = "AAAA") -> str:
    """A frame of audio."""
    return f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}'


def event(kind: str, item_id: Any = "i1", **fields: Any) -> str:
    """An event of what writes down."""
    return json.dumps({"type": kind, "item_id": item_id, **fields})


TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"
GONE = RealtimeError("reset", code="lost")

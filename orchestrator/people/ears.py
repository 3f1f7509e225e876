"""What both sides of a conversation between two people say, in writing: for the record, and for whoever goes on.

Each side has an *ear*: a Realtime session that is never asked to answer, only to transcribe. One that cannot be had
costs the words, not the conversation: it is tried twice, then the log says that nothing is written down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog

from orchestrator.errors import RealtimeError
from orchestrator.protocol.frames import parse_server_event
from orchestrator.providers.port import Listen, Session

TRIES = 2
log = structlog.get_logger("orchestrator")


class Ear:
    """Listens to one side."""

    def __init__(
        self,
        side: str,
        heard: Callable[[str], None] = lambda item_id: None,
        understood: Callable[[str, str | None], None] = lambda item_id, text: None,
    ) -> None:
        # Whom it listens to, for the log.
        self._side = side
        # What is done when a turn has ended, and when its words are known: None if they could not be understood.
        self._heard, self._understood = heard, understood
        # The session, while it is open.
        self._session: Session | None = None

    def hear(self, frame: str) -> None:
        """Take a client event with audio, or about it; what comes before the ear is open is not written down."""
        if self._session is not None:
            self._session.send(frame)

    async def run(self, listen: Listen, audio_format: Mapping[str, Any]) -> None:
        """Listen until cancelled, or until it cannot any more."""
        for _ in range(TRIES):
            try:
                session = await listen(audio_format)
                try:
                    self._session = session
                    await session.read(self._read)
                finally:
                    self._session = None
                    await session.close()
            except RealtimeError as error:
                log.warning("ear lost", side=self._side, code=error.code, reason=str(error))
        log.warning("not written down", side=self._side)

    def _read(self, frame: str) -> bool:
        """Note the turns and their words; everything else means nothing here."""
        event: Mapping[str, Any] = {}
        with suppress(RealtimeError):  # what cannot be read is no event
            event = parse_server_event(frame)
        item_id = event.get("item_id")
        if isinstance(item_id, str):
            match event["type"]:
                case "input_audio_buffer.committed":
                    self._heard(item_id)
                case "conversation.item.input_audio_transcription.completed":
                    self._understood(item_id, str(event.get("transcript") or ""))
                case "conversation.item.input_audio_transcription.failed":
                    self._understood(item_id, None)
        return False


class Ears:
    """Both ears of one conversation."""

    def __init__(self, caller: Ear, person: Ear) -> None:
        # One for each side.
        self.caller, self.person = caller, person
        # Their tasks.
        self._tasks: list[asyncio.Task[None]] = []

    def open(self, listen: Listen, audio_format: Mapping[str, Any]) -> None:
        """Begin to listen, once."""
        if not self._tasks:
            loop, both = asyncio.get_running_loop(), (self.caller, self.person)
            self._tasks = [loop.create_task(ear.run(listen, audio_format), name="people:ear") for ear in both]

    async def close(self) -> None:
        """Listen no more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

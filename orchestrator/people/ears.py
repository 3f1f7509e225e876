"""What both sides of a conversation between two people say, in writing: for the record, and for whoever goes on.

Each side has an *ear*: a Realtime session that is never asked to answer, only to transcribe. What is said before it is
open is kept for it, `HELD` frames at the most. One that cannot be had costs the words, not the conversation: it is
tried `TRIES` times in a row, then the log says that nothing is written down.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog

from orchestrator.errors import RealtimeError
from orchestrator.protocol.frames import client_frame, parse_server_event
from orchestrator.providers.port import Listen, Session

TRIES = 2
HELD = 500  # frames: ten seconds of audio; the oldest are dropped
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
        # What was said while it was not; None: it is given up.
        self._held: deque[str] | None = deque(maxlen=HELD)
        # Whether somebody speaks, and the turns of which the words are on their way.
        self._speaking, self._awaited = False, set[str]()
        # Tries that came to nothing, in a row.
        self._failures = 0

    @property
    def writing(self) -> bool:
        """Whether words are on their way."""
        return self._session is not None and (self._speaking or bool(self._awaited))

    def hear(self, frame: str) -> None:
        """Take a client event with audio, or about it."""
        if self._session is not None:
            self._session.send(frame)
        elif self._held is not None:
            self._held.append(frame)

    def finish(self) -> None:
        """Let a turn that is being spoken end here."""
        if self._session is not None and self._speaking:
            self._session.send(client_frame("input_audio_buffer.commit"))

    async def run(self, listen: Listen, audio_format: Mapping[str, Any]) -> None:
        """Listen until cancelled, or until it cannot any more."""
        while self._failures < TRIES:
            self._failures += 1
            try:
                await self._listen(await listen(audio_format))
            except RealtimeError as error:
                log.warning("ear lost", side=self._side, code=error.code, reason=str(error))
            except Exception:  # a bug of ours costs the words, not the conversation
                log.exception("ear failed", side=self._side)
        self._held = None
        log.warning("not written down", side=self._side)

    async def _listen(self, session: Session) -> None:
        try:
            self._session = session
            while self._held:
                session.send(self._held.popleft())
            await session.read(self._read)
        finally:
            self._session = None
            self._speaking = False
            for item_id in list(self._awaited):
                self._understand(item_id, None)
            await session.close()

    def _read(self, frame: str) -> bool:
        """Note the turns and their words; everything else means nothing here."""
        event: Mapping[str, Any] = {}
        with suppress(RealtimeError):  # what cannot be read is no event
            event = parse_server_event(frame)
        item_id = event.get("item_id")
        if isinstance(item_id, str):
            match event["type"]:
                case "input_audio_buffer.speech_started":
                    self._speaking = True
                case "input_audio_buffer.committed":
                    self._speaking = False
                    self._awaited.add(item_id)
                    self._heard(item_id)
                case "conversation.item.input_audio_transcription.completed":
                    self._failures = 0
                    self._understand(item_id, str(event.get("transcript") or ""))
                case "conversation.item.input_audio_transcription.failed":
                    self._understand(item_id, None)
        return False

    def _understand(self, item_id: str, text: str | None) -> None:
        self._awaited.discard(item_id)
        self._understood(item_id, text)


class Ears:
    """Both ears of one conversation."""

    def __init__(self, caller: Ear, person: Ear, listen: Listen) -> None:
        # One for each side.
        self.caller, self.person = caller, person
        # Opens what writes down what they hear.
        self._listen = listen
        # Their tasks.
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def writing(self) -> bool:
        """Whether words of one side are on their way."""
        return self.caller.writing or self.person.writing

    def open(self, audio_format: Mapping[str, Any]) -> None:
        """Begin to listen, once."""
        if not self._tasks:
            loop, both = asyncio.get_running_loop(), (self.caller, self.person)
            self._tasks = [loop.create_task(ear.run(self._listen, audio_format), name="people:ear") for ear in both]

    def finish(self) -> None:
        """Let the turns that are being spoken end here."""
        self.caller.finish()
        self.person.finish()

    async def close(self) -> None:
        """Listen no more."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

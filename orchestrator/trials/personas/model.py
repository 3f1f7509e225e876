"""A language model that is asked one question after another, on any provider of the team.

Limits: 60 s for an answer, of which the first 4,000 characters count.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from orchestrator.errors import RealtimeError
from orchestrator.providers.port import Provider, Session

SECONDS, LONGEST = 60.0, 4_000


class Model:
    """A text session with instructions of its own; it remembers what it was asked and what it answered."""

    def __init__(self, session: Session) -> None:
        # What stands behind it.
        self._session = session
        # What it writes now.
        self._text = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, provider: Provider, model: str, instructions: str) -> AsyncIterator[Model]:
        """Open a session, and close it afterwards; raises `RealtimeError` when there is none to be had."""
        session = await provider.open_text(model)
        try:
            made = cls(session)
            made._send("session.update", session={"type": "realtime", "instructions": instructions})
            yield made
        finally:
            await session.close()

    async def ask(self, text: str) -> str:
        """Return its answer; raises `RealtimeError` when none comes in time."""
        content = [{"type": "input_text", "text": text}]
        self._send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        self._send("response.create", response={"output_modalities": ["text"]})
        self._text = ""
        try:
            async with asyncio.timeout(SECONDS):
                await self._session.read(self._take)
        except TimeoutError:
            raise RealtimeError(f"no answer within {SECONDS:.0f} seconds", code="timeout") from None
        return self._text[:LONGEST].strip()

    def _take(self, frame: str) -> bool:
        event = json.loads(frame)
        if event["type"] == "response.output_text.delta":
            self._text += event["delta"]
        if event["type"] == "error":
            raise RealtimeError(str(event["error"].get("message")), code=str(event["error"].get("code")))
        if event["type"] != "response.done":
            return False
        response = event["response"]
        if response["status"] == "failed":
            error = (response.get("status_details") or {}).get("error") or {}
            raise RealtimeError(str(error.get("message", "it failed")), code=str(error.get("code", "failed")))
        return True

    def _send(self, kind: str, **fields: Any) -> None:
        self._session.send(json.dumps({"type": kind, **fields}))

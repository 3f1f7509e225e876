"""The port between one running call and whoever runs an agent's model.

A session speaks the OpenAI Realtime protocol in both directions as JSON text, one event a frame, whether a socket
to a service stands behind it or the embedded `local` provider. Nothing above this port knows the difference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

Take = Callable[[str], bool]  # takes a frame; True when it is enough


class Session(Protocol):
    """One agent's open Realtime session inside one call."""

    @property
    def max_age(self) -> float | None:
        """Seconds that such a session lives when its `session.created` does not say; None: without limit."""

    def send(self, frame: str) -> None:
        """Queue one client event (JSON text) without blocking.

        The queue is bounded. When it is full, the session counts as stalled: it ends, and `read` raises
        `RealtimeError` (code `stalled`). Sending to an ended session does nothing: `read` reports the end.
        """

    async def read(self, take: Take) -> None:
        """Hand each server event (JSON text) to `take` as it comes, the first being `session.created`.

        Returns when `take` has enough; what comes later is for the next `read`. Raises what `take` raises, and
        `RealtimeError` when the session is lost. After `close` it may return too.
        """

    async def close(self) -> None:
        """End the session within a bounded time; safe to call twice."""


class Provider(Protocol):
    """Who runs the model: opens sessions."""

    async def open(self, model: str) -> Session:
        """Open a session of `model` within a bounded time; raises `RealtimeError`."""

    async def open_text(self, model: str) -> Session:
        """Open a session that is only asked in text (`output_modalities: ["text"]`, no audio); as `open` otherwise."""
        return await self.open(model)


# Opens a session that only writes down what it hears, given the format of the audio; raises `RealtimeError`.
Listen = Callable[[Mapping[str, Any]], Awaitable[Session]]

"""The port between one running call and whoever runs an agent's model.

A session speaks the OpenAI Realtime protocol in both directions as JSON text, one event a frame, whether a socket
to a service stands behind it or the embedded `local` provider. Nothing above this port knows the difference.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Session(Protocol):
    """One agent's open Realtime session inside one call."""

    @property
    def max_age(self) -> float | None:
        """Seconds that such a session lives when its `session.created` does not say; None: as long as it likes."""

    def send(self, frame: str) -> None:
        """Queue one client event (JSON text) without blocking.

        The queue is bounded. When it is full the session is taken for stalled: it ends, and the iterator raises
        `RealtimeError` (code `stalled`). Sending to an ended session is ignored: the iterator tells.
        """

    def __aiter__(self) -> AsyncIterator[str]:
        """Yield server events (JSON text) in order, the first being `session.created`.

        Ends by raising `RealtimeError` when the session is lost; returns only after `close`.
        """

    async def close(self) -> None:
        """End the session within a bounded time; safe to call twice."""


class Provider(Protocol):
    """Who runs the model: opens sessions."""

    async def open(self, model: str) -> Session:
        """Open a session of `model` within a bounded time; raises `RealtimeError`."""

    async def open_text(self, model: str) -> Session:
        """Open a session that is only asked in text (`output_modalities: ["text"]`, no audio); as `open` otherwise."""

"""Encoders for tests: no model, but the same shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

from orchestrator.errors import RealtimeError


class Topics:
    """Encodes by how many words of which topic a text has."""

    def __init__(self, *topics: str, least: float | None = 0.3, parts: bool = True, name: str = "topics") -> None:
        # The words of each topic.
        self._topics = [frozenset(topic.split()) for topic in topics]
        # What it says of itself.
        self.least, self.parts, self.name = least, parts, name
        self.remote = False
        # All texts that were encoded.
        self.encoded: list[str] = []
        # Whether it works.
        self.broken = False

    async def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text; raises `RealtimeError` while it is broken."""
        if self.broken:
            raise RealtimeError("The encoder is out of order.", code="unreachable")
        self.encoded += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        words = text.lower().replace(".", "").replace("?", "").replace(":", "").split()
        counts = [sum(word in topic for word in words) for topic in self._topics]
        length = math.hypot(*counts) or 1.0
        return [count / length for count in counts]

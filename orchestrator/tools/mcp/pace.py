"""How fast a server may speak: what comes faster is read later, so that a flood fills a pipe and not this process."""

from __future__ import annotations

import asyncio

MOST = 500  # messages a second


class Pace:
    """Lets through so many messages a second, and lets further ones wait."""

    def __init__(self, most: int = MOST) -> None:
        # Messages a second.
        self._most = most
        # How many more may come in this second, and when it ends.
        self._left, self._until = most, 0.0

    async def take(self, messages: int = 1) -> None:
        """Return when so many messages may be taken."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._until:
            self._left, self._until = self._most, loop.time() + 1.0
        self._left -= messages
        while self._left < 0:  # several seconds, after a chunk that has many
            await asyncio.sleep(self._until - loop.time())
            self._left, self._until = self._left + self._most, self._until + 1.0

"""What must still happen before a turn is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

QUIET_SECONDS = 1.0  # without any event; then a turn is over
PATIENCE_SECONDS = 20.0  # without any event, while something must still happen; then it is given up
END_OF_TURN, ANSWER, HANDOFF = "the end of the turn", "an answer", "a handoff"


class Awaited:
    """The things that a call waits for: the end of the caller's turn, an answer, responses, tools, a handoff."""

    def __init__(self) -> None:
        # What must still happen: one of the three above, a response's id, or a tool's name.
        self._awaited: set[str] = set()
        # Set by every event.
        self._news = asyncio.Event()

    def __contains__(self, what: str) -> bool:
        return what in self._awaited

    def add(self, what: str) -> None:
        """Wait for something."""
        self._awaited.add(what)

    def done(self, *what: str) -> None:
        """Wait for something no longer."""
        self._awaited.difference_update(what)

    def news(self) -> None:
        """Note an event: the turn is not over for another moment."""
        self._news.set()

    async def all_quiet(self, playing: Callable[[], float]) -> list[str]:
        """Wait until nothing is awaited and no event has come for a moment; return what was given up.

        `playing` returns the seconds of audio that are still to be heard.
        """
        while True:
            self._news.clear()
            wait = PATIENCE_SECONDS if self._awaited else QUIET_SECONDS
            try:
                async with asyncio.timeout(wait + playing()):
                    await self._news.wait()
            except TimeoutError:
                break
        given_up = sorted(self._awaited)
        self._awaited.clear()
        return given_up

"""The keys that a caller presses, gathered into what an agent can understand: a number is one message, not ten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PAUSE = 2.0  # seconds after the last key that end a number
END = "#"  # the key that ends a number
MOST = 32  # keys in one message; what comes then begins the next


class Keypad:
    """The keys of one telephone."""

    def __init__(self, say: Callable[[str], None]) -> None:
        # Told in words what was pressed.
        self._say = say
        # The keys since then.
        self._digits: list[str] = []
        # Runs while there may be more.
        self._pause: asyncio.TimerHandle | None = None

    def pressed(self, digit: str) -> None:
        """Take a key."""
        self.stop()
        self._digits.append(digit)
        if digit == END or len(self._digits) == MOST:
            self._done()
        else:
            self._pause = asyncio.get_running_loop().call_later(PAUSE, self._done)

    def stop(self) -> None:
        """Wait for nothing any more."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _done(self) -> None:
        digits, self._digits, self._pause = self._digits, [], None
        self._say(f"The caller pressed {' '.join(digits)} on the keypad.")

"""The keys that a caller presses, collected into one message for the agent: a number is one message, not ten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PAUSE = 2.0  # seconds after the last key, then the number is complete
END = "#"  # the key that ends a number
MOST = 32  # keys in one message; the next key begins another one


class Keypad:
    """The keys of one telephone."""

    def __init__(self, say: Callable[[str], None], note: Callable[[str], object] = str) -> None:
        # Called with a sentence that says what was pressed; with the keys of a number that is not complete.
        self._say, self._note = say, note
        # The keys since the last message.
        self._digits: list[str] = []
        # Fires when no more keys are pressed.
        self._pause: asyncio.TimerHandle | None = None

    def pressed(self, digit: str) -> None:
        """Handle a key."""
        self.stop()
        self._digits.append(digit)
        self._note("".join(self._digits))
        if digit == END or len(self._digits) == MOST:
            self._done()
        else:
            self._pause = asyncio.get_running_loop().call_later(PAUSE, self._done)

    def restore(self, keys: str) -> None:
        """Go on with the keys of a number that was not complete."""
        if keys:
            self._digits = list(keys)
            self._pause = asyncio.get_running_loop().call_later(PAUSE, self._done)

    def stop(self) -> None:
        """Stop the timer."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _done(self) -> None:
        digits, self._digits, self._pause = self._digits, [], None
        self._say(f"The caller pressed {' '.join(digits)} on the keypad.")
        self._note("")

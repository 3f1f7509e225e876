"""Imported first, it gives a process a wall clock that can be changed from outside: a file says how far ahead it is.

Nothing else is changed: monotonic time goes on, as it does when somebody sets the clock of a machine.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

CLOCK = "TEST_CLOCK"  # the variable that names the file, which holds seconds
EVERY = 0.1  # seconds between two looks at it


class Clock:
    """The wall clock of a process."""

    def __init__(self, path: Path) -> None:
        # The clock of the machine; where it stands how far this one is ahead, by how much that was, and when.
        self._real, self._path, self._ahead, self._looked = time.time, path, 0.0, 0.0

    def __call__(self) -> float:
        """Return the time."""
        if time.monotonic() - self._looked > EVERY:
            self._looked, text = time.monotonic(), self._path.read_text(encoding="ascii")
            self._ahead = float(text) if text else self._ahead  # it is being written
        return self._real() + self._ahead


if CLOCK in os.environ:
    time.time = Clock(Path(os.environ[CLOCK]))

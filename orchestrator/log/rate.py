"""How much each call may log: what exceeds its share is counted, and the count is logged.

A caller decides how many of its events are refused, and each refusal is a line; so does a peer without a key. Without
a limit one of them could fill the disk, and hide what else happens.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

WINDOW = 10.0  # seconds
CHARACTERS = 100_000  # that a call, or a peer, may log in a window
LEAST = 500  # characters that a line counts as, at least: 200 lines in a window
REMEMBERED = 10_000  # calls and peers; of more the oldest begin anew
About = tuple[str, str]  # what lines are about: the name of the field that says it, and its value


@dataclass(slots=True)
class Share:
    """What one call or peer has logged in its window."""

    since: float
    characters: int = 0
    left_out: int = 0  # lines


class Rate:
    """The shares of all calls and peers. It is used by all threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # The time in seconds.
        self._clock = clock
        # The shares, the oldest first.
        self._shares: dict[About, Share] = {}
        # Held while the shares change; by a thread twice, when it collects garbage whose end is logged.
        self._lock = RLock()

    def admits(self, about: About) -> bool:
        """Return whether a line may be logged; one that may not is counted."""
        with self._lock:
            share = self._shares.setdefault(about, Share(self._clock()))
            if share.characters < CHARACTERS:
                return True
            share.left_out += 1
            return False

    def logged(self, about: About, characters: int) -> None:
        """Note that a line of this length was logged."""
        with self._lock:
            if (share := self._shares.get(about)) is not None:
                share.characters += max(LEAST, characters)

    def left_out(self) -> list[tuple[About, int]]:
        """Forget the shares whose window has ended; return how many lines of each were left out."""
        with self._lock:
            return list(self._forget(self._clock() - WINDOW))

    def counted(self) -> list[tuple[About, int]]:
        """Return how many lines of each share were left out so far, and count anew."""
        with self._lock:
            counts = [(about, share.left_out) for about, share in self._shares.items() if share.left_out]
            for about, _ in counts:
                self._shares[about].left_out = 0
            return counts

    def end(self, about: About) -> list[tuple[About, int]]:
        """Forget a share whose call ends; return it with the lines that were left out, if any were."""
        with self._lock:
            share = self._shares.pop(about, None)
        return [(about, share.left_out)] if share and share.left_out else []

    def _forget(self, before: float) -> list[tuple[About, int]]:
        ended: list[tuple[About, int]] = []
        while self._shares:
            about, share = next(iter(self._shares.items()))
            if share.since > before and len(self._shares) <= REMEMBERED:
                break
            del self._shares[about]
            if share.left_out:
                ended.append((about, share.left_out))
        return ended

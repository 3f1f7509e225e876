"""What the caller has been given to hear, and how much of it was played.

Audio arrives faster than it is spoken. When it will have been played is estimated, assuming that the player plays what
it gets without gaps. How much of an item was heard is not estimated: only the caller's side knows, and reports it at a
barge-in (`conversation.item.truncate` with the milliseconds really played). It is accepted, up to what was sent.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import inf

REMEMBERED = 64  # items; older ones can no longer be truncated


@dataclass(slots=True)
class Heard:
    """One assistant item on its way to the caller's ear."""

    agent: str
    ms: float = 0.0  # sent to the caller and not taken back


class Playback:
    """The caller's player, as far as it can be known from here."""

    def __init__(self) -> None:
        # Items in the order of their first audio.
        self._items: OrderedDict[str, Heard] = OrderedDict()
        # When the last audio sent will have been played, in the clock of `now`.
        self.end = -inf

    def add(self, agent: str, item_id: str, ms: float, now: float) -> None:
        """Note `ms` of audio of an item leaving for the caller."""
        heard = self._items.get(item_id)
        if heard is None:
            heard = self._items[item_id] = Heard(agent)
            if len(self._items) > REMEMBERED:
                self._items.popitem(last=False)
        heard.ms += ms
        self.end = max(self.end, now) + ms / 1000

    def remaining(self, now: float) -> float:
        """Return how many seconds of audio are still to be played."""
        return max(0.0, self.end - now)

    def stop(self, now: float) -> None:
        """Note that the player was stopped."""
        self.end = min(self.end, now)

    def truncate(self, item_id: str, ms: int) -> tuple[str, int, float] | None:
        """Accept that the caller heard `ms` of an item: (agent, ms, share), or None if it had less already."""
        heard, ms = self._items.get(item_id), max(0, ms)
        if heard is None or ms >= heard.ms:
            return None
        share, heard.ms = ms / heard.ms, ms
        return heard.agent, ms, share

    def behind(self, item_id: str, ms: int) -> float:
        """Return the milliseconds that were sent after a place in an item; 0 when the item is not known."""
        rest = 0.0
        for other, heard in reversed(self._items.items()):
            if other == item_id:
                return rest + max(0.0, heard.ms - ms)
            rest += heard.ms
        return 0.0

    def take_back(self, rest: float, now: float) -> list[tuple[str, str, float]]:
        """Take back the last milliseconds that were sent: (agent, item, share that is left), the newest first."""
        cut = []
        for item_id, heard in reversed(self._items.items()):
            if rest > 0 and heard.ms:
                ms = max(0.0, heard.ms - rest)
                cut.append((heard.agent, item_id, ms / heard.ms))
                rest, heard.ms = rest - (heard.ms - ms), ms
        self.stop(now)
        return cut

    def knows(self, item_id: str) -> bool:
        """Return whether audio of the item was sent to the caller."""
        return item_id in self._items

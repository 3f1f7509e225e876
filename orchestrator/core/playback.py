"""What the caller has been given to hear, and how much of it was played.

Audio arrives faster than it is spoken. The caller's player is taken to play it without gaps from the moment it gets
it, so of all the audio sent the part that lies after now has not been heard yet. A transport that knows better says
so (`conversation.item.truncate` with the milliseconds really played) and is believed, up to what was sent.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

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
        self._end = 0.0

    def add(self, agent: str, item_id: str, ms: float, now: float) -> None:
        """Note `ms` of audio of an item leaving for the caller."""
        heard = self._items.get(item_id)
        if heard is None:
            heard = self._items[item_id] = Heard(agent)
            if len(self._items) > REMEMBERED:
                self._items.popitem(last=False)
        heard.ms += ms
        self._end = max(self._end, now) + ms / 1000

    def remaining(self, now: float) -> float:
        """Return how many seconds of audio are still to be played."""
        return max(0.0, self._end - now)

    def interrupt(self, now: float) -> Iterator[tuple[str, str, int, float]]:
        """Drop what was not played; yield (agent, item, ms played, share played) of each item cut short."""
        rest = self.remaining(now) * 1000
        self._end = now
        cut = []
        for item_id, heard in reversed(self._items.items()):
            unplayed = min(heard.ms, rest)
            if unplayed <= 0:
                break
            rest -= unplayed
            cut.append((heard.agent, item_id, *self._cut(heard, heard.ms - unplayed)))
        yield from reversed(cut)

    def truncate(self, item_id: str, ms: int) -> tuple[str, int, float] | None:
        """Believe the caller that it heard `ms` of an item: (agent, ms, share), or None if it had less already."""
        heard, ms = self._items.get(item_id), max(0, ms)
        if heard is None or ms >= heard.ms:
            return None
        return (heard.agent, *self._cut(heard, ms))

    @staticmethod
    def _cut(heard: Heard, ms: float) -> tuple[int, float]:
        share = ms / heard.ms
        heard.ms = ms
        return int(ms), share

    def knows(self, item_id: str) -> bool:
        """Return whether audio of the item was sent to the caller."""
        return item_id in self._items

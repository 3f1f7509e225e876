"""Where on the time line of a recording a piece of sound belongs: where it was heard. Sans-I/O.

All places are counted in steps from the start of the call. What is not placed anywhere is silence.

There are two kinds of sources. One delivers sound at the pace of speech: a microphone, or a player of ours
(`Arriving`). The other is given sound ahead of time and plays it without gaps (`Sent`): a client on a WebSocket, a
telephone network. Of the latter it is known afterwards what was heard: it is interrupted, it reports how much it has
played. So a piece is given out a moment after it was to be heard, and what never was is not given out at all.

When it is full: more than five minutes wait to be heard; further sound is dropped.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import NamedTuple

from orchestrator.records.audio.sound import STEP_CHARACTERS, STEPS

ITEMS = 256  # items whose places are remembered; older ones cannot be cut or silenced any more
RANGES = 512  # of one item: further ones are taken together
GAP = round(0.06 * STEPS)  # less than this between two pieces is jitter of the network, and no pause
EARLY = round(0.3 * STEPS)  # pieces that came late, and in a burst, are known by those that came up to so much later
LATE = round(0.75 * STEPS)  # after it was heard a piece is given out: it may have been cut, or moved by a mark, by then
GRACE = round(1.0 * STEPS)  # a client may have heard so much after it was told to stop
MOST_LAG = round(1.0 * STEPS)  # of a telephone network
WAITING = 300 * STEPS  # that wait to be heard
FOREVER = 1 << 62


class Place(NamedTuple):
    """A stretch of the time line."""

    start: int
    end: int

    def within(self, start: int, end: int) -> Place | None:
        """Return what of it lies between two places; None when nothing does."""
        start, end = max(self.start, start), min(self.end, end)
        return Place(start, end) if start < end else None


class Places:
    """Where the sound of each item is."""

    def __init__(self) -> None:
        # Item → its stretches, in order.
        self._items: OrderedDict[str, list[Place]] = OrderedDict()

    def add(self, item_id: str, start: int, end: int) -> None:
        """Note more of an item's sound."""
        known = self._items.setdefault(item_id, [])
        if len(self._items) > ITEMS:
            self._items.popitem(last=False)
        if known and (known[-1].end == start or len(known) >= RANGES):
            known[-1] = Place(known[-1].start, max(end, known[-1].end))
        else:
            known.append(Place(start, end))

    def move(self, start: int, by: int) -> None:
        """Move all stretches from a place on."""
        for known in self._items.values():
            known[:] = [Place(one.start + by, one.end + by) if one.start >= start else one for one in known]

    def of(self, item_id: str) -> list[Place]:
        """Return the stretches of an item; none of one that is not known, or no longer."""
        return self._items.get(item_id, [])

    def after(self, item_id: str, size: int) -> int | None:
        """Return the place where so much of an item has been heard; its end when there is less; None if unknown."""
        end = None
        for place in self.of(item_id):
            length = place.end - place.start
            end = place.start + min(size, length)
            if size <= length:
                break
            size -= length
        return end


@dataclass(slots=True)
class Piece:
    """Sound that has a place, as it came: texts that follow each other."""

    item_id: str  # of the team's
    start: int
    end: int
    until: int  # it is heard up to here
    texts: deque[str]  # none, if it is not kept

    def grow(self, item_id: str, start: int, end: int, text: str) -> bool:
        """Take in what comes next; return False when it does not follow, or what was before is not heard to its end."""
        if self.end != start or self.until != start or self.item_id != item_id or not (text and self.texts):
            return False
        self.end = self.until = end
        self.texts.append(text)
        return True

    def part(self, limit: int) -> Piece | None:
        """Take out the texts that end before a place; None when there are none."""
        start, texts = self.start, deque[str]()
        while self.texts and (end := self.start + len(self.texts[0]) // STEP_CHARACTERS) <= limit:
            texts.append(self.texts.popleft())
            self.start = end
        if not texts:
            return None
        part = Piece(self.item_id, start, self.start, min(self.until, self.start), texts)
        self.until = max(self.until, self.start)
        return part


def _piece(item_id: str, start: int, end: int, text: str) -> Piece:
    return Piece(item_id, start, end, end, deque((text,) if text else ()))


@dataclass(slots=True)
class Arrived:
    """Sound that came at the pace of speech, and has no place yet."""

    item_id: str
    until: int  # it was heard by then
    size: int
    text: str


class Arriving:
    """Sound that comes as it is heard, late by what the network took, or late and in a burst.

    Pieces follow each other without a gap unless all that come in the next moment are late: then there was a pause.
    """

    def __init__(self) -> None:
        # What may come after a pause, and so has no place yet.
        self._waiting: deque[Arrived] = deque()
        # What has one, and was not given out.
        self._placed: list[Piece] = []
        # Its end.
        self.end = 0
        # The most by which sound has been placed after the moment at which it came: whoever sends faster than time.
        self.lead = 0

    def add(self, until: int, size: int, text: str, item_id: str = "") -> None:
        """Take sound that was heard by a moment."""
        if self._waiting or until - size - self.end > GAP:
            self._waiting.append(Arrived(item_id, until, size, text))
        else:
            self._place(self.end, until, size, text, item_id)

    def due(self, now: int) -> list[Piece]:
        """Give out what has a place now."""
        while self._waiting and (first := self._waiting[0]).until <= now - EARLY:
            self._place(self._latest(), first.until, first.size, first.text, first.item_id)
            self._waiting.popleft()
            self._follow()
        placed, self._placed = self._placed, []
        return placed

    def _follow(self) -> None:
        """Place what comes behind, up to what may come after a pause."""
        while self._waiting and (first := self._waiting[0]).until - first.size - self.end <= GAP:
            self._place(self.end, first.until, first.size, first.text, first.item_id)
            self._waiting.popleft()

    def _latest(self) -> int:
        """Return where the first that waits begins, if there is a pause before it.

        Nothing can have been said after it came: that is how late it may begin, if no pause comes behind it.
        """
        latest, before = FOREVER, 0
        for one in self._waiting:
            before += one.size
            latest = min(latest, one.until - before)
        return latest if latest - self.end > GAP else self.end

    def _place(self, start: int, until: int, size: int, text: str, item_id: str) -> None:
        self.end = end = start + size
        if end - until > self.lead:
            self.lead = end - until
        if not (self._placed and self._placed[-1].grow(item_id, start, end, text)):
            self._placed.append(_piece(item_id, start, end, text))


@dataclass(slots=True)
class Limits:
    """What is known of an item's playing."""

    lag: int = 0  # with which it was placed
    until: int = FOREVER  # it was stopped there


class Sent:
    """Sound that was sent ahead, and is played without gaps until it is stopped."""

    def __init__(self) -> None:
        # Pieces that were not given out, in the order in which they are played.
        self._waiting: deque[Piece] = deque()
        # Where each item is, and what is known of its playing.
        self.places = Places()
        self._limits: OrderedDict[str, Limits] = OrderedDict()
        # When all that was sent has been played, and when the player began to play without a gap; None: it begins anew.
        self.end = 0
        self._began: int | None = None
        # How much later than sent it is played, as far as marks have told.
        self.lag = 0
        # Up to where pieces were given out.
        self._given = 0

    def add(self, item_id: str, at: int, size: int, text: str) -> bool:
        """Place sound that is being sent; return False, and drop it, when too much waits."""
        if self.end - at > WAITING:
            return False
        start = at + self.lag
        if start - self.end <= GAP:
            start = self.end
        else:
            self._began = None
        self.end = start + size
        self.places.add(item_id, start, self.end)
        if self._began is not None and self._waiting and self._waiting[-1].grow(item_id, start, self.end, text):
            return True
        self._began = start if self._began is None else self._began
        self._limits.setdefault(item_id, Limits(self.lag))
        if len(self._limits) > ITEMS:
            self._limits.popitem(last=False)
        self._waiting.append(_piece(item_id, start, self.end, text))
        return True

    def stop(self, at: int) -> None:
        """Note that the player was told to stop; what is sent from now on is played at once."""
        self.hush(at)
        self.end, self._began = min(self.end, at), None

    def hush(self, at: int) -> None:
        """Leave out what is played from a moment on, of all that has been sent."""
        for piece in self._waiting:
            piece.until = min(piece.until, max(piece.start, at))
            piece.end = min(piece.end, piece.until + GRACE)
            self._limits.setdefault(piece.item_id, Limits()).until = at
        # No report can say that more was heard; it would only keep waiting what comes behind.
        self._waiting = deque(piece for piece in self._waiting if piece.start < at + GRACE)

    def truncate(self, item_id: str, size: int) -> list[Place]:
        """Take in how much of an item was heard; return what has been given out of the rest."""
        cut, limits = self.places.after(item_id, size), self._limits.get(item_id)
        if cut is None or limits is None:
            return []
        cut = min(cut, limits.until + GRACE)
        for piece in self._waiting:
            if piece.item_id == item_id:
                piece.until = max(piece.start, min(cut, piece.end))
        given = min(self._given, limits.until)
        limits.until = min(cut, limits.until)
        rest = (place.within(cut, given) for place in self.places.of(item_id))
        return [place for place in rest if place is not None]

    def marked(self, item_id: str, size: int, at: int) -> None:
        """Take in when so much of an item had been played.

        What begins later is placed by that; so is what is being played, unless some of it was given out already.
        """
        expected, limits = self.places.after(item_id, size), self._limits.get(item_id)
        if expected is None or limits is None or limits.until != FOREVER:
            return
        self.lag = min(max(0, limits.lag + at - expected), MOST_LAG)
        late = self.lag - limits.lag
        if late > GAP and self._began is not None and self._given <= self._began:
            self._move(self._began, late)

    def _move(self, start: int, by: int) -> None:
        """Place later what is played from a place on."""
        self.places.move(start, by)
        for piece in self._waiting:
            if piece.start >= start:
                piece.start, piece.end, piece.until = piece.start + by, piece.end + by, piece.until + by
                self._limits.setdefault(piece.item_id, Limits()).lag = self.lag
        self._began, self.end = start + by, self.end + by

    def due(self, now: int) -> list[Piece]:
        """Give out what has been heard."""
        heard, limit = [], now - LATE
        while self._waiting and (piece := self._waiting[0]).start < limit:
            if piece.end <= limit:
                heard.append(self._waiting.popleft())
            elif (part := piece.part(limit)) is None:
                break
            else:
                heard.append(part)
        self._given = max([self._given, *(piece.until for piece in heard)])
        return heard

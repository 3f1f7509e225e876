"""The recording of one seat: places sound, writes it, and keeps silent what has to be.

All times are in seconds of the call.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from orchestrator.records.audio.files import RawFile, Side
from orchestrator.records.audio.placing import FOREVER, ITEMS, Arriving, Piece, Place, Places, Sent
from orchestrator.records.audio.sound import STEP_CHARACTERS, STEPS, Spelling, steps_in

ECHO = round(0.5 * STEPS)  # by which a microphone hears the loudspeaker later, over a network


def place_of(seconds: float) -> int:
    """Return the step at a time."""
    return int(seconds * STEPS + 0.5) if seconds > 0 else 0


class Tape:
    """What was heard on one seat."""

    def __init__(self, files: Mapping[Side, RawFile]) -> None:
        # What is written.
        self._files = files
        # The caller's sound, and the team's: sent ahead of time, or as a player of ours has played it.
        self._caller, self._sent, self._played = Arriving(), Sent(), Arriving()
        # What turns the frames of either side into text.
        self._from_caller, self._from_team = Spelling(), Spelling()
        # Where each item of the team was written.
        self._places = Places()
        # Items that are to be silent.
        self._hidden: OrderedDict[str, None] = OrderedDict()

    # --- what is heard ---

    def heard(self, at: float, frame: str, kind: str) -> None:
        """Take a frame that came from the caller."""
        text = self._from_caller.frame("", frame, kind)
        self._caller.add(place_of(at), len(text) // STEP_CHARACTERS, text)

    def unheard(self, at: float, ms: float) -> None:
        """Note that so much came from the caller, and is not kept."""
        self._caller.add(place_of(at), place_of(ms / 1000), "")

    def sent(self, at: float, item_id: str, frame: str, kind: str) -> None:
        """Take a frame that was sent to the caller."""
        text = self._from_team.frame(item_id, frame, kind)
        self._sent.add(item_id, place_of(at), len(text) // STEP_CHARACTERS, text)

    def unsent(self, at: float, item_id: str, size: int, kind: str) -> None:
        """Note that so many bytes were sent to the caller, and are not kept."""
        self._sent.add(item_id, place_of(at), steps_in(size, kind), "")

    def played(self, at: float, item_id: str, pcm: bytes) -> None:
        """Take PCM16 that is being played to the caller."""
        text = self._from_team.pcm(item_id, pcm)
        size = len(text) // STEP_CHARACTERS
        self._played.add(place_of(at) + size, size, text, item_id)

    # --- what becomes of it ---

    def stopped(self, at: float) -> None:
        """Note that the caller's player was told to stop."""
        self._sent.stop(place_of(at))

    def truncated(self, item_id: str, ms: float) -> None:
        """Note how much of an item was heard."""
        for place in self._sent.truncate(item_id, place_of(ms / 1000)):
            self._files[Side.TEAM].silence(place, lasting=False)

    def marked(self, at: float, item_id: str, ms: float) -> None:
        """Note that so much of an item had been played by now."""
        self._sent.marked(item_id, place_of(ms / 1000), place_of(at))

    def paused(self, at: float) -> None:
        """Leave out what was sent and is played from now on."""
        self._sent.hush(place_of(at))

    # --- what must not be in it ---

    def silence(self, side: Side, start: float, end: float) -> None:
        """Make a stretch of one side silent; the caller's is longer if its sound was placed late."""
        lead = self._caller.lead if side is Side.CALLER else 0
        self._files[side].silence(Place(place_of(start), place_of(end) + lead))

    def silence_item(self, item_id: str) -> None:
        """Make an item of the team silent, and the caller's side with it: a microphone hears the loudspeaker."""
        self._hidden[item_id] = None
        if len(self._hidden) > ITEMS:
            self._hidden.popitem(last=False)
        for place in self._places.of(item_id):
            self._files[Side.TEAM].silence(place)
            self._hide_echo(place)

    def _hide_echo(self, place: Place) -> None:
        self._files[Side.CALLER].silence(Place(place.start, place.end + ECHO))

    # --- writing ---

    def flush(self, now: float) -> None:
        """Write what has been heard for good."""
        at = place_of(now)
        self._write(Side.TEAM, self._sent.due(at))
        self._write(Side.TEAM, self._played.due(at))
        self._write(Side.CALLER, self._caller.due(at))

    def end(self, now: float) -> None:
        """Write the rest of what was heard."""
        self._sent.hush(place_of(now))
        self.flush(FOREVER / STEPS)

    def _write(self, side: Side, pieces: Iterable[Piece]) -> None:
        """Write pieces, each up to where it was heard; those that follow each other at once."""
        first = end = 0
        joined: list[str] = []
        for piece in pieces:
            if not self._wanted(side, piece):
                continue
            if joined and piece.start != end:
                self._files[side].write(first, "".join(joined).encode())
                joined = []
            first, end = (first if joined else piece.start), piece.until
            joined.append("".join(piece.texts)[: STEP_CHARACTERS * (piece.until - piece.start)])
        if joined:
            self._files[side].write(first, "".join(joined).encode())

    def _wanted(self, side: Side, piece: Piece) -> bool:
        """Return whether a piece belongs into the file, and note where it is."""
        if not piece.texts or piece.until <= piece.start:
            return False
        if side is Side.TEAM:
            if piece.item_id in self._hidden:
                self._hide_echo(Place(piece.start, piece.until))
                return False
            self._places.add(piece.item_id, piece.start, piece.until)
        return True

"""From a spool to both sides of a seat, each piece of sound where it was heard.

It is done after the call, by the process that makes the stereo file, or for whoever listens before that.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestrator.protocol.audio_frames import APPEND_OPENING, DELTA_OPENING
from orchestrator.records.audio.files import RawFile, Side
from orchestrator.records.audio.sound import PCM
from orchestrator.records.audio.spool import is_mark, read
from orchestrator.records.audio.tape import Tape

TICK_SECONDS = 0.25  # of the call, after which it is written what has been heard
Sides = dict[Side, RawFile]


class Reader:
    """Tells a tape what a spool holds."""

    def __init__(self, tape: Tape) -> None:
        # What is told.
        self._tape = tape
        # The format of each side's frames.
        self._formats = dict.fromkeys(Side, PCM)

    def frame(self, at: float, frame: str) -> None:
        """Tell of a frame; raises `ValueError` for one without audio."""
        if APPEND_OPENING.match(frame):
            self._tape.heard(at, frame, self._formats[Side.CALLER])
            return
        opened = DELTA_OPENING.match(frame)
        item_id = opened[2] if opened else str(json.loads(frame).get("item_id"))
        self._tape.sent(at, item_id, frame, self._formats[Side.TEAM])

    def mark(self, at: float, name: str, args: list[Any]) -> None:
        """Tell of a mark."""
        match name, args:
            case "format", [side, kind]:
                self._formats[Side(side)] = kind
            case "unsent", [item_id, size]:
                self._tape.unsent(at, item_id, size, self._formats[Side.TEAM])
            case "played", [item_id, text]:
                self._tape.played(at, item_id, b64decode(text))
            case "silence", [start, end]:
                self._tape.silence(Side.CALLER, start, end)
            case "silence item", [item_id, _]:
                self._tape.silence_item(item_id)
            case "truncated", [item_id, ms]:
                self._tape.truncated(item_id, ms)
            case "unheard" | "stopped" | "marked" | "paused", _:
                TELL[name](self._tape, at, *args)


TELL: dict[str, Callable[..., None]] = {
    "unheard": Tape.unheard,
    "stopped": Tape.stopped,
    "marked": Tape.marked,
    "paused": Tape.paused,
}


def render(spool: Path, give_way: Callable[[], None] = lambda: None) -> Sides:
    """Write both sides of what is in a spool so far, giving way in between; raises `OSError`."""
    sides = {side: RawFile(spool.parent) for side in Side}
    tape = Tape(sides)
    reader, now, flushed = Reader(tape), 0.0, 0.0
    for at, text in read(spool):
        now = max(now, at)
        if now - flushed >= TICK_SECONDS:
            tape.flush(now)
            flushed = now
            give_way()
        try:
            if is_mark(text):
                name, *args = json.loads(text)
                reader.mark(at, name, args)
            else:
                reader.frame(at, text)
        except (ValueError, TypeError):  # a peer can send anything
            continue
    tape.end(now)
    return sides

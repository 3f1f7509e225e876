"""Caller audio and caller events kept while no session can take them, and the last moment of what was sent.

While a session listens, the newest frames are remembered: a short *pre-roll* in silence, the whole turn while the
caller speaks, or when the caller's side says where a turn ends. A session that takes the caller over gets them first,
so that a word that began on the old session is whole on the new one. The turn just committed is kept until its
transcript arrives: if the session drops before that, the next one hears the turn again.

Limits: 30 s of audio, in which a frame counts for 5 ms at least (then the oldest goes, and the caller's application is
told once), 200 other events, and the bytes that the call may keep (then what comes is refused). Of what a session has,
a frame of more than 30 s is not remembered.
"""

from __future__ import annotations

from collections import deque

from orchestrator.core.events import CallerAction, CallerAnswered, CallerAsked, CallerSpoke, CallerTyped
from orchestrator.core.memory.size import EACH, size

Held = CallerAction | CallerSpoke

PREROLL_MS = 300.0
AUDIO_MS = 30_000.0
EVENTS = 200
LEAST_MS = 5.0
MUTED_MS = 5_000.0


def length(event: CallerSpoke) -> float:
    """Return the milliseconds for which a frame counts: very short ones would fill the memory."""
    return max(event.ms, LEAST_MS)


def bytes_of(event: Held) -> int:
    """Return the bytes that an event takes."""
    match event:
        case CallerSpoke(frame=frame):
            return len(frame)
        case CallerTyped(item=content) | CallerAnswered(item=content) | CallerAsked(options=content):
            return size(content)
    return EACH


class Hold:
    """What the caller said and did that no session has, or might lose."""

    def __init__(self) -> None:
        # Frames that were sent, newest last: the pre-roll, or the turn so far while the caller speaks.
        self._recent: deque[CallerSpoke] = deque()
        # Their milliseconds.
        self._recent_ms = 0.0
        # The turn last committed, until its transcript arrives.
        self._turn: list[CallerSpoke] = []
        # Events waiting for a session, in order; audio among them.
        self._waiting: deque[Held] = deque()
        # Milliseconds of audio among the waiting, and the bytes of all.
        self._waiting_ms, self.size = 0.0, 0
        # Whether the caller was told that audio was dropped.
        self._told = False
        # The newest frame at the last look, see `still`.
        self._seen: CallerSpoke | None = None

    def sent(self, event: CallerSpoke, *, speaking: bool) -> None:
        """Remember a frame that a session has."""
        self._recent.append(event)
        self._recent_ms += length(event)
        limit = AUDIO_MS if speaking else PREROLL_MS
        while self._recent_ms > AUDIO_MS or (self._recent_ms > limit and len(self._recent) > 1):
            self._recent_ms -= length(self._recent.popleft())

    def still(self) -> bool:
        """Return whether the caller cannot be speaking: no audio since the last look, or one frame over and over.

        The latter is a microphone that is muted. Audio is not decoded for it.
        """
        seen, self._seen = self._seen, self._recent[-1] if self._recent else None
        ms, frame = 0.0, self._seen.frame if self._seen else ""
        for event in reversed(self._recent):
            if event.frame != frame or ms >= MUTED_MS:
                break
            ms += length(event)
        return self._seen is seen or ms >= MUTED_MS

    def committed(self) -> bool:
        """Note the end of a turn: its frames are kept until it is transcribed. Returns whether there are any."""
        self._turn = self.release_preroll()
        return bool(self._turn)

    def transcribed(self) -> None:
        """Forget the frames of the last turn: its words are known."""
        self._turn = []

    def keep(self, event: Held, room: float = float("inf")) -> bool:
        """Hold an event; return False when it cannot be held, or when the caller has to hear that audio was dropped.

        `room` are the bytes that there is room for.
        """
        taken = bytes_of(event)
        if not isinstance(event, CallerSpoke):
            if taken > room or sum(not isinstance(held, CallerSpoke) for held in self._waiting) >= EVENTS:
                return False
            self._waiting.append(event)
            self.size += taken
            return True
        if taken <= room:
            self._waiting.append(event)
            self.size += taken
            self._waiting_ms += length(event)
            if self._waiting_ms <= AUDIO_MS:
                return True
        while self._waiting_ms > AUDIO_MS and (oldest := self._oldest()) is not event:
            self._waiting.remove(oldest)
            self.size -= bytes_of(oldest)
            self._waiting_ms -= length(oldest)
        first, self._told = not self._told, True
        return not first

    def _oldest(self) -> CallerSpoke:
        return next(held for held in self._waiting if isinstance(held, CallerSpoke))

    def clear_audio(self) -> None:
        """Forget held audio (`input_audio_buffer.clear`), keep the other events."""
        self.release_preroll()
        self._waiting = deque(event for event in self._waiting if not isinstance(event, CallerSpoke))
        self._waiting_ms, self.size = 0.0, sum(map(bytes_of, self._waiting))

    @property
    def waiting(self) -> bool:
        """Whether something waits for a session."""
        return bool(self._waiting)

    def release(self) -> list[Held]:
        """Return what waits, in order, and forget it: for the session that has the pre-roll already."""
        events, self._waiting = list(self._waiting), deque()
        self._waiting_ms, self.size, self._told = 0.0, 0, False
        return events

    def release_preroll(self) -> list[CallerSpoke]:
        """Return the frames of an unfinished turn, or the last moment of silence: for a session new to the caller."""
        frames = list(self._recent)
        self._recent.clear()
        self._recent_ms = 0.0
        return frames

    def release_turn(self) -> list[CallerSpoke]:
        """Return the frames of the last turn if its words are not known: a session that drops takes them along."""
        turn, self._turn = self._turn, []
        return turn

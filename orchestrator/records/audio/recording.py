"""The recording of one seat, as the call sees it: what it is told goes to the writer's thread at once.

Nothing here decodes, waits or raises. A frame costs one small tuple.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from orchestrator.core.effects import Effect
from orchestrator.core.events import AudioProduced, CallerLeft, CallerSpoke, CallerTruncated, Ending, Event
from orchestrator.protocol.audio_frames import delta_audio
from orchestrator.records.audio.files import Side
from orchestrator.records.audio.secrets import CONCERNED, SecretTurns, replayed, secret_set
from orchestrator.records.audio.tape import Tape

EACH = 200  # bytes that an entry takes beside its audio
NOT_KEPT = 64  # items that were said while nothing was kept, and may still be played
# What is announced when somebody else gets the caller → which field names them. With the first, they do so soon.
STARTED = "handoff.started"
WHO = {STARTED: "to", "call.started": "agent", "handoff.completed": "to", "handoff.failed": "from"}


class Put(Protocol):
    """The queue to the writer's thread."""

    def __call__(self, size: int, function: Callable[..., object], *args: object) -> bool:
        """Queue a call of a function, which takes so many bytes; return False when there is no room for it."""


class Recording:
    """What one caller and the team are heard to say; also an observer of the call, for the secrets in it.

    Agents in `pause_in` have the caller unheard: from the handoff to them until the next agent's first sound, nothing
    of either side is kept.
    """

    def __init__(
        self,
        tape: Tape,
        put: Put,
        *,
        clock: Callable[[], float],
        began: float,
        mask: Callable[[str], str],
        pause_in: Collection[str] = (),
    ) -> None:
        # What the thread does with it, and the way there.
        self._tape, self._put = tape, put
        # The clock of the call, and when it began.
        self._clock, self._began = clock, began
        # Finds turns that hold a secret; used in the thread.
        self._secrets = SecretTurns(mask, silence=self._silence_turn, silence_item=tape.silence_item)
        # The agents with whom nothing is kept.
        self._pause_in = frozenset(pause_in)
        # Nothing is kept now.
        self._paused = False
        # Items that were said meanwhile.
        self._not_kept: OrderedDict[str, None] = OrderedDict()
        # The caller's transport plays at the pace of speech, and tells what it plays.
        self._paced = False
        # The caller's audio has been held back since then, until a session can take it.
        self._held: float | None = None

    @property
    def _now(self) -> float:
        return self._clock() - self._began

    # --- what is heard ---

    def heard(self, frame: str, kind: str, ms: float) -> None:
        """Take a frame that came from the caller; `kind` is the `type` of its format."""
        at = self._clock() - self._began
        if not self._paused and not self._put(EACH + len(frame), self._tape.heard, at, frame, kind, ms):
            self._put(EACH, self._tape.heard, at, "", kind, ms)

    def sent(self, item_id: str, frame: str, kind: str) -> None:
        """Take a frame that is being sent to the caller; where the transport is a `player`, note only its item."""
        if self._paused:
            self._not_kept[item_id] = None
            if len(self._not_kept) > NOT_KEPT:
                self._not_kept.popitem(last=False)
        if self._paced:
            return
        if self._paused or not self._put(EACH + len(frame), self._tape.sent, self._now, item_id, frame, kind):
            _, _, size = delta_audio(frame) or ("", "", 0)
            self._put(EACH, self._tape.skipped, self._now, item_id, size, kind)

    def player(self) -> Callable[[str, bytes], None]:
        """Return what a transport that plays at the pace of speech calls with an item's PCM16 as it plays it."""
        self._paced = True
        return self._played

    def _played(self, item_id: str, pcm: bytes) -> None:
        if not self._paused and item_id not in self._not_kept:
            self._put(EACH + len(pcm), self._tape.played, self._now, item_id, pcm)

    # --- what becomes of it ---

    def stopped(self) -> None:
        """Note that the caller's player is told to stop: what it has not played is not heard."""
        self._put(EACH, self._tape.stopped, self._now)

    def told(self, event: Event) -> None:
        """Take in what the caller's side tells: how much of an item was heard, or that nobody hears any more."""
        if isinstance(event, CallerTruncated):
            self._put(EACH, self._tape.truncated, event.item_id, event.ms)
        elif isinstance(event, CallerLeft) and event.ending is Ending.LEFT:
            self.stopped()

    def marked(self, item_id: str, ms: float) -> None:
        """Note that a player has played so much of an item by now."""
        self._put(EACH, self._tape.marked, self._now, item_id, ms)

    def close(self) -> None:
        """Note that the call is over for this caller; what comes afterwards is not kept."""
        self._put(EACH, self._secrets.end)
        self._put(EACH, self._tape.close, self._now)
        self._put = _nothing

    # --- what must not be in it ---

    def announced(self, name: str, fields: Mapping[str, Any]) -> None:
        """Pause and resume by who has the caller, or is about to."""
        field = WHO.get(name)
        if field is not None and fields.get(field) in self._pause_in:
            self.pause()
        elif field is not None and name != STARTED:
            self.resume()

    def pause(self) -> None:
        """Keep nothing of either side from here on."""
        if not self._paused:
            self._paused = True
            self._put(EACH, self._tape.paused, self._now)

    def resume(self) -> None:
        """Keep what is said from here on."""
        self._paused = False

    def silence(self, side: Side, start: float, end: float) -> None:
        """Make a stretch of one side silent, in seconds of the call, whether or not it has been written."""
        self._put(EACH, self._tape.silence, side, start, end)

    def _silence_turn(self, start: float, end: float) -> None:
        self._tape.silence(Side.CALLER, start - self._began, end - self._began)

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Pass on what secrets are found by."""
        if isinstance(event, CallerSpoke):
            if not effects and self._held is None:
                self._held = now
            return
        if isinstance(event, AudioProduced):
            return
        if (session := replayed(effects)) is not None:
            self._put(EACH, self._secrets.replay, session, self._held, now)
            self._held = None
        changed = secret_set(effects)
        if changed or isinstance(event, CONCERNED):
            self._put(EACH, self._secrets.take, event, now, changed)


def _nothing(size: int, function: Callable[..., object], *args: object) -> bool:
    """Queue nothing: the recording is over."""
    return True

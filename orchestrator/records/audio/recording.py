"""The recording of one seat, as the call sees it: what it is told goes to the writer's thread at once.

Nothing here decodes, waits or raises. A frame costs one small tuple.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from orchestrator.core.effects import Effect, TellWords
from orchestrator.core.events import (
    AudioProduced,
    CallerLeft,
    CallerSpoke,
    CallerTruncated,
    Ending,
    Event,
    TranscriptProduced,
)
from orchestrator.protocol.audio_frames import delta_audio
from orchestrator.records.audio.files import Side
from orchestrator.records.audio.queue import Queue
from orchestrator.records.audio.secrets import CONCERNED, SecretTurns, replayed, secret_set
from orchestrator.records.audio.sound import text_of_pcm
from orchestrator.records.audio.spool import SILENCE, SILENCE_ITEM

NOT_KEPT = 64  # items that were said while nothing was kept, and may still be played
# What is announced when somebody else gets the caller → which field names them. With the first, they do so soon.
STARTED = "handoff.started"
WHO = {STARTED: "to", "call.started": "agent", "handoff.completed": "to", "handoff.failed": "from"}


class Recording:
    """What one caller and the team are heard to say; also an observer of the call, for the secrets in it.

    Agents in `pause_in` have the caller unheard: from the handoff to them until the next agent's first sound, nothing
    of either side is kept.
    """

    def __init__(
        self,
        queue: Queue,
        *,
        clock: Callable[[], float],
        began: float,
        mask: Callable[[str], str],
        pause_in: Collection[str] = (),
    ) -> None:
        # The way to the thread.
        self._queue = queue
        # The clock of the call, and when it began.
        self._clock, self._began = clock, began
        # Finds turns that hold a secret; used in the thread.
        self._secrets = SecretTurns(mask, silence=self._silence_turn, silence_item=self._silence_item)
        # The agents with whom nothing is kept.
        self._pause_in = frozenset(pause_in)
        # Nothing is kept now.
        self._paused = False
        # Items that were said meanwhile.
        self._not_kept: OrderedDict[str, None] = OrderedDict()
        # The format of the caller's frames, and of the team's, as far as it was noted.
        self._heard_in = self._sent_in = ""
        # What an agent is saying: the first event, its time, and the texts of all.
        self._saying: tuple[TranscriptProduced, float, list[str]] | None = None
        # The caller's transport plays at the pace of speech, and tells what it plays.
        self._paced = False
        # The caller's audio has been held back since then, until a session can take it.
        self._held: float | None = None

    # --- what is heard ---

    def heard(self, frame: str, kind: str, ms: float) -> None:
        """Take a frame that came from the caller; `kind` is the `type` of its format."""
        if self._paused or self._queue.ended:
            return
        if kind != self._heard_in:
            self._heard_in = kind
            self._note("format", Side.CALLER, kind)
        if not self._queue.put(self._clock(), frame):
            self._note("unheard", ms)

    def sent(self, item_id: str, frame: str, kind: str) -> None:
        """Take a frame that is being sent to the caller; where the transport is a `player`, note only its item."""
        if self._paused:
            self._not_kept[item_id] = None
            if len(self._not_kept) > NOT_KEPT:
                self._not_kept.popitem(last=False)
        if self._paced or self._queue.ended:
            return
        if kind != self._sent_in:
            self._sent_in = kind
            self._note("format", Side.TEAM, kind)
        if self._paused or not self._queue.put(self._clock(), frame):
            _, _, size = delta_audio(frame) or ("", "", 0)
            self._note("unsent", item_id, size)

    def player(self) -> Callable[[str, bytes], None]:
        """Return what a transport that plays at the pace of speech calls with an item's PCM16 as it plays it."""
        self._paced = True
        return self._played

    def _played(self, item_id: str, pcm: bytes) -> None:
        if not self._paused and item_id not in self._not_kept:
            self._note("played", item_id, text_of_pcm(pcm))

    def _note(self, name: str, *args: object) -> None:
        if not self._queue.ended:
            self._queue.note(self._clock(), name, *args)

    # --- what becomes of it ---

    def stopped(self) -> None:
        """Note that the caller's player is told to stop: what it has not played is not heard."""
        self._note("stopped")

    def told(self, event: Event) -> None:
        """Take in what the caller's side tells: how much of an item was heard, or that nobody hears any more."""
        if isinstance(event, CallerTruncated):
            self._note("truncated", event.item_id, event.ms)
        elif isinstance(event, CallerLeft) and event.ending is Ending.LEFT:
            self.stopped()

    def marked(self, item_id: str, ms: float) -> None:
        """Note that a player has played so much of an item by now."""
        self._note("marked", item_id, ms)

    def close(self) -> None:
        """Note that the call is over for this caller; what comes afterwards is not kept."""
        self._note("ended")
        self._said()
        self._queue.call(self._secrets.end)
        self._queue.ended = True

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
            self._note("paused")

    def resume(self) -> None:
        """Keep what is said from here on."""
        self._paused = False

    def _silence_turn(self, start: float, end: float) -> None:
        self._queue.find(SILENCE, start - self._began, end - self._began)

    def _silence_item(self, item_id: str, start: float) -> None:
        self._queue.find(SILENCE_ITEM, item_id, start - self._began)

    def _says(self, event: TranscriptProduced, now: float) -> None:
        """Note what an agent says; nobody looks for secrets in it before something else has happened."""
        if self._saying is None or self._saying[0].item_id != event.item_id:
            self._said()
            self._saying = event, now, []
        self._saying[2].append(event.text)

    def _said(self) -> None:
        if self._saying is not None:
            event, now, texts = self._saying
            self._saying = None
            self._queue.call(self._secrets.take, replace(event, text="".join(texts)), now, False)

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Pass on what secrets are found by."""
        kind = type(event)
        if kind is CallerSpoke:
            if not effects and self._held is None:
                self._held = now
            return
        if kind is AudioProduced or self._queue.ended:
            return
        if kind is TranscriptProduced and len(effects) == 1 and type(effects[0]) is TellWords:
            self._says(event, now)  # type: ignore[arg-type]
            return
        self._said()
        if (session := replayed(effects)) is not None:
            self._queue.call(self._secrets.replay, session, self._held, now)
            self._held = None
        changed = secret_set(effects)
        if changed or isinstance(event, CONCERNED):
            self._queue.call(self._secrets.take, event, now, changed)

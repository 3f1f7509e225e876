"""The journal of one call: its events, in the record format, from which another node makes the call again.

A line is a list of what was written together, since to keep a line costs more than what stands in it. An entry of it is
`{"t": seconds of the call, "in": event}`; effects are not written, since they follow. Audio and words are counted
together as in a record, none is left out, and nothing is hidden: whoever keeps the lines seals them. The gateway's own
entries say what no event says: `{"t": …, "session": …}` is the session object as the caller has set it,
`{"t": …, "own": id, "after": id}` an item of the caller's, and the place that it wants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event, TranscriptProduced
from orchestrator.records.counting import begun, countable, counted
from orchestrator.records.format.encoding import DIGITS, event_of
from orchestrator.records.format.entries import Entry
from orchestrator.records.format.hiding import as_json
from orchestrator.records.format.keeping import Kept

TRANSPORT = "transport"  # in the entries of a transport, which it reads itself
EVERY = 100  # entries, after which they are enough to be summed up
MOST_WAITING = 100  # entries of which nothing comes
KIND = "kind"  # in the entry of words that cannot be forwarded verbatim: the type of their event


class CallJournal:
    """Writes the journal of one call."""

    def __init__(
        self,
        put: Callable[[str], None],
        soon: Callable[[], None],
        began: float,
        fails: Callable[[], None] = lambda: None,
        long: Callable[[], None] = lambda: None,
    ) -> None:
        # Takes a line, before anything comes of it; and learns that entries wait, for `flush` to write them.
        self._put, self._soon = put, soon
        # Learns that no more will come, or that there are `due` entries.
        self._fails, self._long = fails, long
        # When the call began, by the event loop's clock.
        self._began = began
        # How many entries were written, and from how many on they are many.
        self.entries, self.due = 0, EVERY
        # Entries of which nothing comes, which wait.
        self._waiting: list[str] = []
        # Type of event → those alike that are counted together, and not written yet.
        self._counted: dict[type[Event], Entry] = {}

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Write an event down, whose effects are not performed yet; one that cannot be written ends the journal."""
        kind = type(event)
        entry = self._counted.get(kind)
        if entry is not None and counted(entry, kind, event, effects, now):
            return
        try:
            self._begin(entry, kind, event, effects, now)
        except Exception:
            self._fails()
            raise

    def _begin(
        self, entry: Entry | None, kind: type[Event], event: Event, effects: Sequence[Effect], now: float
    ) -> None:
        if countable(kind, effects):
            if entry is not None:
                self._close()
            self._counted[kind] = begun("", event, effects, now, Kept.ALL)
            self._later()
            return
        self._close()
        self._waiting.append(self._written(Entry(now, "", event, effects, Kept.ALL)))
        if effects:
            self.flush()
        else:
            self._later()

    def session(self, kept: Mapping[str, Any], now: float) -> None:
        """Write down the session object, which the caller has changed."""
        self._say(now, session=kept)

    def own_item(self, item_id: str, after: str | None, now: float) -> None:
        """Write down that the caller makes an item, and where it wants it."""
        self._say(now, own=item_id, after=after)

    def transport(self, known: Mapping[str, Any], now: float) -> None:
        """Write down what the caller's next connection has to know of this one; the last such entry counts."""
        self._say(now, **{TRANSPORT: known})

    def flush(self) -> None:
        """Write what waits."""
        self._close()
        if not self._waiting:
            return
        entries, self._waiting = self._waiting, []
        self._put(f"[{','.join(entries)}]")
        self.entries += len(entries)
        if self.entries >= self.due:
            self._long()

    def _later(self) -> None:
        """Let what waits be written with others; much of it at once, as nobody may ask for it any more."""
        if len(self._waiting) < MOST_WAITING:
            self._soon()
        else:
            self.flush()

    def _close(self) -> None:
        """Count no further: what was counted waits as entries, in the order in which it began."""
        entries, self._counted = sorted(self._counted.values(), key=lambda entry: entry.t), {}
        self._waiting += [self._written(entry) for entry in entries]

    def _say(self, now: float, **said: Any) -> None:
        self._close()
        self._waiting.append(as_json({"t": round(now - self._began, DIGITS), **said}))
        self.flush()

    def _written(self, entry: Entry) -> str:
        began, event = self._began, entry.event
        entry.t, entry.until = entry.t - began, entry.until - began
        written = event_of(entry)
        if isinstance(event, TranscriptProduced) and not event.frame:
            written[KIND] = event.payload.get("type")
        return as_json({"t": round(entry.t, DIGITS), "in": written})

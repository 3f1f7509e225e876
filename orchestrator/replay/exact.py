"""The recorded events through today's code: does each bring about what it did then?

Audio and words on their way are aside, as when each of their frames came is not in a record; so are words that the
team's `record` left out. After a gap, or an event that this version does not know, nothing is compared any more: the
call has gone on without what is missing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.core.memory.shared import FIRST
from orchestrator.observe.words import words
from orchestrator.records.format.decoding import Moment, Reading, Seat, read
from orchestrator.replay.callers import Callers
from orchestrator.replay.unkept import Unkept, alike
from orchestrator.replay.wording import diff, passed_on, same_secrets, written

BROKEN = "line "  # begins what is said of a line that is no JSON, as the last one may be
BEFORE, AFTER = 4, 2  # lines of what was said around a difference


@dataclass(slots=True)
class Difference:
    """Something that happened brings about something else than then."""

    t: float  # seconds of the call
    seat: str
    number: int  # of the event, from 1
    event: Event
    then: Sequence[Mapping[str, Any]]
    now: Sequence[Mapping[str, Any]]
    certain: bool  # no words were left out before, on which it may depend
    said: list[str] = field(default_factory=list)  # the words before it
    said_then: list[str] = field(default_factory=list)  # and those after it

    @property
    def diff(self) -> list[str]:
        """What is different, line by line."""
        return diff(self.then, self.now)


@dataclass(slots=True)
class Exact:
    """What came of a call that ran again."""

    call: str
    package: str  # the version that recorded it
    seconds: float = 0.0
    events: int = 0
    effects: int = 0  # that were compared
    passed: int = 0  # audio and words on their way, which are not
    wordless: int = 0  # events and effects of which words were left out
    differences: int = 0
    first: Difference | None = None
    ends: float | None = None  # from here on nothing is compared
    lost: int = 0  # entries that were not kept
    rest: int = 0  # events after the end
    skipped: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether nothing is different of which that can be said."""
        return self.first is None or not self.first.certain


def replay(lines: Iterable[str]) -> Exact:
    """Run a record again; raises `RecordError` if it cannot be read."""
    replaying = Replaying(read(lines))
    for moment in replaying.moments():
        replaying.compare(moment)
    return replaying.done


class Replaying:
    """A record that runs again."""

    def __init__(self, reading: Reading) -> None:
        header = reading.header
        # The record, and the callers who are in it.
        self._reading = reading
        self.callers = Callers(header, header.team)
        # How secrets are named.
        self._secrets = [name.removeprefix("secret:") for name in header.stand_ins]
        # What was left out.
        self._unkept = Unkept(header, self.callers.team)
        # What was said last.
        self._said: deque[str] = deque(maxlen=BEFORE)
        # What came of it so far.
        self.done = Exact(str(header.said["call"]), str(header.said.get("package", "?")))

    def moments(self) -> Iterator[Moment]:
        """Yield what happens, as far as it can be compared."""
        reading, done = self._reading, self.done
        missed = False  # something could not be read before what comes now
        for moment in reading.moments(reading.header.stand_ins):
            missed = missed or any(not text.startswith(BROKEN) for text in reading.skipped)
            if done.ends is None and (missed or reading.gaps):
                done.ends = moment.t
            done.seconds = max(done.seconds, moment.t)
            if done.ends is not None:
                done.rest += isinstance(moment, Moment)
            elif isinstance(moment, Seat):
                self.callers.join(moment.seat, moment.said)
            else:
                yield moment
            missed = bool(reading.skipped)  # a line is read before what the one before it says is told
        done.skipped, done.lost = reading.skipped, reading.gaps

    def compare(self, moment: Moment) -> None:
        """Let something happen again, and compare what comes of it."""
        done = self.done
        done.events += 1
        self._look(moment)
        event = moment.event = self._unkept.filled(moment)
        effects = self.callers.handle(moment.seat, event, moment.t)
        self._look(moment)
        self._hear(moment)
        then, now = self._then(moment), self._now(moment.event, effects)
        wordless = any(self._unkept.within(line) for line in moment.lines)
        done.wordless += wordless
        done.effects += len(then)
        if alike(then, now, lenient=wordless):
            return
        done.differences += 1
        if done.first is None:
            kept = not done.wordless
            done.first = Difference(moment.t, moment.seat, done.events, moment.event, then, now, kept, list(self._said))

    def _look(self, moment: Moment) -> None:
        session = getattr(moment.event, "session", None)
        self._unkept.look(self.callers.calls[moment.seat].state.route.agents | {getattr(session, "agent", "")})

    def _hear(self, moment: Moment) -> None:
        said = [
            f"{'' if moment.seat == FIRST else f'[{moment.seat}] '}{who}: {text}"
            for who, _, text in words(moment.event)
        ]
        self._said.extend(said)
        first = self.done.first
        if first is not None and len(first.said_then) < AFTER:
            first.said_then += said

    def _then(self, moment: Moment) -> list[dict[str, Any]]:
        hider = self.callers.hider
        told = [hider.line({"out": line["out"]})["out"] for line in moment.lines[1:]]
        compared = self._compared(told, moment.event)
        self.done.passed += len(told) - len(compared)
        return compared

    def _now(self, event: Event, effects: Sequence[Effect]) -> list[dict[str, Any]]:
        return self._compared(written(effects, event, self.callers.hider), event)

    def _compared(self, effects: list[dict[str, Any]], event: Event) -> list[dict[str, Any]]:
        return [same_secrets(effect, self._secrets) for effect in effects if not passed_on(effect, event)]

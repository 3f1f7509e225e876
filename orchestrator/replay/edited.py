"""A recorded call with an edited team: what would have been different?

Two calls run side by side, both in today's code: one with the team of the record, one with the edited team. Both are
fed what is in the record: what the caller did, what the models answered, what tools returned. As long as the models are
asked the same this is what would have happened. From the first time on that one is asked something else, its answer is
that to the old team, and the rest supposes that it would have been the same. Where the record has no answer at all, as
another agent has the caller or another tool runs, the comparison stops.

Sessions that only the edited team opens are open at once; timers of its own run out when their time is over.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.core import effects as do
from orchestrator.core.effects import Effect
from orchestrator.core.events import AudioProduced, CallerSpoke, Event, ResponseStarted, SessionOpened
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.state import Phase, State
from orchestrator.observe.story import Story
from orchestrator.observe.words import words
from orchestrator.records.format.decoding import Moment, Reading, Seat, read
from orchestrator.records.format.header import Header
from orchestrator.replay.callers import Callers
from orchestrator.replay.clock import Clock
from orchestrator.replay.edited_team import EditedTeam, tool_names
from orchestrator.replay.exact import BEFORE
from orchestrator.replay.given import Given
from orchestrator.replay.outcomes import Change, Outcomes, changes
from orchestrator.replay.renaming import Renaming
from orchestrator.replay.unkept import Unkept
from orchestrator.team import Team

FRAMES = (CallerSpoke, AudioProduced)


class Verdict(StrEnum):
    """What can be said of a call with an edited team."""

    UNCHANGED = "unchanged"  # every model is asked the same, and all that comes of it is the same
    CHANGED = "changed"
    UNKNOWN = "unknown"  # a model would have been asked something else, whose answer nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The first time that the model of an agent would have been asked something else."""

    t: float
    seat: str
    agent: str
    what: str  # in one sentence
    diff: Sequence[str]
    said: Sequence[str]  # the words before it


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the comparison stops, and why."""

    t: float
    why: str


@dataclass(slots=True)
class Edited:
    """What came of a call with an edited team."""

    call: str
    seconds: float = 0.0
    events: int = 0
    asked: list[Asked] = field(default_factory=list)
    stopped: Stop | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """What can be said of it."""
        if self.changes:
            return Verdict.CHANGED
        return Verdict.UNKNOWN if self.asked or self.stopped else Verdict.UNCHANGED


class Side:
    """One of the two calls."""

    def __init__(self, header: Header, team: Team) -> None:
        # Its callers, and what it came to.
        self.callers, self.outcomes = Callers(header, team), Outcomes()
        # Seat → who tells the facts of it.
        self._stories: dict[str, Story] = {}

    def state(self, seat: str) -> State:
        """Return where a call is."""
        return self.callers.calls[seat].state

    def handle(self, seat: str, event: Event, t: float) -> list[Effect]:
        """Let something happen."""
        effects = self.callers.handle(seat, event, t)
        story = self._stories.get(seat)
        if story is None:
            story = self._stories[seat] = Story((self.outcomes.take,), began=0.0, seat=seat)
        story.observe(event, effects, t)
        return effects

    def close(self, t: float) -> None:
        """Tell what has not ended."""
        for seat, story in self._stories.items():
            story.so_far(t)
            handoff = self.state(seat).route.handoff
            if handoff is not None:
                self.outcomes.add("agents", t, f"{handoff.target} (on the way)")


def compare(lines: Iterable[str], team: EditedTeam) -> Edited:
    """Run a recorded call with an edited team; raises `RecordError` if it cannot be read."""
    reading = read(lines)
    header = reading.header
    new = team.header(header)
    if new.said["agent"] not in team.team.agents:
        gone = Stop(0.0, f"the call began with {new.said['agent']}, which the edited team does not have")
        return Edited(str(header.said["call"]), stopped=gone)
    return Comparing(reading, header, new, team.team).run()


class Comparing:
    """Two calls side by side."""

    def __init__(self, reading: Reading, header: Header, new: Header, team: Team) -> None:
        # The record.
        self._reading = reading
        # The call with the team of then, and with the edited one.
        self._then, self._now = Side(header, header.team), Side(new, team)
        # What things are called in the other one; what both give to the models.
        self._renaming = Renaming()
        self._given = Given(self._then.callers.team, team, (tool_names(header), tool_names(new)))
        # Seat → its timers.
        self._clocks: defaultdict[str, Clock] = defaultdict(Clock)
        # What was left out, and what was said last.
        self._unkept, self._said = Unkept(header, self._then.callers.team), deque[str](maxlen=BEFORE)
        # What came of it so far.
        self.done = Edited(str(header.said["call"]))

    def run(self) -> Edited:
        """Run both calls to the end of the record, or as far as it can be said what would have been."""
        reading, done = self._reading, self.done
        for moment in reading.moments(reading.header.stand_ins):
            done.seconds = max(done.seconds, moment.t)
            if reading.gaps:
                self._stop(moment.t, f"{reading.gaps} entries were not recorded")
            elif isinstance(moment, Seat):
                self._join(moment)
            else:
                self._happen(moment)
            if done.stopped is not None:
                break
        if done.stopped is None and self._goes_on():
            self._stop(done.seconds, "the call would have gone on")
        self._then.close(done.seconds)
        self._now.close(done.seconds)
        done.changes = changes(self._then.outcomes, self._now.outcomes, done.asked[0].t if done.asked else None)
        return done

    def _goes_on(self) -> bool:
        ended = [self._then.state(seat).phase is Phase.ENDED for seat in self._then.callers.calls]
        return all(ended) and any(call.state.phase is not Phase.ENDED for call in self._now.callers.calls.values())

    def _join(self, seat: Seat) -> None:
        agent = seat.said["agent"]
        if agent not in self._now.callers.team.agents:
            self._stop(seat.t, f"a caller joins {agent}, which the edited team does not have")
            return
        for side in (self._then, self._now):
            side.callers.join(seat.seat, seat.said)

    def _happen(self, moment: Moment) -> None:
        """Let something happen in both calls."""
        seat, t, done = moment.seat, moment.t, self.done
        done.events += 1
        self._unkept.look(self._then.state(seat).route.agents)
        event = self._unkept.filled(moment)
        for other, clock in list(self._clocks.items()):
            for at, expired in clock.before(t):
                self._alone(other, expired, at)
        if isinstance(event, ResponseStarted):
            self._look(seat, event, t)
        if done.stopped is not None:
            return
        self._said.extend(f"{who}: {text}" for who, _, text in words(event))
        then = self._then.handle(seat, event, t)
        own = self._renaming.event(event)
        now = [] if self._clocks[seat].ignores(own) else self._now.handle(seat, own, t)
        if not (isinstance(event, FRAMES) and then == now):
            self._observe(seat, then, now, t)

    def _alone(self, seat: str, event: Event, t: float) -> None:
        """Let something happen with the edited team only."""
        if self.done.stopped is None:
            self._observe(seat, [], self._now.handle(seat, event, t), t)

    def _observe(self, seat: str, then: Sequence[Effect], now: Sequence[Effect], t: float) -> None:
        pairs = self._renaming.pairs(then, now)
        self._clocks[seat].observe(pairs, now, t)
        self._given.observe([self._renaming.now(one) for one in then if isinstance(one, do.OnSession)], now)
        matched = {id(other) for _, other in pairs}
        for effect in now:
            if id(effect) in matched:
                continue
            if isinstance(effect, do.RunTool):
                self._stop(t, f"{effect.name} would have run: what it would have returned is not recorded")
            elif isinstance(effect, do.OpenSession) and effect.session.kind is SessionKind.CONSULT:
                self._stop(t, f"{effect.session.agent} would have been asked: its answer is not recorded")
            elif isinstance(effect, do.OpenSession):
                self._alone(seat, SessionOpened(effect.session), t)

    # --- where models are asked ---

    def _look(self, seat: str, event: ResponseStarted, t: float) -> None:
        """Look whether a model that begins to answer would have been asked the same."""
        then, now = self._then.state(seat), self._now.state(seat)
        if now.phase is Phase.ENDED or then.phase is Phase.ENDED:
            return
        session: SessionId = self._renaming.now(event.session)
        asked = self._given.asked()[1]
        instead = next((one for one in asked if one != session), session)
        moved = event.session == then.listener.id and _whom(now) != _whom(then)
        if moved:
            instead = now.sessions.own[_whom(now)].id
        if instead != session:
            self._note(seat, t, f"{instead.agent} would have been asked, not {session.agent}", instead)
        elif self._given.differs(session):
            self._note(seat, t, f"{session.agent} would have been asked something else", session)
        if session.agent not in now.team.agents:
            self._stop(t, f"the edited team has no {session.agent}")
        elif moved:
            self._stop(t, f"{_whom(now)} would have had the caller: what it would have said is not recorded")
        elif (found := now.sessions.find(session)) is None or not found.ready:
            self._stop(t, f"{session.agent} would have had no session")

    def _note(self, seat: str, t: float, what: str, session: SessionId) -> None:
        agent = session.agent
        if all(one.agent != agent for one in self.done.asked):
            where = "" if seat == FIRST else f" (seat {seat})"
            said, different = list(self._said), self._given.differs(session)
            self.done.asked.append(Asked(t=t, seat=seat, agent=agent, what=what + where, diff=different, said=said))

    def _stop(self, t: float, why: str) -> None:
        if self.done.stopped is None:
            self.done.stopped = Stop(t, why)


def _whom(call: State) -> str:
    """Return who has the caller, or is about to."""
    return call.route.handoff.target if call.route.handoff is not None else call.route.active

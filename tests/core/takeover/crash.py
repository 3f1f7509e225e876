"""A walk over legal orders of events in which the process dies at any moment, and another one takes the call over.

What the other process knows are the lines that the first one wrote: events, in the format of records, nothing else.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.memory.transcript import Line, Speaker
from orchestrator.core.state import MEMORY, State
from orchestrator.core.takeover.checkpoint import CheckpointError, Parts, load, save
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.records.format.decoding import Moment, Reading
from orchestrator.records.format.encoding import DIGITS, lines_of
from orchestrator.records.format.entries import Entry
from orchestrator.records.format.header import Header
from orchestrator.records.format.keeping import Kept
from tests.core.walk import Upstream, World

SAVED = 0.02  # chance of a checkpoint after an event
# Tools that can run again, whichever agent of a team has them.
AGAIN = frozenset({"find_order", "check_pin", "rates", "send_car"})


def journal(at: float, event: ev.Event) -> list[str]:
    """Write an event as the lines that a process leaves behind."""
    return [json.dumps(line) for line in lines_of(Entry(at, "", event, [], Kept.ALL))]


def happened(lines: Iterator[str]) -> Iterator[tuple[float, ev.Event]]:
    """Read events from lines."""
    reading = Reading(Header({}), lines)
    for moment in reading.moments():
        assert isinstance(moment, Moment)
        yield moment.t, moment.event
    assert not reading.skipped


def told(state: State) -> list[tuple[str, Speaker, str, str | None]]:
    """Return what was said."""
    return [(line.agent, line.speaker, line.item_id, line.text) for line in state.transcript._lines.values()]


class Crashing(World):
    """A world whose process can die."""

    def __init__(self, team: Any, tools: Any, seed: int) -> None:
        again = {
            agent: {name: replace(rule, idempotent=name in AGAIN) for name, rule in own.items()}
            for agent, own in tools.items()
        }
        super().__init__(team, again, seed)
        known = [rule for own in self.tools.values() for rule in own.values()]
        self.parts = Parts(team, *(rule.filler for rule in known), *(rule.approval for rule in known))
        self.written: list[tuple[float, ev.Event]] = []
        self.lines: list[list[str]] = []  # the same, as it is written
        self.begun: Counter[str] = Counter()  # function call → times that its tool was run
        self.crashes = 0
        self.saved: tuple[int, bytes] | None = None  # a checkpoint, and of how many events it is
        self.loaded = self.unsaved = 0

    def feed(self, event: ev.Event) -> None:
        self.now = round(self.now, DIGITS)
        super().feed(event)
        if self.random.random() < SAVED:
            self.save()

    def save(self) -> None:
        """Make a checkpoint, if that is possible."""
        try:
            self.saved = len(self.written), save(self.call.state, self.parts, {"beside": [self.now]})
        except CheckpointError:
            self.unsaved += 1

    def made_again(self, *, from_checkpoint: bool) -> Call:
        """Make the call from its events; or from the last checkpoint, and those that came after it."""
        call = Call(self.team, self.tools, seed=self.seed, memory=MEMORY)
        lines = self.lines
        if from_checkpoint and self.saved is not None:
            count, saved = self.saved
            assert load(call.state, self.parts, saved).keys() == {"beside"}
            lines, self.loaded = lines[count:], self.loaded + 1
        for at, event in happened(chain.from_iterable(lines)):
            call.handle(event, at)
        return call

    def handled(self, event: ev.Event) -> list[do.Effect]:
        self.now = round(self.now, DIGITS)
        self.written.append((self.now, event))
        self.lines.append(journal(self.now, event))
        return self.call.handle(event, self.now)

    def check(self, effect: do.Effect) -> None:
        if isinstance(effect, do.RunTool):
            self.begun[effect.call_id] += 1
            if self.begun[effect.call_id] > 1:
                assert effect.name in AGAIN, "a tool that is not idempotent ran twice"
                assert effect.session.kind.value == "own"
                self.runs[effect.name] -= 1  # it is the same run
        super().check(effect)

    def crash(self) -> None:
        """Let the process die and another one take the call over."""
        before, known = self.call.state, self.call.state.functions
        call = self.made_again(from_checkpoint=self.random.random() < 0.5)
        assert told(call.state) == told(before), "something else was said"
        assert call.state.phase is before.phase
        assert call.state.agenda.timers == before.agenda.timers
        assert call.state.functions.open == known.open
        assert call.state.variables.values() == before.variables.values()
        self.call, self.crashes = call, self.crashes + 1
        self.ups, self.timers, self.due, self.running = defaultdict(Upstream), set(), {}, set()
        self.frames, self.told = set(), False
        said = told(call.state)
        self.now += self.random.choice([0.0, 0.3, 2.0, 60.0])
        self.feed(self.taking_over())
        if self.joined and not self.over:
            self.check_said(said)

    def taking_over(self) -> CallTakenOver:
        heard = [item for item in self.items if self.call.state.caller.playback.knows(item)]
        if heard and self.random.random() < 0.3:
            return CallTakenOver(heard[-1], self.random.randrange(900))
        return CallTakenOver(silent=self.random.choice([None, 0.0, 0.5]))

    def check_said(self, before: list[tuple[str, Speaker, str, str | None]]) -> None:
        """Assert that no words are lost but those that nobody heard, and none are new but what came of tools."""
        after = {item_id: text for _, _, item_id, text in told(self.call.state)}
        known = {item_id for _, _, item_id, _ in before}
        for _agent, speaker, item_id, text in before:
            if speaker is Speaker.AGENT:
                kept = str(after[item_id]).removesuffix(" …").split()
                assert str(text).split()[: len(kept)] == kept, "an agent said something else"
            else:
                assert after[item_id] == text or text is None, "words are lost"
        new = [line for line in self.call.state.transcript.history() if line.item_id not in known]
        assert all(is_unknown(line) for line in new)


def is_unknown(line: Line) -> bool:
    """Return whether a line says that nobody knows what came of a tool."""
    return line.speaker is Speaker.TOOL and "not known" in str(line.text)

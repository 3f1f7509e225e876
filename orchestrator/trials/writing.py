"""A test of a team, made of a recorded call: what the caller said, what tools did, and what came of it.

What the models said is not expected: they find other words each time. A secret is not in a record: its name in capitals
stands for it, and a comment says so. Only the caller who began the call is in the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from orchestrator.core.events import CallerJoined, ToolReturned
from orchestrator.core.memory.shared import FIRST
from orchestrator.errors import OrchestratorError
from orchestrator.observe.facts import (
    Answered,
    CallBegan,
    CallEnded,
    CallerTurn,
    Consulted,
    Fact,
    HandedOver,
    Happened,
    Interrupted,
    Outcome,
    Refused,
    Said,
    ToolRan,
)
from orchestrator.observe.story import Story
from orchestrator.records.format.decoding import Moment, read
from orchestrator.records.format.header import Header
from orchestrator.replay.source import lines_of
from orchestrator.team import END_CALL

SECRET = re.compile(r"secret:([A-Za-z_][A-Za-z0-9_]*)")
KEYS = re.compile(r"The caller pressed ([0-9A-D*# ]+) on the keypad\.")
ANYTHING = "*"
SLOW = 1.0  # seconds from which on it matters how long a tool takes
CLOSE = 0.1  # seconds before a turn in which an interruption is that turn
WIDTH = 110


def test_of(lines: Iterable[str]) -> str:
    """Return a test as YAML, for a file of tests; raises `OrchestratorError` for a record without words."""
    call = Recorded(lines)
    body = call.trial()
    secrets = sorted(call.secrets)
    comments = [f"Made of the call {call.name}: run it, and keep of it what matters."]
    if secrets:
        names = ", ".join(name.upper() for name in secrets)
        comments.append(f"In the place of {names} write a value that is made up: no secret is in a record.")
    if call.seats:
        comments.append("Other callers took part in the call, who are not in this test.")
    if call.moves:
        comments.append("A tool moved the caller or ended the call, which a mock cannot do: let it be real.")
    text = yaml.safe_dump({f"call {call.name}": body}, sort_keys=False, allow_unicode=True, width=WIDTH)
    return "".join(f"# {comment}\n" for comment in comments) + text


def write(call: str, out: Path | None) -> str:
    """Make a test of a recorded call, by its id or of a file; returns what is to be printed."""
    text = test_of(lines_of(call))
    if out is None:
        return text
    out.write_text(text, encoding="utf-8")
    return f"Wrote {out}. Try it: orchestrator test"


@dataclass(slots=True)
class Turn:
    """A turn of the caller, and what came of it."""

    start: float
    words: list[str]
    facts: list[Fact] = field(default_factory=list)
    after: float | None = None  # seconds into the answer that they interrupted


class Recorded:
    """A recorded call, as a test sees it."""

    def __init__(self, lines: Iterable[str]) -> None:
        reading = read(lines)
        # What the record begins with, and the id of the call.
        self._header: Header = reading.header
        self.name = str(reading.header.said["call"])
        # What happened on the first seat, and whether there were others.
        self.facts: list[Fact] = []
        self.seats = False
        # Whether a tool did what a mock cannot.
        self.moves = False
        # Variables that were known when the call began.
        self._known: dict[str, Any] = {}
        # Secrets of which the test has to say something.
        self.secrets: set[str] = set()
        self._look(reading.moments())

    def _look(self, moments: Iterable[object]) -> None:
        story, last = Story((self.facts.append,), began=0.0), 0.0
        for moment in moments:
            if not isinstance(moment, Moment) or moment.seat != FIRST:
                self.seats = True
                continue
            if isinstance(moment.event, CallerJoined):
                self._known = {**moment.event.variables, **moment.event.found}
            if isinstance(moment.event, ToolReturned):
                self.moves |= moment.event.transfer is not None or moment.event.parting is not None
            story.observe(moment.event, moment.effects, moment.t)
            last = moment.t
        story.so_far(last)

    def trial(self) -> dict[str, Any]:
        """Return the test, as its YAML is read."""
        turns, agent = self.turns(), self.began
        talk = []
        for turn in turns:
            went = [fact for fact in turn.facts if isinstance(fact, HandedOver) and fact.outcome is Outcome.COMPLETED]
            agent = went[-1].target if went else agent
            expected = {"agent": agent, **dict(self._expected(turn.facts, went))}
            interrupt = {} if turn.after is None else {"interrupt": turn.after}
            talk.append({"caller": self._line(turn.words), **interrupt, "expect": expected})
        given = {name: value for name, value in self._given().items() if value}
        return {"given": given, "talk": talk, "end": self._end(turns)}

    # --- what holds ---

    @property
    def began(self) -> str:
        """Who had the caller first."""
        return next((fact.agent for fact in self.facts if isinstance(fact, CallBegan)), self._header.team.start)

    def _given(self) -> dict[str, Any]:
        declared = self._header.said["team"].get("variables", {})
        known = {name: self._shown(value) for name, value in self._known.items() if name in declared}
        start = self._header.team.start
        return {
            "agent": self.began if self.began != start else None,
            "variables": known,
            "tools": self._mocks(),
            "now": datetime.fromtimestamp(self._header.said["started"]).replace(microsecond=0).isoformat(),
        }

    def _mocks(self) -> dict[str, Any]:
        found: dict[str, list[Any]] = {}
        for fact in self.facts:
            if isinstance(fact, ToolRan) and fact.name != END_CALL:
                found.setdefault(fact.name, []).append(self._mock(fact))
        return {name: mocks[0] if all(one == mocks[0] for one in mocks) else mocks for name, mocks in found.items()}

    def _mock(self, ran: ToolRan) -> dict[str, Any]:
        mock: dict[str, Any] = {}
        if ran.outcome is Outcome.FAILED:
            mock["fails"] = self._shown(ran.output) or "it failed"
        elif ran.outcome is Outcome.COMPLETED:
            mock["returns"] = self._shown(_parsed(ran.output))
        if ran.variables:
            mock["sets"] = {name: self._shown(value) for name, value in ran.variables.items()}
        if ran.end - ran.start >= SLOW:
            mock["takes"] = round(ran.end - ran.start, 1)
        return mock

    # --- what the caller does ---

    def turns(self) -> list[Turn]:
        """Return the turns of the caller, with what came of each; raises `OrchestratorError` if no words are known."""
        began = {fact.item_id: fact.start for fact in self.facts if isinstance(fact, CallerTurn)}
        cut = [fact for fact in self.facts if isinstance(fact, Interrupted)]
        said = [fact for fact in self.facts if isinstance(fact, Said) and fact.who == "caller" and fact.text.strip()]
        turns = [Turn(began.get(fact.item_id, fact.start), [fact.text.strip()]) for fact in said]
        turns.sort(key=lambda turn: turn.start)
        if not turns:
            raise OrchestratorError(f"Of {self.name} no words of the caller are recorded: no test can be made of it.")
        for fact in self.facts:
            mine = [turn for turn in turns if turn.start <= fact.start]
            if mine:
                mine[-1].facts.append(fact)
        for one in cut:
            began_then = next((turn for turn in turns if turn.start >= one.start - CLOSE), None)
            if began_then is not None and began_then.after is None:
                began_then.after = self._into(one)
        return _joined(turns)

    def _into(self, cut: Interrupted) -> float | None:
        answers = (fact for fact in self.facts if isinstance(fact, Answered) and fact.response_id == cut.response_id)
        answer = next(answers, None)
        return None if answer is None else round(max(0.0, cut.start - answer.start), 1)

    def _line(self, words: Sequence[str]) -> Any:
        text = " ".join(words)
        keys = KEYS.fullmatch(text)
        return {"keys": keys[1].replace(" ", "")} if keys else self._shown(text)

    # --- what is expected ---

    def _expected(self, facts: Sequence[Fact], went: Sequence[HandedOver]) -> Iterator[tuple[str, Any]]:
        if went:
            yield "handoff", {"from": went[-1].source, "to": went[-1].target}
        if calls := [self._called(fact) for fact in facts if isinstance(fact, ToolRan) and fact.name != END_CALL]:
            yield "calls", calls
        if refused := _refused(facts):
            yield "refused", refused
        if asked := list(dict.fromkeys(fact.to for fact in facts if isinstance(fact, Consulted))):
            yield "consults", asked

    def _called(self, ran: ToolRan) -> dict[str, Any]:
        arguments = _parsed(ran.arguments)
        given = arguments if isinstance(arguments, Mapping) else {}
        return {ran.name: {name: ANYTHING if SECRET.search(json.dumps(each)) else each for name, each in given.items()}}

    def _end(self, turns: Sequence[Turn]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for fact in self.facts:
            if isinstance(fact, Happened) and fact.name == "variables.set":
                values |= fact.fields["values"]
        hidden = {name.removeprefix("secret:") for name in self._header.stand_ins}
        values = {
            name: value
            for name, value in values.items()
            if name not in hidden and (name not in self._known or value != self._known[name])
        }
        ended = next((fact for fact in self.facts if isinstance(fact, CallEnded)), None)
        end: dict[str, Any] = {"variables": values} if values else {}
        if not any(_refused(turn.facts) for turn in turns):
            end["refused"] = []
        return {**end, "ending": ended.ending} if ended is not None else end

    def _shown(self, value: Any) -> Any:
        """Return a value of JSON with the names of secrets in their places."""
        if isinstance(value, str):
            self.secrets |= set(SECRET.findall(value))
            return SECRET.sub(lambda found: found[1].upper(), value)
        if isinstance(value, Mapping):
            return {str(name): self._shown(each) for name, each in value.items()}
        return [self._shown(each) for each in value] if isinstance(value, list | tuple) else value


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    """Return the turns; words that nothing came of belong to the next ones."""
    found: list[Turn] = []
    for turn in turns:
        if found and not any(isinstance(fact, HAPPENED) for fact in found[-1].facts):
            found[-1].words += turn.words
            found[-1].facts += turn.facts
        else:
            found.append(turn)
    return found


HAPPENED = (Answered, ToolRan, HandedOver, Refused, Consulted, CallEnded)


def _refused(facts: Iterable[Fact]) -> list[str]:
    return [fact.rule for fact in facts if isinstance(fact, Refused)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text

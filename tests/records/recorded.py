"""A record in memory: what a recorder writes, encoded as the writer's thread does, and the same calls run again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.core.state import MEMORY
from orchestrator.core.state import Seat as Place
from orchestrator.records.format.decoding import Moment, Seat, read
from orchestrator.records.format.encoding import lines_of
from orchestrator.records.format.entries import Entry
from orchestrator.records.format.header import TeamHeader
from orchestrator.records.format.hiding import Hider
from orchestrator.records.format.keeping import Kept
from orchestrator.records.recorder import Caller, Recorder
from orchestrator.team import Team
from orchestrator.team.limits import Record

LINE = Callable[[Sequence[Any]], list[str]]
AUDIO = (do.SendAudio, do.PlayAudio, do.TellWords)
WORD_DELTAS = ("response.output_text.delta", "response.output_audio_transcript.delta")


class Memory:
    """Records calls in a list of lines, one `Writing` for all of them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.summary: Mapping[str, Any] | None = None
        self.so_far: Mapping[str, Any] | None = None
        self.text = ""
        self.remasked = 0
        self.encode: LINE
        self.mask: Callable[[str], str]
        self.keep: float | None = None

    def open(
        self,
        call_id: str,
        header: Mapping[str, Any],
        /,
        *,
        team: str,
        keep: float | None,
        encode: LINE,
        mask: Callable[[str], str],
    ) -> Memory:
        self.encode, self.mask, self.keep = encode, mask, keep
        self.lines.append(json.dumps(header))
        return self

    def put(self, entry: object, /) -> None:
        self.lines += self.encode([entry])

    def remask(self) -> None:
        self.remasked += 1
        self.lines = [self.mask(line) for line in self.lines]

    def note(self, summary: Mapping[str, Any], /) -> None:
        self.so_far = summary

    def close(self, summary: Mapping[str, Any], text: str, /) -> None:
        self.summary, self.text = summary, self.mask(text)

    def all(self, kind: str, where: str = "in") -> list[dict[str, Any]]:
        """Return all events, or effects, of a type."""
        parsed = [json.loads(line) for line in self.lines]
        return [line[where] for line in parsed if line.get(where, {}).get("type") == kind]


def team_header(team: Team, tools: Any, approvals: Any = None, memory: int = MEMORY) -> TeamHeader:
    """Return what headers of a team have in common."""
    return TeamHeader(team, files=(), models={}, fillers=tools, approvals=approvals or {}, memory=memory)


def recorder(
    memory: Memory,
    team: Team,
    shared: Shared,
    *,
    seed: str,
    tools: Any,
    approvals: Any = None,
    policy: Record | None = None,
    now: float = 0.0,
) -> Recorder:
    """Begin the record of a call."""
    header = team_header(team, tools, approvals)
    caller = Caller("sess_1", FIRST, team.start, seed)
    kept = policy or Record(keep="forever")
    return Recorder(memory, header, kept, shared, caller, started=1.0, now=now, formats={})


def compared(effect: do.Effect, event: Any, hider: Hider) -> str | None:
    """Return an effect as the record would have it; None when it is audio or words, which are aside.

    Where a secret begins and ends in a text, and how the core hides it, are the same; timers differ by milliseconds.
    """
    if isinstance(effect, AUDIO) or (isinstance(effect, do.TellCaller) and effect.payload.get("type") in WORD_DELTAS):
        return None
    if isinstance(effect, do.TellCaller) and not effect.payload:
        return None
    entry = Entry(0.0, "", event, [effect], Kept.ALL)
    (_, line) = list(lines_of(entry))
    out = hider.line(line)["out"]
    if out.get("payload") == "=":
        return "TellCaller ="
    if isinstance(effect, do.StartTimer):
        return f"StartTimer {effect.timer} {effect.seconds:.1f}"
    return re.sub(r"\[card\]|secret:card", "CARD", json.dumps(out, sort_keys=True))


def replay(lines: Sequence[str]) -> tuple[int, list[str]]:
    """Run a record again; return how many events it has, and where an effect is another one than then."""
    reading = read(lines)
    header = reading.header
    team = header.team
    shared = Shared(team)
    calls: dict[str, Call] = {}
    calls[FIRST] = header.call(team, header.said["seed"], Place(shared, FIRST, header.said["agent"]))
    hider = Hider(shared.variables.masker)
    stand_ins = header.stand_ins
    differences: list[str] = []
    count = 0
    for moment in reading.moments(stand_ins):
        if isinstance(moment, Seat):
            said = moment.said
            calls[moment.seat] = header.call(team, said["seed"], Place(shared, moment.seat, said["agent"]))
            continue
        count += 1
        found = calls[moment.seat].handle(moment.event, moment.t)
        then = [each for effect in moment.effects if (each := compared(effect, moment.event, hider))]
        now = [each for effect in found if (each := compared(effect, moment.event, hider))]
        if then != now:
            differences.append(f"{moment.t} {moment.event}:\n  then {then}\n  now  {now}")
    assert reading.skipped == []
    return count, differences


__all__ = ["Memory", "Moment", "recorder", "replay", "team_header"]

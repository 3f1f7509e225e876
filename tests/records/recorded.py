"""A record in memory: what a recorder writes, encoded as the writer's thread does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.core.state import MEMORY
from orchestrator.core.tools.rules import ToolRules
from orchestrator.records.format.header import TeamHeader
from orchestrator.records.recorder import Caller, Recorder
from orchestrator.team import Team
from orchestrator.team.limits import Record

LINE = Callable[[Sequence[Any]], list[str]]


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

    def leave(self) -> None:
        self.left = True

    def close(self, summary: Mapping[str, Any], text: str, then: Callable[[], None] | None = None, /) -> None:
        self.summary, self.text = summary, self.mask(text)
        if then is not None:
            then()

    def all(self, kind: str, where: str = "in") -> list[dict[str, Any]]:
        """Return all events, or effects, of a type."""
        parsed = [json.loads(line) for line in self.lines]
        return [line[where] for line in parsed if line.get(where, {}).get("type") == kind]


def team_header(team: Team, tools: ToolRules, memory: int = MEMORY) -> TeamHeader:
    """Return what headers of a team have in common."""
    return TeamHeader(team, team_hash="", models={}, rules=tools, memory=memory)


def recorder(
    memory: Memory,
    team: Team,
    shared: Shared,
    *,
    seed: str,
    tools: ToolRules,
    policy: Record | None = None,
    now: float = 0.0,
) -> Recorder:
    """Begin the record of a call."""
    header = team_header(team, tools)
    caller = Caller("sess_1", FIRST, team.start, seed)
    kept = policy or Record(keep="forever")
    return Recorder(memory, header, kept, shared, caller, started=1.0, now=now, formats={})

"""Holds the dialogues with a team on `local`, and says which turns were right."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unittest.mock import patch

import structlog
import yaml

from orchestrator.gateway.calls import Calls
from orchestrator.server.serve import build, running
from orchestrator.settings import Settings
from orchestrator.tools.tool import Tool
from orchestrator.trials.matching import is_right
from tests.calls import load as load_models
from tests.evaluation import caller as typed
from tests.evaluation import dialogues, spoken
from tests.evaluation.caller import Caller
from tests.evaluation.dialogues import Dialogue, Turn
from tests.patience import BUSY


@dataclass(frozen=True)
class Call:
    """A tool that ran."""

    tool: str
    arguments: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)  # of the parameters that have one

    def is_right(self, tool: str, wanted: Mapping[str, Any], today: date) -> bool:
        """Return whether this is the call that is wanted; a default may be given or left out."""
        expected, given = ({**self.defaults, **_given(arguments)} for arguments in (wanted, self.arguments))
        return (
            self.tool == tool
            and expected.keys() == given.keys()
            and all(is_right(value, given[key], today) for key, value in expected.items())
        )


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if value not in (None, "")}


MOST_TRIES = 6  # calls before the agents are prepared


@dataclass
class Score:
    """How many turns were right, by what is tried, and what was wrong with the others."""

    right: Counter[str] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)  # the first of each dialogue
    said: list[str] = field(default_factory=list)  # everything that was said
    waits: list[int] = field(default_factory=list)  # milliseconds from the end of speech to the end of each spoken turn
    cut_off: int = 0  # spoken turns that ended before the caller had

    def add(self, other: Score) -> None:
        """Add the turns of another team."""
        self.right += other.right
        self.turns += other.turns
        self.faults += other.faults
        self.said += other.said
        self.waits += other.waits
        self.cut_off += other.cut_off

    @property
    def share(self) -> float:
        """The share of turns that were right."""
        return self.right.total() / max(1, self.turns.total())


async def score(team: str, voice: str = "", most: int | None = None) -> Score:
    """Hold all dialogues with a team, or the first few: spoken by a voice, or typed."""
    settings = Settings(port=0, drain=0.0, max_lag=BUSY)
    file = dialogues.team_file(team)
    name = str(yaml.safe_load(file.read_text("utf-8"))["team"])
    house = build(file, settings)
    load_models(house)
    found = Score()
    pace = spoken.Pace()
    with _overhearing() as (calls, reasons), pace.kept() if voice else nullcontext():
        async with running(house, settings) as url:
            known: Calls = house.app.state.calls
            await _until_prepared(url, name, known)
            for dialogue in dialogues.load(team)[:most]:
                call: AbstractAsyncContextManager[Caller] = (
                    spoken.calling(url, name, known, voice, pace) if voice else typed.calling(url, name, known)
                )
                async with call as caller:
                    await _hold(caller, dialogue, calls, reasons, found)
                    if isinstance(caller, spoken.SpokenCaller):
                        found.waits += caller.waits
                        found.cut_off += caller.cut_off
    return found


async def _until_prepared(url: str, name: str, known: Calls) -> None:
    """Call until the agents are prepared, which takes longer than a response may on a busy machine."""
    for _ in range(MOST_TRIES):
        async with typed.calling(url, name, known) as caller:
            if await caller.say(Turn("hello", "small talk")):
                break


async def _hold(caller: Caller, dialogue: Dialogue, calls: list[Call], reasons: list[str], found: Score) -> None:
    """Hold one dialogue; what follows a wrong turn rests on it, and counts as wrong."""
    right = True
    found.said.append(f"# {dialogue.name}")
    for turn in dialogue.turns:
        calls.clear()
        reasons.clear()
        said = await caller.say(turn)
        faults = list(_faults(turn, said, caller.agent, calls))
        heard = f" (heard {caller.heard!r})" if caller.heard else ""
        line = f"{turn.caller!r}{heard} -> [{caller.agent}] {said!r} {calls or ''}"
        found.said.append(line)
        if right and faults:
            found.faults.append(f"{dialogue.name}: {line}\n    {'; '.join([*faults, *reasons])}")
        right = right and not faults
        found.turns[turn.kind] += 1
        found.right[turn.kind] += right


def _faults(turn: Turn, said: str, agent: str, calls: list[Call]) -> Iterator[str]:
    today = date.today()
    if turn.agent and agent != turn.agent:
        yield f"should be with {turn.agent}"
    wanted = [(name, arguments) for call in turn.calls for name, arguments in call.items()]
    if len(wanted) != len(calls) or not all(
        call.is_right(name, arguments, today) for (name, arguments), call in zip(wanted, calls, strict=True)
    ):
        yield f"should call {wanted or 'nothing'}"
    if turn.says and not re.search(turn.says, said, re.IGNORECASE | re.DOTALL):
        yield f"should say /{turn.says}/"


@contextmanager
def _overhearing() -> Iterator[tuple[list[Call], list[str]]]:
    """Note which tools run, and how the router explains what it does."""
    calls: list[Call] = []
    reasons: list[str] = []
    run = Tool.run

    async def noted(tool: Tool, arguments: str, *rest: Any, **more: Any) -> str:
        parameters = tool.parameters.get("properties", {})
        defaults = {name: one["default"] for name, one in parameters.items() if "default" in one}
        calls.append(Call(tool.name, json.loads(arguments), _given(defaults)))
        return await run(tool, arguments, *rest, **more)

    def explained(_: Any, __: str, event: Any) -> Any:
        if event["event"] == "local router decided":
            reasons.append(f"{event['why']}: {event['candidates']}, known answer {event['known_answer']}")
        raise structlog.DropEvent

    with patch.object(Tool, "run", noted), structlog.testing.capture_logs():
        structlog.configure(processors=[explained])
        yield calls, reasons

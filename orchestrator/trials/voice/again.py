"""`orchestrator replay CALL --by voice`: what the caller of a recorded call said is said again, to the team of today.

Tools do what they did then; models, turn detection and speech recognition are real. The new transcript is shown beside
the old one, turn by turn.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from orchestrator.errors import OrchestratorError
from orchestrator.observe.facts import Fact, HandedOver, Outcome, Said, ToolRan
from orchestrator.replay.source import lines_of
from orchestrator.team import Team
from orchestrator.team.trials import Trial
from orchestrator.team.trials.cases import Case
from orchestrator.trials.cast import Cast
from orchestrator.trials.reading import TEAM_FILE, load
from orchestrator.trials.results import Attempt, Verdict
from orchestrator.trials.run import SECONDS, By
from orchestrator.trials.voice.attempt import hindrance, hold
from orchestrator.trials.writing import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What came of a turn, then or now."""

    agent: str  # who has the caller after it
    caller: str = ""  # their words, as they were heard
    said: Sequence[str] = ()  # by agents, each with its name
    tools: Sequence[str] = ()  # that ran, with their arguments


@dataclass(frozen=True, slots=True)
class Pair:
    """A turn of the caller, or the greeting before the first."""

    then: Side
    now: Side

    @property
    def same(self) -> bool:
        """Whether the same agent has the caller, and the same tools ran; the words are never quite the same."""
        return (self.then.agent, self.then.tools) == (self.now.agent, self.now.tools)


@dataclass(slots=True)
class Again:
    """A call that was held again."""

    call: str
    pairs: list[Pair] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could not be done as it was then

    @property
    def same(self) -> bool:
        """Whether all turns are."""
        return all(pair.same for pair in self.pairs)


def run(arguments: argparse.Namespace, show: Callable[[str], object]) -> int:
    """Say what the caller said again, and show what comes of it; returns 1 when agents or tools are different."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: its threads would spin on every core
    if arguments.call is None or arguments.last is not None:
        arguments.refuse("--by voice takes one call: name an id of `orchestrator calls` or a .jsonl file")
    from orchestrator.log import set_up_log
    from orchestrator.settings import hidden, read_settings

    settings = read_settings()
    set_up_log(level="error", secrets=hidden(settings))
    cast = load(Path(arguments.team or TEAM_FILE), wanted=settings.model, environ=os.environ)
    done = again(Recorded(lines_of(arguments.call)), cast)
    lines = [json.dumps(told(done), indent=2, ensure_ascii=False)] if arguments.format == "json" else report(done)
    for line in lines:
        show(line)
    return 0 if done.same else 1


def again(call: Recorded, cast: Cast) -> Again:
    """Hold a recorded call again; raises `OrchestratorError` when that cannot be done."""
    trial = spoken(call, cast.team)
    if why := hindrance(cast.team, trial) or cast.missing():
        raise OrchestratorError(f"{call.name} cannot be held again by voice: {why}")
    made, waits = hold(cast, Case(call.name, trial), call.name, None, SECONDS[By.VOICE])
    if made.verdict is Verdict.BROKEN:
        raise OrchestratorError(made.reason)
    notes = [" ".join(filter(None, [str(one.got or ""), one.note])) for one in made.failures]
    notes += [f"it was not over after {SECONDS[By.VOICE]:g} seconds: {waits}"] if waits is not None else []
    return Again(call.name, pairs(call, made, trial.given.agent or cast.team.start), notes)


def spoken(call: Recorded, team: Team) -> Trial:
    """Return what the caller did, and what held, as far as the team has it; nothing is expected."""
    body = call.trial()
    given = body["given"]
    given["variables"] = {name: value for name, value in given.get("variables", {}).items() if name in team.variables}
    if given.get("agent") not in team.agents:
        given.pop("agent", None)
    talk = [{key: value for key, value in turn.items() if key != "expect"} for turn in body["talk"]]
    return Trial.model_validate({"given": given, "talk": talk})


def pairs(call: Recorded, made: Attempt, start: str) -> list[Pair]:
    """Return the turns of both calls, the greeting first; a call that ended early lacks the last ones."""
    turns = call.turns()
    greeting = [fact for fact in call.facts if fact.start < turns[0].start]
    marks = [*made.turns, len(made.facts)]
    new = [made.facts[: marks[0]], *(made.facts[begin:end] for begin, end in pairwise(marks))]
    then = _sides(call.began, [greeting, *(turn.facts for turn in turns)])
    now = list(_sides(start, [*new, *[()] * (len(turns) + 1 - len(new))]))
    return [Pair(*both) for both in zip(then, now, strict=True)]


def _sides(agent: str, turns: Iterable[Sequence[Fact]]) -> Iterator[Side]:
    for facts in turns:
        went = [one.target for one in facts if isinstance(one, HandedOver) and one.outcome is Outcome.COMPLETED]
        agent = went[-1] if went else agent
        words = [one for one in facts if isinstance(one, Said)]
        yield Side(
            agent=agent,
            caller=" ".join(one.text.strip() for one in words if one.who == "caller"),
            said=[f"{one.who}: {one.text.strip()}" for one in words if one.who != "caller"],
            tools=[_called(one) for one in facts if isinstance(one, ToolRan)],
        )


def _called(ran: ToolRan) -> str:
    """Return a function call as it is compared, whatever the order of its arguments."""
    try:
        return f"{ran.name} {json.dumps(json.loads(ran.arguments or '{}'), sort_keys=True, ensure_ascii=False)}"
    except ValueError:
        return f"{ran.name} {ran.arguments}"


def report(done: Again) -> Iterator[str]:
    """Yield the lines that show both calls."""
    different = sum(not pair.same for pair in done.pairs)
    what = "the same agents and tools" if done.same else f"{different} of {len(done.pairs)} turns are different"
    yield f"{done.call} by voice: {what}"
    for number, pair in enumerate(done.pairs):
        yield f"{number}{'' if pair.same else '  different'}"
        for name, side in (("then", pair.then), ("now", pair.now)):
            spoken = [f"caller: {side.caller}"] if side.caller else []
            for text in (*spoken, *side.tools, *side.said, f"→ {side.agent}"):
                yield f"  {name:5} {text}"
                name = ""
    yield from (f"note: {note}" for note in done.notes)


def told(done: Again) -> dict[str, Any]:
    """Return the same as JSON."""
    return {"call": done.call, "same": done.same, "turns": [asdict(pair) for pair in done.pairs], "notes": done.notes}

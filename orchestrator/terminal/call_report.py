"""What `orchestrator calls` prints: a list of calls, and what happened in one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from orchestrator.core.memory.shared import FIRST
from orchestrator.observe.facts import (
    Consulted,
    Fact,
    HandedOver,
    Happened,
    Interrupted,
    Outcome,
    PersonWaited,
    Refused,
    SessionHeld,
    ToolRan,
)
from orchestrator.records.transcript import Line, transcript

LONGEST = 120  # characters of arguments and results
COLUMNS = "{started:16}  {id:28}  {team:12}  {length:>8}  {turns:>5}  {handoffs:>8}  {agent:14}  {ending}"


def listed(calls: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a list of calls; the figures of one that is open are those so far."""
    names = {"started": "started", "id": "call", "team": "team", "length": "length"}
    yield COLUMNS.format(**names, turns="turns", handoffs="handoffs", agent="agent", ending="end")
    for call in calls:
        shown = {name: call.get(name) or "" for name in ("id", "team", "agent")}
        shown |= {name: call.get(name, "") for name in ("turns", "handoffs")}
        ending = call["ending"] or "open"
        yield COLUMNS.format(
            started=moment(call["started"]), length=length(call.get("seconds")), ending=ending, **shown
        )


def report(call: Mapping[str, Any], facts: Sequence[Fact]) -> Iterator[str]:
    """Yield the lines that say what happened in a call."""
    ending = f"{call['ending']} ({call['reason']})" if call["ending"] else "open"
    yield f"{call['id']}  {call['team']}  {moment(call['started'])}  {length(call['seconds'])}  {ending}"
    yield f"agents: {', '.join(call['agents'])}; {figures(call)}"
    if call.get("variables"):
        yield "variables: " + ", ".join(f"{name} = {shown(value)}" for name, value in call["variables"].items())
    if call.get("delivery"):
        yield f"after: {on_its_way(call['delivery'])}"
    yield ""
    happened = [(fact.start, _seat(fact.seat) + text) for fact in facts if (text := told(fact))]
    happened += [(line.start, _seat(line.seat) + spoken(line)) for line in transcript(facts)]
    for at, text in sorted(happened, key=lambda one: one[0]):
        yield f"{at:8.2f}  {text}"


def on_its_way(delivery: Mapping[str, Any]) -> str:
    """Return how far a finished call is on its way to whom the team file names under `after`."""
    attempts = f"{delivery['attempts']} attempt{'' if delivery['attempts'] == 1 else 's'}"
    error = f"; the last error: {shown(delivery['error'])}" if delivery["error"] else ""
    if delivery["state"] == "failed":
        return f"given up after {attempts}{error}"
    again = f", again at {moment(delivery['due'])}" if delivery["attempts"] else ""
    return f"not delivered yet, {attempts}{again}{error}"


def figures(call: Mapping[str, Any]) -> str:
    """Return the counts of a call in words."""
    tokens = call["tokens"]["input"] + call["tokens"]["output"]
    counts = ((call["turns"], "turn"), (call["handoffs"], "handoff"), (call["tools"], "tool"), (tokens, "token"))
    told = [f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in counts]
    return ", ".join([*told, f"${call['cost']:.4f}"] if call["cost"] else told)


def spoken(line: Line) -> str:
    """Return a line of the transcript, with how long the caller waited for it."""
    waited = f" [waited {line.waited:.2f} s]" if line.waited is not None else ""
    cut = f" [cut after {line.end - line.start:.1f} s]" if line.cut else ""
    return f"{line.who}:{waited} {line.text}{' (typed)' if line.typed else ''}{cut}"


def told(fact: Fact) -> str:
    """Return what a fact says; "" for what the transcript or the first lines say."""
    tell = TELLING.get(type(fact))
    return tell(fact) if tell is not None else ""


def _handed_over(fact: HandedOver) -> str:
    way = f"{fact.source} → {fact.target}"
    if fact.outcome is not Outcome.COMPLETED:
        return f"{way} {fact.outcome}: {kept(fact.fault)}{_decided(fact)}"
    why = kept(fact.reason) or (f"{fact.function}({shown(kept(fact.arguments))})" if fact.function else "")
    return f"{way} ({took(fact)}{', warm' if fact.warm else ''}) {why}".rstrip() + _decided(fact)


def _decided(fact: HandedOver) -> str:
    """Return how the local router came to it."""
    scores = fact.decision.get("candidates")
    likely = ", ".join(f"{name} {score}" for name, score in scores.items()) if isinstance(scores, Mapping) else ""
    why = ": ".join(filter(None, (str(fact.decision.get("why", "")), likely)))
    return f" [local router: {why}]" if why else ""


def _ran(fact: ToolRan) -> str:
    how = "→" if fact.outcome is Outcome.COMPLETED else f"{fact.outcome}:"
    return f"{fact.agent}: {fact.name}({shown(fact.arguments)}) {how} {shown(fact.output)} ({took(fact)})"


def _held(fact: SessionHeld) -> str:
    if fact.fate == "closed":
        return ""
    return f"{fact.agent}: session {fact.fate} {fact.code} {fact.reason}".rstrip()


def _happened(fact: Happened) -> str:
    if fact.name == "variables.set":
        return ", ".join(f"{name} = {shown(value)}" for name, value in fact.fields["values"].items())
    return f"{fact.name.replace('.', ' ')} {', '.join(f'{name}={shown(fact.fields[name])}' for name in fact.fields)}"


TELLING: Mapping[type[Fact], Callable[[Any], str]] = {
    HandedOver: _handed_over,
    ToolRan: _ran,
    SessionHeld: _held,
    Happened: _happened,
    Consulted: lambda fact: f"{fact.agent} asked {fact.to}: {fact.outcome} ({took(fact)})",
    Refused: lambda fact: f"{fact.agent}: {fact.name} refused by a rule ({fact.rule}): {kept(fact.reason)}",
    Interrupted: lambda fact: f"the caller interrupted {fact.agent}, who fell silent after {took(fact)}",
    PersonWaited: lambda fact: f"the caller waited {took(fact)} for {fact.agent}: {fact.outcome}",
}


def kept(text: str | None) -> str:
    """Return words of the record; of those that the team does not keep, only that they are not."""
    return "(not kept)" if text is None else text


def took(fact: Fact) -> str:
    """Return how long something took."""
    return f"{fact.end - fact.start:.2f} s"


def shown(value: Any) -> str:
    """Return a value on one line, cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def moment(unix: float) -> str:
    """Return a time of day, local."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(unix))


def length(seconds: float | None) -> str:
    """Return a length of time as minutes and seconds."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _seat(name: str) -> str:
    return "" if name == FIRST else f"[{name}] "

"""What is printed of a call that ran again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from orchestrator.core.memory.shared import FIRST
from orchestrator.records.format.values import typed
from orchestrator.replay.exact import Difference, Exact
from orchestrator.replay.wording import FIELDS


def report(done: Exact) -> Iterator[str]:
    """Yield the lines that say whether a call is the same, and how much of it can be compared."""
    counted = f"{done.events:,} events, {done.effects:,} effects"
    if done.first is None:
        yield f"exact: {counted}"
    elif not done.first.certain:
        yield f"exact as far as can be told: {counted}"
    else:
        by = f"recorded by orchestrator {done.package}"
        yield f"different: {plural(done.differences, 'event')} of {done.events:,} ({by})"
        yield from _shown(done.first)
        if done.differences > 1:
            yield f"after it: {plural(done.differences - 1, 'event')} with other effects"
    for text in _aside(done):
        yield f"not compared: {text}"


def told(done: Exact) -> dict[str, Any]:
    """Return the same as JSON."""
    first = done.first
    shown = first and {
        "t": first.t,
        "seat": first.seat,
        "event": typed(first.event),
        "number": first.number,
        "said": first.said,
        "said_then": first.said_then,
        "then": list(first.then),
        "now": list(first.now),
    }
    figures = {name: getattr(done, name) for name in ("call", "package", "seconds", "events", "effects", "differences")}
    aside = {name: getattr(done, name) for name in ("passed", "wordless", "ends", "lost", "rest", "skipped")}
    return {**figures, "exact": done.same, "first": shown, "not_compared": aside}


def _aside(done: Exact) -> Iterator[str]:
    """Yield what could not be compared, and how much of the call that is."""
    if done.passed:
        yield f"audio and words on their way ({plural(done.passed, 'effect')}): a record says how much, not each frame"
    if done.wordless:
        part = _part(done.wordless, done)
        yield f"words of {plural(done.wordless, 'event')}, which the team's `record` left out ({part})"
    if done.first is not None and not done.first.certain:
        yield f"{plural(done.differences, 'event')} that may depend on these words; the first at {done.first.t:.2f} s"
    if done.ends is not None:
        why = plural(done.lost, "entry", "entries") + " were not recorded" if done.lost else done.skipped[0]
        yield f"what follows {done.ends:.2f} s: {plural(done.rest, 'event')} ({_part(done.rest, done)}), as {why}"
    elif done.skipped:
        yield done.skipped[0]


def _part(some: int, done: Exact) -> str:
    return f"{100 * some / max(1, done.events + done.rest):.0f} % of the call"


def _shown(first: Difference) -> Iterator[str]:
    where = "" if first.seat == FIRST else f" on seat {first.seat}"
    yield f"first at {first.t:.2f} s{where}, event {first.number}: {described(first)}"
    yield from (f"    {line}" for line in first.said)
    yield "  - then, + now:"
    yield from (f"  {line}" for line in first.diff)
    yield from (f"    {line}" for line in first.said_then)


def described(first: Difference) -> str:
    """Return what happened, in a few words."""
    event = typed(first.event)
    return " ".join([event["type"], *(str(event[name]) for name in FIELDS if name in event)])


def plural(count: int, name: str, names: str = "") -> str:
    """Return a count of things."""
    return f"{count:,} {name if count == 1 else names or name + 's'}"

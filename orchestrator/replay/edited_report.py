"""What is printed of a call with an edited team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from orchestrator.replay.edited import Asked, Edited
from orchestrator.replay.outcomes import Change
from orchestrator.replay.report import plural

LONGEST = 40  # lines of a diff
NOTHING = "(none)"


def report(done: Edited) -> Iterator[str]:
    """Yield the lines that say what an edited team would have changed."""
    yield f"{done.verdict}: {plural(done.events, 'event')}, {done.seconds:.2f} s"
    for change in done.changes:
        yield from _changed(change)
    if done.asked:
        yield from _asked(done.asked[0])
        for one in done.asked[1:]:
            yield f"at {one.t:.2f} s {one.what}"
    if done.stopped is not None:
        yield f"the comparison stops at {done.stopped.t:.2f} s: {done.stopped.why}"
    elif done.asked:
        yield "the rest supposes that the models would have answered the same"


def told(done: Edited) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "call": done.call,
        "verdict": done.verdict.value,
        "events": done.events,
        "seconds": done.seconds,
        "changes": [asdict(change) for change in done.changes],
        "asked": [asdict(one) for one in done.asked],
        "stopped": None if done.stopped is None else asdict(done.stopped),
    }


def _changed(change: Change) -> Iterator[str]:
    supposing = ", supposing the same answers" if change.supposing else ""
    yield (
        f"{change.name} differ from {change.t:.2f} s on{supposing}"
        if change.name != "ending"
        else (f"the ending differs at {change.t:.2f} s{supposing}")
    )
    yield f"  then: {_listed(change.then)}"
    yield f"  now:  {_listed(change.now)}"


def _listed(texts: Sequence[str]) -> str:
    return " · ".join(texts) or NOTHING


def _asked(first: Asked) -> Iterator[str]:
    yield f"from {first.t:.2f} s on the models' answers are those to the old team: {first.what}"
    yield from (f"    {line}" for line in first.said)
    yield "  - then, + now:"
    yield from (f"  {line}" for line in first.diff[:LONGEST])
    if len(first.diff) > LONGEST:
        yield f"  … {plural(len(first.diff) - LONGEST, 'line')} more"

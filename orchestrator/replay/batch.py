"""Many calls, one after another: what would an edit have changed, or is every call the same in today's code?

No more than one call is in memory, and of those that were looked at only counts and the first ids.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.errors import OrchestratorError
from orchestrator.records import Archive, Filter
from orchestrator.replay.edited import Edited, Verdict
from orchestrator.replay.exact import Exact
from orchestrator.replay.report import plural

PAGE = 50
IDS = 10  # of calls that are listed for each thing that changed
KINDS = 1000  # different changes that are counted
FAILED = "not run"


@dataclass(frozen=True, slots=True)
class Row:
    """One call, and what can be said of it."""

    call: str
    started: float
    verdict: str
    what: list[str]  # what is different, each in a few words

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"call": self.call, "started": self.started, "verdict": self.verdict, "what": self.what}


@dataclass(slots=True)
class Summary:
    """What all calls come to."""

    verdicts: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)  # what is different → in how many calls
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # verdict → calls to look at

    def take(self, row: Row) -> None:
        """Take in a call."""
        self.verdicts[row.verdict] += 1
        for what in dict.fromkeys(row.what):
            if what in self.changes or len(self.changes) < KINDS:
                self.changes[what] += 1
        if row.verdict not in (Verdict.UNCHANGED, "exact") and len(self.ids[row.verdict]) < IDS:
            self.ids[row.verdict].append(row.call)

    @property
    def same(self) -> bool:
        """Whether no call is different."""
        return not any(self.verdicts[verdict] for verdict in (Verdict.CHANGED, "different", FAILED))

    def report(self) -> Iterator[str]:
        """Yield it as lines."""
        yield ", ".join(f"{count:,} {verdict}" for verdict, count in self.verdicts.most_common()) or "no such calls"
        for what, count in self.changes.most_common(30):
            yield f"{plural(count, 'call'):>12}  {what}"
        for verdict, ids in self.ids.items():
            more = self.verdicts[verdict] - len(ids)
            yield f"{verdict}: {', '.join(ids)}{f' and {more:,} more' if more else ''}"

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"verdicts": dict(self.verdicts), "changes": dict(self.changes.most_common()), "calls": dict(self.ids)}


def newest(archive: Archive, wanted: Filter, count: int) -> Iterator[dict[str, Any]]:
    """Yield the summaries of the newest calls that have ended, page by page."""
    last, left = wanted.after, count
    while left > 0:
        page = archive.find(replace(wanted, after=last, limit=PAGE))
        for call in page:
            if call["ending"] is not None and left > 0:
                left -= 1
                yield call
        if len(page) < PAGE:
            return
        last = page[-1]["id"]


def rows(archive: Archive, wanted: Filter, count: int, run: Callable[[Iterator[str]], Edited | Exact]) -> Iterator[Row]:
    """Yield what comes of each of the newest calls; one that cannot be run again is told so."""
    for call in newest(archive, wanted, count):
        call_id, started = str(call["id"]), float(call["started"])
        try:
            done = run(archive.lines(call_id))
        except (OrchestratorError, ValueError, LookupError, AssertionError) as error:  # the others go on
            yield Row(call_id, started, FAILED, [f"{type(error).__name__}: {error}"])
        else:
            yield Row(call_id, started, _verdict(done), _different(done))


def _verdict(done: Edited | Exact) -> str:
    if isinstance(done, Edited):
        return done.verdict
    return "exact" if done.same else "different"


def _different(done: Edited | Exact) -> list[str]:
    """Return what is different in a few words, so that the same in many calls is counted."""
    if isinstance(done, Exact):
        return [] if done.same or done.first is None else [f"{type(done.first.event).__name__} has other effects"]
    found = []
    for change in done.changes:
        then, now = Counter(change.then), Counter(change.now)
        gone, new = ((one - other).elements() for one, other in ((then, now), (now, then)))
        if change.name == "tools":  # not each with its arguments
            gone, new = ((text.split("(")[0] for text in texts) for texts in (gone, new))
        found += [f"{change.name}: no more {text}" for text in gone] + [f"{change.name}: {text}" for text in new]
        if then == now:
            found.append(f"{change.name}: in another order")
    return found or [f"asked otherwise: {one.agent}" for one in done.asked]

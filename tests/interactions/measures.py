"""The measures of τ-voice, from what a caller played and uttered; see `orchestrator/observe/interactions.py`.

A sound that is no turn is an error when the agent falls silent within 1.0 s of its beginning, or, where nobody spoke,
begins to speak within 2.0 s of its end. Selectivity is the share of such sounds that are no error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean, median, quantiles

from orchestrator.observe.facts import Answered, CallerTurn, Fact
from orchestrator.observe.interactions import Interactions, measure
from tests.interactions.caller import Heard, Uttered
from tests.interactions.scenes import Kind

YIELDS, ANSWERS, STOPS = 2.0, 2.0, 1.0  # seconds


@dataclass
class Measures:
    """What was counted in calls."""

    counted: Interactions = field(default_factory=Interactions)
    answers: list[float] = field(default_factory=list)  # seconds from the end of speech to the first audio
    yields: list[float] = field(default_factory=list)  # seconds from an interruption to the silence of the agent
    spoken_through: list[str] = field(default_factory=list)  # interruptions at which the agent spoke on
    fooled: dict[tuple[Kind, bool], list[str]] = field(default_factory=lambda: defaultdict(list))  # errors
    sounds: dict[tuple[Kind, bool], int] = field(default_factory=lambda: defaultdict(int))  # all, over an agent or not

    def add(self, heard: Heard, uttered: list[Uttered]) -> None:
        """Count a call."""
        self.counted += measure(_facts(heard, uttered))
        for at, one in enumerate(uttered):
            until = uttered[at + 1].begins if at + 1 < len(uttered) else float("inf")
            if not one.moment.kind.is_turn:
                self.sounds[one.moment.kind, one.over] += 1
                if _is_fooled(heard, one):
                    self.fooled[one.moment.kind, one.over].append(one.moment.label)
                continue
            if one.over:
                if (stop := _silent_at(heard, one.begins)) <= one.begins + YIELDS:
                    self.yields.append(stop - one.begins)
                else:
                    self.spoken_through.append(one.moment.label)
            began = next((begins for begins, _ in heard.spoken if one.ends <= begins < until), None)
            if began is not None:
                self.answers.append(began - one.ends)

    def rows(self) -> Iterable[tuple[str, str]]:
        """Yield what was measured, in words."""
        counted = self.counted
        yield "response rate", _share(len(counted.responses), counted.turns)
        yield "response latency", _spread(self.answers)
        yield "yield rate (within 2.0 s)", _share(len(counted.yields), counted.interruptions)
        yield "yield latency", _spread(self.yields)
        yield "agent interruption rate", _share(counted.agent_interruptions, counted.turns)
        for kind, over in sorted(self.sounds, key=lambda key: (key[0].value, not key[1])):
            count, wrong = self.sounds[kind, over], self.fooled[kind, over]
            where = "while an agent speaks" if over else "while nobody speaks"
            yield f"selectivity, {kind.value} {where}", _share(count - len(wrong), count)


def _facts(heard: Heard, uttered: list[Uttered]) -> Iterable[Fact]:
    for one in uttered:
        if one.moment.kind.is_turn:
            yield CallerTurn(start=one.begins, end=one.ends, agent="", item_id="", over=one.over)
    for begins, ends in heard.spoken:
        how = {"agent": "", "response_id": "", "asked": begins, "status": "completed", "cut": False, "heard": True}
        yield Answered(start=begins, end=ends, **how)  # type: ignore[arg-type]


def _is_fooled(heard: Heard, one: Uttered) -> bool:
    if one.over:
        return _silent_at(heard, one.begins) <= one.begins + STOPS
    return any(one.begins < begins <= one.ends + ANSWERS for begins, _ in heard.spoken)


def _silent_at(heard: Heard, moment: float) -> float:
    return next((ends for begins, ends in heard.spoken if begins <= moment < ends), moment)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "none"


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "none"
    p95 = quantiles(seconds, n=20, method="inclusive")[18]
    return f"{fmean(seconds):.3f} s mean, {median(seconds):.3f} median, {p95:.3f} p95, {max(seconds):.3f} max"

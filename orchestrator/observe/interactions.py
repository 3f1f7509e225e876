"""How caller and team take turns: the measures of τ-voice's leaderboard, from who was heard when.

Response latency and rate, yield latency and rate, and how often agents interrupt. As there, time is cut into ticks of
0.2 s in which somebody speaks or does not, and ticks in a row are one stretch of speech. The definitions:

- A caller's stretch that ends in the silence of the team is *answered* when an agent is heard before the caller speaks
  again, and *missed* when the caller has to speak again first. The response latency is the silence before the answer.
- A caller's stretch that begins while an agent is heard is an interruption. The team *yields* when the agent is silent
  within 2.0 s; the yield latency is the time until then.
- An agent's stretch that begins while the caller speaks is an *agent interruption*; its rate is per turn that was
  answered or missed, so that it can exceed 1.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from statistics import fmean
from typing import Any

from orchestrator.observe.facts import Answered, CallerTurn, Fact

TICK_MS = 200
YIELD_TICKS = 10  # 2.0 s
Stretch = tuple[int, int]  # the first tick, and the one after the last


@dataclass(frozen=True, slots=True)
class Interactions:
    """What was counted in one call; latencies in seconds."""

    responses: tuple[float, ...] = ()  # how long the caller waited for each
    missed: int = 0
    yields: tuple[float, ...] = ()  # how long each took
    unyielding: int = 0  # interruptions through which the agent spoke on
    agent_interruptions: int = 0

    def __add__(self, other: Interactions) -> Interactions:
        return Interactions(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def turns(self) -> int:
        """The turns that could be answered."""
        return len(self.responses) + self.missed

    @property
    def interruptions(self) -> int:
        """The caller's."""
        return len(self.yields) + self.unyielding


def interactions(facts: Iterable[Fact]) -> dict[str, Any]:
    """Return the measures of a call; None for what there was no event to measure by."""
    found = measure(facts)
    return {
        "response_latency_mean": round(fmean(found.responses), 3) if found.responses else None,
        "response_rate": _rate(len(found.responses), found.turns),
        "yield_latency_mean": round(fmean(found.yields), 3) if found.yields else None,
        "yield_rate": _rate(len(found.yields), found.interruptions),
        "agent_interruption_rate": _rate(found.agent_interruptions, found.turns),
        "counts": {
            "turns": found.turns,
            "interruptions": found.interruptions,
            "agent_interruptions": found.agent_interruptions,
        },
    }


def measure(facts: Iterable[Fact]) -> Interactions:
    """Measure a call, each caller of it by what they heard; facts of other kinds are passed over."""
    seats: dict[str, tuple[list[Fact], list[Fact]]] = {}
    for fact in facts:
        caller, team = seats.setdefault(fact.seat, ([], []))
        if isinstance(fact, CallerTurn):
            caller.append(fact)
        elif isinstance(fact, Answered) and fact.heard:
            team.append(fact)
    return sum((_of_seat(stretches(caller), stretches(team)) for caller, team in seats.values()), Interactions())


def _of_seat(caller: list[Stretch], team: list[Stretch]) -> Interactions:
    responses, yields, missed, unyielding = [], [], 0, 0
    for number, (begins, ends) in enumerate(caller):
        if (heard := _during(team, begins)) is not None:
            took = team[heard][1] - begins
            if took <= YIELD_TICKS:
                yields.append(_seconds(took))
            else:
                unyielding += 1
        if _during(team, ends) is not None:
            continue  # an agent was heard when the turn ended: whether it answers it cannot be told
        following = bisect_left(team, (ends, 0))
        answer = team[following][0] if following < len(team) else None
        again = caller[number + 1][0] if number + 1 < len(caller) else None
        if answer is not None and (again is None or answer < again):
            responses.append(_seconds(answer - ends))
        else:
            missed += again is not None
    over = sum(_during(caller, begins) is not None for begins, _ in team)
    return Interactions(tuple(responses), missed, tuple(yields), unyielding, over)


def stretches(facts: Iterable[Fact]) -> list[Stretch]:
    """Return when somebody spoke, in ticks; what overlaps or follows at once is one stretch."""
    found: list[Stretch] = []
    for begins, ends in sorted((_ms(fact.start) // TICK_MS, -(-_ms(fact.end) // TICK_MS)) for fact in facts):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        elif ends > begins:
            found.append((begins, ends))
    return found


def _during(spoken: list[Stretch], tick: int) -> int | None:
    """Return the stretch that had begun before a tick and goes on in it."""
    at = bisect_left(spoken, (tick, 0)) - 1
    return at if at >= 0 and spoken[at][1] > tick else None


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _seconds(ticks: int) -> float:
    return ticks * TICK_MS / 1000


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None

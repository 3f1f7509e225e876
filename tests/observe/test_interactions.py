"""How caller and team take turns, by the definitions of τ-voice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from orchestrator.observe.facts import Answered, CallBegan, CallerTurn, Fact
from orchestrator.observe.interactions import Interactions, interactions, measure, stretches

Spoken = tuple[float, float]


def caller(start: float, end: float) -> CallerTurn:
    """The caller speaks."""
    return CallerTurn(start=start, end=end, agent="front", item_id="i", over=False)


def team(start: float, end: float, *, heard: bool = True) -> Answered:
    """An agent is heard."""
    told = {"agent": "front", "response_id": "r", "asked": start, "status": "completed", "cut": False}
    return Answered(start=start, end=end, heard=heard, **told)  # type: ignore[arg-type]


def call(*, caller_speaks: tuple[Spoken, ...], team_speaks: tuple[Spoken, ...]) -> list[Fact]:
    """Return the facts of a call in which these speak."""
    return [*(team(*one) for one in team_speaks), *(caller(*one) for one in caller_speaks)]


@dataclass(frozen=True)
class Row:
    id: str
    caller: tuple[Spoken, ...]
    team: tuple[Spoken, ...]
    counted: Interactions


ROWS = (
    Row("answered", ((1.0, 2.0),), ((2.6, 4.0),), Interactions((0.6,), 0, (), 0, 0)),
    Row("within ticks of 0.2 s", ((1.0, 2.1),), ((2.75, 4.0),), Interactions((0.4,), 0, (), 0, 0)),
    Row("answered in the same tick", ((1.0, 2.0),), ((2.1, 4.0),), Interactions((0.0,), 0, (), 0, 0)),
    Row("missed: the caller speaks again first", ((1.0, 2.0), (5.0, 6.0)), ((6.4, 7.0),),
        Interactions((0.4,), 1, (), 0, 0)),
    Row("the end of the call is neither", ((1.0, 2.0),), (), Interactions((), 0, (), 0, 0)),
    Row("yields", ((2.0, 4.0),), ((0.0, 2.6), (4.4, 5.0)), Interactions((0.4,), 0, (0.6,), 0, 0)),
    Row("yields at the last moment", ((2.0, 6.0),), ((0.0, 4.0), (6.2, 7.0)), Interactions((0.2,), 0, (2.0,), 0, 0)),
    Row("speaks on for longer", ((2.0, 6.0),), ((0.0, 4.2), (6.2, 7.0)), Interactions((0.2,), 0, (), 1, 0)),
    Row("speaks on over the whole turn, which is no turn to answer", ((2.0, 3.0),), ((0.0, 9.0),),
        Interactions((), 0, (), 1, 0)),
    Row("interrupts the caller, and goes on", ((1.0, 4.0),), ((3.0, 6.0),), Interactions((), 0, (), 0, 1)),
    Row("interrupts the caller twice in a turn that it answers", ((1.0, 4.0),), ((2.0, 2.4), (3.0, 3.4), (4.2, 5.0)),
        Interactions((0.2,), 0, (), 0, 2)),
    Row("begins in the same tick as the caller", ((1.0, 2.0),), ((1.1, 1.5), (2.2, 3.0)),
        Interactions((0.2,), 0, (), 0, 0)),
    Row("a pause within a tick is none", ((1.0, 2.0), (2.1, 3.0)), ((3.2, 4.0), (4.1, 5.0)),
        Interactions((0.2,), 0, (), 0, 0)),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_what_is_counted(row: Row) -> None:
    """From two tracks of speech, whatever else is told."""
    facts = call(caller_speaks=row.caller, team_speaks=row.team)
    assert measure([CallBegan(start=0.0, end=0.0, agent="front"), *facts, team(0.0, 9.0, heard=False)]) == row.counted


def test_the_measures_of_a_call() -> None:
    """Means and rates, with the counts that they rest on."""
    facts = call(
        caller_speaks=((1.0, 2.0), (3.6, 5.0), (8.0, 9.0), (10.0, 11.0)),
        team_speaks=((2.4, 4.0), (5.8, 6.0), (10.4, 12)),
    )

    assert interactions(facts) == {
        "response_latency_mean": 0.6,
        "response_rate": 0.667,
        "yield_latency_mean": 0.4,
        "yield_rate": 1.0,
        "agent_interruption_rate": 0.333,
        "counts": {"turns": 3, "interruptions": 1, "agent_interruptions": 1},
    }


def test_several_callers_of_a_call_are_measured_each_by_themselves() -> None:
    """One hears nothing of what an agent says to the other."""
    first = call(caller_speaks=((1.0, 2.0),), team_speaks=((2.6, 4.0),))
    other = [replace(fact, seat="Anna") for fact in call(caller_speaks=((3.0, 5.0),), team_speaks=((5.2, 6.0),))]

    assert measure([*first, *other]) == Interactions((0.6, 0.2), 0, (), 0, 0)


def test_a_call_without_speech_has_no_measures() -> None:
    """None is not zero."""
    assert interactions([]) == {
        "response_latency_mean": None,
        "response_rate": None,
        "yield_latency_mean": None,
        "yield_rate": None,
        "agent_interruption_rate": None,
        "counts": {"turns": 0, "interruptions": 0, "agent_interruptions": 0},
    }


def test_speech_is_put_on_ticks_in_order() -> None:
    """However it was told; what has no length is nobody's speech."""
    assert stretches([caller(3.0, 3.1), caller(1.0, 2.0), caller(1.5, 2.2), caller(9.0, 9.0)]) == [(5, 11), (15, 16)]

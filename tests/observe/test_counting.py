"""What is counted of a call."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.observe import counting
from orchestrator.observe.counting import COUNTED, Counting, split
from orchestrator.observe.facts import Answered, CallEnded, CallerTurn, Fact, Outcome
from orchestrator.observe.metrics import Metrics
from orchestrator.observe.names import Names
from orchestrator.observe.samples import read
from tests.core.scene import only
from tests.observe import happened
from tests.observe.told import told_bank

NAMES = Names("bank", {"front": ("openai", "gpt-realtime-2.1")})


def counted(*facts: Fact, trace_id: str = "") -> dict[tuple[str, ...], float]:
    """Count facts; return what is not zero, by name and values of labels, without buckets."""
    metrics = Metrics(of_process=False)
    counting = Counting(metrics, NAMES, trace_id)
    for fact in facts:
        counting.take(fact)
    return {
        (name.removeprefix("orchestrator_"), *(value for _, value in labels)): round(figure, 3)
        for family in read(metrics.registry).values()
        for (name, labels), figure in family.values.items()
        if figure and not name.endswith("_bucket") and name != "orchestrator_workers"
    }


ROWS: Sequence[tuple[Fact, dict[tuple[str, ...], float]]] = (
    (
        happened.waited(1.0, 1.6),
        {("first_audio_seconds_count", "front", "openai", "gpt-realtime-2.1"): 1,
         ("first_audio_seconds_sum", "front", "openai", "gpt-realtime-2.1"): 0.6},
    ),
    (
        happened.inferred(1.0, 2.0, "operator", status="failed", error="x"),
        {("responses_total", "operator", "", "", "failed"): 1},
    ),
    (
        happened.inferred(1.0, 2.0, tokens={"input": 7, "input audio": 7, "cached audio": 3}, cost=0.25),
        {("responses_total", "front", "openai", "gpt-realtime-2.1", "completed"): 1,
         ("cost_dollars_total", "front", "openai", "gpt-realtime-2.1"): 0.25,
         ("tokens_total", "front", "openai", "gpt-realtime-2.1", "input", "audio", "false"): 4,
         ("tokens_total", "front", "openai", "gpt-realtime-2.1", "input", "audio", "true"): 3},
    ),
    (happened.interrupted(), {("interruptions_total", "front"): 1}),
    (
        happened.ran(outcome=Outcome.FAILED),
        {("tool_seconds_count", "find", "failed", ""): 1, ("tool_seconds_sum", "find", "failed", ""): 0.5},
    ),
    (
        happened.ran(server="desk"),
        {("tool_seconds_count", "find", "completed", "desk"): 1,
         ("tool_seconds_sum", "find", "completed", "desk"): 0.5},
    ),
    (
        happened.asked(1.0, 3.0),
        {("consult_seconds_count", "front", "planner", "completed"): 1,
         ("consult_seconds_sum", "front", "planner", "completed"): 2.0},
    ),
    (
        happened.handed(start=1.0, end=1.8, asked=1.1),
        {("handoff_seconds_count", "front", "billing", "true", "completed"): 1,
         ("handoff_seconds_sum", "front", "billing", "true", "completed"): 0.8,
         ("handoff_overhead_seconds_count", "true"): 1, ("handoff_overhead_seconds_sum", "true"): 0.1},
    ),
    (
        happened.handed(start=1.0, end=11.0, warm=False, outcome=Outcome.FAILED),
        {("handoff_seconds_count", "front", "billing", "false", "failed"): 1,
         ("handoff_seconds_sum", "front", "billing", "false", "failed"): 10.0},
    ),
    (
        happened.refused(),
        {("refusals_total", "front", "needs"): 1},
    ),
    (happened.held(fate="lost", code="unreachable"), {("session_lost_total", "front", "unreachable"): 1}),
    (happened.held(fate="renewed"), {("session_renewed_total", "front"): 1}),
    (happened.held(), {}),
    (
        happened.awaited(1.0, 21.0, outcome=Outcome.CANCELLED),
        {("person_wait_seconds_count", "operator", "cancelled"): 1,
         ("person_wait_seconds_sum", "operator", "cancelled"): 20.0},
    ),
    (
        happened.announced("session.fallback", agent="front", model="local/embedded"),
        {("session_fallback_total", "front", "local/embedded"): 1},
    ),
    (happened.announced("seat.joined"), {}),
)  # fmt: skip


@pytest.mark.parametrize(("told", "figures"), ROWS, ids=lambda one: type(one).__name__)
def test_each_kind_of_fact_is_counted(told: Fact, figures: dict[tuple[str, ...], float]) -> None:
    """Once, with its labels and no others."""
    assert counted(told) == figures


def test_all_kinds_that_are_counted_have_a_row() -> None:
    """But who spoke when, which is measured at the end."""
    assert set(COUNTED) == {type(told) for told, _ in ROWS} | {CallEnded, CallerTurn, Answered}


def test_a_call_is_measured_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """By who was heard when; of a call without end no more is kept than of a long one."""
    monkeypatch.setattr(counting, "MOST_VOICES", 4)
    figures = counted(
        happened.turn(1.0, 2.0),
        happened.heard(2.6, 5.0),
        happened.turn(4.0, 6.0),
        happened.turn(7.0, 8.0),
        happened.heard(7.4, 9.0),
        CallEnded(start=0.0, end=30.0, ending="left", reason="", agent="front"),
    )

    assert figures == {
        ("calls_total", "left"): 1,
        ("call_seconds_count",): 1,
        ("call_seconds_sum",): 30.0,
        ("turn_response_seconds_count",): 1,
        ("turn_response_seconds_sum",): 0.6,
        ("turn_responses_total", "true"): 1,
        ("turn_responses_total", "false"): 1,
        ("turn_yield_seconds_count",): 1,
        ("turn_yield_seconds_sum",): 1.0,
        ("turn_yields_total", "true"): 1,
    }


@pytest.mark.parametrize(
    ("tokens", "parts"),
    [
        ({"input": 12, "input text": 5, "input audio": 7, "cached text": 2, "output": 3, "output audio": 3},
         {"input text false": 3, "input text true": 2, "input audio false": 7, "output audio false": 3}),
        ({"input": 9, "output": 4}, {"input unknown false": 9, "output unknown false": 4}),
        ({"input": 5, "input text": 9, "cached text": 20}, {"input text true": 9}),
        ({}, {}),
    ],
    ids=["by modality", "not told", "that do not add up", "none"],
)  # fmt: skip
def test_no_token_counts_twice(tokens: dict[str, int], parts: dict[str, int]) -> None:
    """Cached ones and those of a modality are parts of the whole."""
    assert {" ".join(kind): count for kind, count in split(tokens) if count} == parts


def test_a_handoff_is_shown_with_its_trace() -> None:
    """As the example of its bucket."""
    metrics = Metrics(of_process=False)
    Counting(metrics, NAMES, "ab" * 16).take(happened.handed(start=1.0, end=1.2))

    (noted,) = read(metrics.registry)["orchestrator_handoff_seconds"].noted.values()
    assert noted[0] == {"trace_id": "ab" * 16}
    assert round(noted[1], 3) == 0.2


def test_a_refusal_of_the_core_is_counted_by_its_rule() -> None:
    """As the story tells it."""
    scene = told_bank()
    scene.feed(ev.ResponseStarted(scene.call.state.active.id, "r1"))
    assert only(do.SendFunctionOutput, scene.function("front", "r1", "nonsense"))

    assert counted(*scene.facts)["refusals_total", "front", "unknown"] == 1

"""What each fact is as a span."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.observe.facts import CallBegan, Outcome
from orchestrator.observe.names import Names, Running
from orchestrator.observe.spans import Described, described, mark
from tests.observe import happened

NAMES = Names("bank", {"front": ("xai", "grok-voice"), "planner": ("openai", "gpt-5")}, frozenset({"planner"}))


def span(fact: Any) -> Described | None:
    """Return a fact as a span of a call."""
    return described(fact, "sess_1", NAMES, Running(NAMES))


@pytest.mark.parametrize(
    ("fact", "name", "client"),
    [
        (happened.turn(over=True), "user_speech", False),
        (happened.inferred(), "realtime_inference grok-voice", True),
        (happened.inferred(agent="planner"), "chat gpt-5", True),
        (happened.inferred(agent="operator"), "realtime_inference", True),
        (happened.asked(), "invoke_agent planner", False),
        (happened.awaited(outcome=Outcome.CANCELLED), "team.person_wait", False),
    ],
)  # fmt: skip
def test_a_span_has_a_name_with_few_values(fact: Any, name: str, client: bool) -> None:
    """Agents, models and tools are in it, nothing else."""
    made = span(fact)
    assert made is not None
    assert (made.name, made.client, made.error) == (name, client, "")


def test_a_tool_keeps_apart_what_it_was_given() -> None:
    """Arguments and result are content, its name and id are not."""
    made = span(happened.ran(output="no", outcome=Outcome.FAILED))

    assert made == Described(
        "execute_tool find",
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.type": "function",
            "gen_ai.tool.name": "find",
            "gen_ai.tool.call.id": "call_find",
            "orchestrator.outcome": "failed",
        },
        {"arguments": "{}", "result": "no"},
        "failed",
    )


@pytest.mark.parametrize(("asked", "overhead"), [(1.25, {"team.handoff.overhead_ms": 250.0}), (None, {})])
def test_a_handoff_has_names_of_our_own(asked: float | None, overhead: dict[str, float]) -> None:
    """There is no convention for it; the model's reason is content."""
    made = span(happened.handed(reason="a refund", asked=asked))

    assert made == Described(
        "team.handoff front→billing",
        {
            "team.handoff.from": "front",
            "team.handoff.to": "billing",
            "team.handoff.warm": True,
            "orchestrator.outcome": "completed",
            **overhead,
        },
        {"reason": "a refund", "fault": ""},
    )


def test_a_model_is_told_by_the_names_of_the_conventions() -> None:
    """The provider's too; what a text agent uses is no Realtime session."""
    spoken, written = span(happened.inferred(session="s")), span(happened.inferred(agent="planner"))
    assert spoken is not None
    assert written is not None
    assert spoken.attributes["gen_ai.provider.name"] == "x_ai"
    assert spoken.attributes["gen_ai.realtime_session.id"] == "sess_1 s"
    assert "gen_ai.realtime_session.id" not in written.attributes
    assert (spoken.attributes["gen_ai.output.type"], written.attributes["gen_ai.output.type"]) == ("speech", "text")


def test_a_response_that_failed_says_why() -> None:
    """By the code of the provider if there is one."""
    for error, why in (("rate_limit_exceeded", "rate_limit_exceeded"), (None, "failed")):
        made = span(happened.inferred(status="failed", error=error))
        assert made is not None
        assert made.error == why


def test_other_facts_are_no_spans() -> None:
    """Some are marks in a turn."""
    began = CallBegan(start=1.0, end=1.0, agent="front")
    assert span(began) is None
    assert mark(began) is None
    assert mark(happened.interrupted()) is None
    assert mark(happened.refused(rule="at most")) == (
        "team.refused",
        {"orchestrator.function": "refund", "orchestrator.rule": "at most"},
    )


@pytest.mark.parametrize(
    ("fate", "code", "told"),
    [
        ("lost", "stalled", ("team.session.lost", {"gen_ai.agent.name": "front", "error.type": "stalled"})),
        ("renewed", "", ("team.session.renewed", {"gen_ai.agent.name": "front"})),
        ("closed", "", None),
    ],
)
def test_sessions_that_are_lost_or_renewed_are_marks(fate: str, code: str, told: object) -> None:
    """One that is closed is nothing to tell."""
    assert mark(happened.held(fate=fate, code=code, reason="gone")) == told

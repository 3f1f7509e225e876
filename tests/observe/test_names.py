"""What agents run on, for labels."""

from __future__ import annotations

from orchestrator.observe.facts import CallBegan, Happened
from orchestrator.observe.names import UNKNOWN, Names, Running


def test_an_agent_runs_on_its_model_until_it_falls_back() -> None:
    """In this call only; a person runs on none."""
    names = Names("bank", {"front": ("openai", "gpt-realtime-2.1")})
    running = Running(names)
    running.take(CallBegan(start=0.0, end=0.0, agent="front"))
    assert running.on("front") == ("openai", "gpt-realtime-2.1")

    fields = {"agent": "front", "model": "local/embedded", "reason": "unreachable"}
    running.take(Happened(start=3.0, end=3.0, name="session.fallback", fields=fields))
    assert running.on("front") == ("local", "embedded")
    assert Running(names).on("front") == ("openai", "gpt-realtime-2.1")
    assert running.on("operator") == UNKNOWN


def test_an_agent_that_had_fallen_back_in_another_process_runs_on_that_model() -> None:
    """Who counts from the take-over on is told."""
    running = Running(Names("bank", {"front": ("openai", "gpt-realtime-2.1"), "back": ("openai", "x")}))
    fields = {"agent": "front", "models": {"back": "local/embedded"}}
    running.take(Happened(start=3.0, end=3.0, name="call.taken_over", fields=fields))

    assert running.on("front") == ("openai", "gpt-realtime-2.1")
    assert running.on("back") == ("local", "embedded")

"""What arrives at an agent: texts that its sessions are given, but not its own instructions."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core.events import CallerSettings, TimerExpired
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.trials.arrivals import Arrivals, texts

FRONT = SessionId("front")
MESSAGE = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "A refund."}]}


@pytest.mark.parametrize(
    ("effect", "arrived"),
    [
        (
            do.OpenSession(FRONT, CallerSettings(instructions="Be kind."), {"branch": "Kiel"}),
            ["branch: Kiel", "Be kind."],
        ),
        (do.ConfigureSession(FRONT, CallerSettings(), {"n": 3, "on": True}), ["n: 3", "on: true"]),
        (do.AddItem(FRONT, MESSAGE), ["A refund."]),
        (do.AddItem(FRONT, {"type": "function_call", "arguments": '{"x": 1}'}), ['{"x": 1}']),
        (do.SendFunctionOutput(FRONT, "call_1", "done"), ["done"]),
        (do.CreateResponse(FRONT, {"instructions": "Say exactly: Hi."}, "Greet."), ["Say exactly: Hi.", "Greet."]),
        (do.CancelResponse(FRONT), []),
    ],
    ids=lambda one: type(one).__name__,
)
def test_each_effect_gives_its_texts(effect: do.OnSession, arrived: list[str]) -> None:
    """What is empty is nothing."""
    assert [text for text in texts(effect) if text] == arrived


def test_arrivals_are_kept_by_agent() -> None:
    """On its own session, and on those on which it is consulted."""
    arrivals, event = Arrivals(), TimerExpired(Timer(TimerKind.CALL))
    consult = SessionId("front", SessionKind.CONSULT, 1)
    arrivals.observe(event, [do.SendFunctionOutput(FRONT, "c", "one"), do.StopPlayback()], 0.0)
    arrivals.observe(event, [do.SendFunctionOutput(consult, "c", "two")], 0.0)

    assert arrivals.at("front") == ("one", "two")
    assert arrivals.at("billing") == ()

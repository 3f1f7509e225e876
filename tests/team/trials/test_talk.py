"""What a caller, and a scripted model, does in a test."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.team.trials import Interrupt, Keys, Recorded, Silence, Spoken, Step, Turn


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("My PIN is 4821", Spoken(say="My PIN is 4821")),
        ({"say": "Hello", "voice": "bright", "noise": "street"}, Spoken(say="Hello", voice="bright", noise="street")),
        ({"wav": "pin.wav"}, Recorded(wav="pin.wav")),
        ({"keys": "1#"}, Keys(keys="1#")),
        ({"silence": 8}, Silence(silence=8)),
    ],
)
def test_what_the_caller_does(written: Any, meant: Any) -> None:
    """Words alone are said."""
    assert Turn.model_validate({"caller": written, "interrupt": 0.4}) == Turn(
        caller=meant, interrupt=Interrupt(after=0.4)
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"verify": "Your PIN?"}, Step(agent="verify", says="Your PIN?")),
        (
            {"billing": {"calls": [{"refund": {"cents": 12}}]}},
            Step(agent="billing", calls=({"refund": {"cents": 12}},)),
        ),
        ({"agent": "front", "fails": "rate_limit"}, Step(agent="front", fails="rate_limit")),
    ],
)
def test_what_a_model_does(written: Any, meant: Step) -> None:
    """Under the name of its agent, or in full."""
    assert Turn.model_validate({"caller": "Hello", "model": [written]}).model == (meant,)

"""A decision explains itself, without the caller's words."""

from __future__ import annotations

import pytest

from tests.local.brain.routing import Caller, text, tool

pytestmark = pytest.mark.speech


def fitter() -> Caller:
    """Return a caller of somebody who sends a fitter."""
    return Caller([tool("send_fitter", "Send a fitter.", address=text("street and house number"), name=text("name"))])


def test_values_are_explained() -> None:
    """By how much likelier they are than none; what was asked for counts as it was when the caller spoke."""
    caller = fitter()
    caller.say("Please send a fitter")
    caller.say("14 Marsh Lane")

    why = caller.memory["dialogue"].why

    assert why["values"].keys() == {"address", "name"}
    assert why["values"]["address"] > 0 > why["values"]["name"]
    assert "Marsh" not in str(why)


def test_nothing_has_values() -> None:
    """Small talk is about no function; and a call that was made before is not explained again."""
    caller = fitter()
    caller.say("hello, how are you")

    assert "values" not in caller.memory["dialogue"].why
    assert {"why", "candidates", "known_answer", "acts", "does"} == caller.memory["dialogue"].why.keys()

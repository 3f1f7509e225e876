"""A caller is listened to, answered and not misunderstood, in simulated time and with the real speech models."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from orchestrator.trials.simulated_time import SimulatedLoop
from tests.evaluation import voices
from tests.interactions import sounds
from tests.interactions.calls import hold
from tests.interactions.scenes import STORIES, Kind, Moment

pytestmark = pytest.mark.speech


def moments(voice: str) -> Iterator[Moment]:
    """Ask for something long; listen, cough, let somebody else speak; then interrupt."""
    yield Moment(Kind.QUESTION, voices.say(STORIES[0], voice), STORIES[0])
    yield Moment(Kind.BACKCHANNEL, voices.say("Okay.", voice), "Okay.", into=1.0, after=1.5)
    yield Moment(Kind.BACKCHANNEL, sounds.hum(1), "hum", into=1.0, after=1.5)
    yield Moment(Kind.TIC, sounds.cough(2), "cough", into=1.0, after=1.5)
    yield Moment(Kind.TIC, voices.say("Ahem.", voice), "Ahem.", into=1.0, after=1.5)
    aside = "The next train leaves from platform four."
    yield Moment(Kind.BACKGROUND, sounds.background(aside, "man"), aside, into=1.0, after=1.5)
    question = "Sorry, how much is a ticket?"
    yield Moment(Kind.INTERRUPTION, voices.say(question, voice), question, into=1.0)


def test_only_an_interruption_interrupts() -> None:
    """Backchannels, coughs and voices in the background do not; who interrupts is heard and answered."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        found = runner.run(hold(1, lambda _, __: moments("woman")))

    assert sum(found.sounds.values()) == 5
    assert not any(found.fooled.values())
    assert len(found.yields) == 1
    assert found.yields[0] < 1.0
    assert len(found.answers) == 2
    assert max(found.answers) < 1.0

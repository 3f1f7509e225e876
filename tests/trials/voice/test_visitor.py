"""Who looks at the call of a test by voice."""

from __future__ import annotations

from datetime import date

from orchestrator.core.effects import EndCall
from orchestrator.core.events import CallerLeft, Ending
from orchestrator.gateway.calls import Calls
from orchestrator.observe.facts import CallBegan
from orchestrator.runner import Party
from orchestrator.settings import Settings
from orchestrator.team.trials import Given
from orchestrator.trials.voice.visitor import Visitor
from orchestrator.trials.witness import Witness
from tests.gateway.serving import helpdesk, serving_only

TEAM = helpdesk()


def visitor(**variables: object) -> tuple[Visitor, Witness]:
    """Return one, and to whom it tells."""
    witness = Witness(TEAM, date(2026, 12, 1))
    calls = Calls(teams=serving_only(TEAM), settings=Settings())
    return Visitor(TEAM, Given.model_validate({"variables": variables}), calls, witness), witness


async def test_variables_are_set_before_the_call_begins() -> None:
    """What cannot be set is told, and raises nothing inside the server."""
    mine, _ = visitor(nobody="x")
    assert mine.begin(Party("sess_1", TEAM).place("sess_1", "first", TEAM.start)) is mine

    assert "nobody" in mine.fault
    assert mine.call is None


async def test_all_is_passed_on() -> None:
    """Facts, events, and how the call ends: the first end counts."""
    mine, witness = visitor()
    began = CallBegan(start=0.0, end=0.0, agent=TEAM.start)
    mine.take(began)
    for ending in (Ending.LEFT, Ending.FAILED):
        mine.observe(CallerLeft("hang-up"), [EndCall(ending, "hang-up")], 1.0)

    assert witness.facts == [began]
    assert mine.ending is Ending.LEFT

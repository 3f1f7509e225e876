"""A seat in an open call: how it is named, and whether it can be taken."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway import calls as calls_module
from orchestrator.gateway import seats
from orchestrator.gateway.calls import Calls
from orchestrator.settings import Settings
from tests.gateway.serving import ScriptedCall, helpdesk, serving_only


def test_what_a_query_says_of_a_seat() -> None:
    """Whatever else it says; a seat without a name has that of the agent."""
    asked = seats.asked_for({"model": "helpdesk", "call": "sess_1", "agent": "billing"})

    assert asked == {"call": "sess_1", "agent": "billing"}
    assert seats.named(asked) == {**asked, "seat": "billing"}
    assert seats.named({**asked, "seat": "Anna"})["seat"] == "Anna"


@pytest.mark.parametrize(
    ("seat", "param"),
    [
        ({"agent": "billing"}, "seat.call"),
        ({"call": "sess_1"}, "seat.agent"),
        ({"call": "sess_1", "agent": "billing", "seat": ""}, "seat.seat"),
        ({"call": "sess_1", "agent": "billing", "seat": "x" * 65}, "seat.seat"),
        ({"call": "sess_1", "agent": "billing", "seat": "Anna\nCaller: yes"}, "seat.seat"),
        ({"call": "sess_1", "agent": ["billing"]}, "seat.agent"),
        ({"call": "sess_1", "agent": "billing", "chair": "x"}, "seat.chair"),
        ("billing", "seat"),
    ],
)
def test_what_names_no_seat(seat: Any, param: str) -> None:
    """The name reaches agents and the log, so it is one short line."""
    with pytest.raises(CallerError) as refused:
        seats.check(seat, "seat")

    assert refused.value.param == param
    if isinstance(seat, dict):
        with pytest.raises(CallerError) as refused:
            seats.check(seat, "")
        assert refused.value.param == param.removeprefix("seat.")


def test_a_seat_that_cannot_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong whatever the seat is called is about the agent."""
    monkeypatch.setattr(calls_module, "RunningCall", ScriptedCall)
    calls = Calls(teams=serving_only(helpdesk()), settings=Settings())
    with calls.open("sess_") as call:
        assert seats.Joining(call, "billing", "billing").refused is None
        for agent, seat, param in (
            ("nobody", "taken", "agent"),
            ("nobody", "free", "agent"),
            ("billing", "taken", "seat"),
        ):
            refused = seats.Joining(call, agent, seat).refused
            assert refused is not None
            assert (refused.code, refused.param) == ("seat_refused", param)

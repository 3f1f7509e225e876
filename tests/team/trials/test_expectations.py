"""What is expected in a test of a team."""

from __future__ import annotations

from orchestrator.team.trials import Expected, HandoffExpected


def test_short_forms_of_what_is_expected() -> None:
    """One entry without brackets, a call by its name, a handoff by its target."""
    expected = Expected.model_validate(
        {"says": "PIN", "calls": ["check_pin", {"refund": {"cents": 12}}], "handoff": "x"}
    )

    assert expected.says == ("PIN",)
    assert expected.calls == ({"check_pin": {}}, {"refund": {"cents": 12}})
    assert expected.handoff == HandoffExpected(to="x")
    assert expected.refused is None

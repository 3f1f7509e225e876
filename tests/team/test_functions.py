"""The names of the functions for handoffs and consults, and the wording that all functions share."""

from __future__ import annotations

from orchestrator.team.functions import CONFIRM, consult_name, transfer_name, with_examples


def test_functions_are_named_by_the_agent_they_lead_to() -> None:
    """A name shows what the function does, and for which agent."""
    assert transfer_name("billing") == "transfer_to_billing"
    assert consult_name("planner") == "ask_planner"


def test_examples_and_confirmation_are_part_of_the_description() -> None:
    """In the same form for tools, transfers and consults."""
    described = with_examples("Cancel.", ["Stop it", "Away"], confirm=True)

    assert described == f'Cancel. {CONFIRM} For example: "Stop it"; "Away".'
    assert with_examples(" Cancel. ", []) == "Cancel."

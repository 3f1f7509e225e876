"""Persons among the agents, and who may do what at the desk."""

from __future__ import annotations

import pytest

from orchestrator.team import Team
from orchestrator.team.definitions import handoff_tools, reserved_names
from tests.core.people.desks import DESK
from tests.core.scene import team

OFFICE = team(DESK.replace("people: {support: {}}", 'people: {support: {keys: " a-key , another-key,"}, chief: {}}'))


def names(agent: str, of: Team = OFFICE) -> list[str]:
    """Return the functions that an agent has for its handoffs."""
    return [str(tool["name"]) for tool in handoff_tools(agent, of)]


def test_a_role_may_do_everything_unless_the_file_says_what() -> None:
    """But it sees no secrets."""
    role = OFFICE.people["chief"]

    assert role.may == ("listen", "note", "take", "approve")
    assert role.secrets == "hidden"
    assert role.secret_keys == ()


def test_keys_are_separated_by_commas() -> None:
    """And never shown."""
    assert OFFICE.people["support"].secret_keys == ("a-key", "another-key")
    assert "a-key" not in repr(OFFICE.people)


def test_a_person_needs_no_instructions() -> None:
    """Everybody else does."""
    assert OFFICE.persons == ("colleague", "nurse")
    assert OFFICE.agents["colleague"].instructions == ""
    assert OFFICE.agents["colleague"].wait is not None


@pytest.mark.parametrize(
    ("agent", "found"),
    [
        ("front", ["transfer_to_billing", "transfer_to_colleague", "transfer_to_nurse", "stop_waiting"]),
        ("colleague", ["transfer_to_billing", "transfer_to_nurse", "stop_waiting", "hand_back"]),
        ("nurse", ["hand_back"]),
    ],
)
def test_who_can_wait_can_stop_and_who_is_a_person_can_give_back(agent: str, found: list[str]) -> None:
    """Agents without a way to a person have no such function."""
    assert names(agent) == found
    assert names("a", team("team: t\nagents: {a: {instructions: x, handoffs: [b]}, b: {instructions: x}}")) == [
        "transfer_to_b"
    ]


def test_the_name_of_the_function_is_taken() -> None:
    """Where there are persons."""
    assert reserved_names(OFFICE)["stop_waiting"] == "takes the caller out of the queue"

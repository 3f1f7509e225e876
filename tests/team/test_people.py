"""Persons among the agents, and who may do what at the desk."""

from __future__ import annotations

import pytest

from orchestrator.errors import TeamError
from orchestrator.team import Team
from orchestrator.team.definitions import handoff_tools, reserved_names
from tests.core.away.outside import PRACTICE
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


def test_somebody_outside_needs_no_instructions_and_hands_over_to_nobody() -> None:
    """Whoever answers has a telephone, no functions; `anywhere` is not for them either."""
    practice = team(PRACTICE + "anywhere: [billing]\n")
    assert practice.outsiders == ("clinic", "office", "lawyer")
    assert practice.agents["office"].transfer == "tel:+4930456"
    assert names("office", practice) == []
    assert handoff_tools("front", practice)[2]["description"].startswith("Connect the caller by telephone to office;")


@pytest.mark.parametrize(
    "address", ["tel:030123", "+4930123", "tel:+0301", "sip:a b@c.de", "sip:<x>@c.de", "https://x"]
)
def test_an_address_is_one_that_can_be_called_from_anywhere(address: str) -> None:
    """With the country code, or at a host."""
    with pytest.raises(TeamError):
        team(PRACTICE.replace("sip:lawyer@example.com", repr(address)))


def test_an_agent_that_presses_keys_has_a_function_for_it() -> None:
    """And no tool can have its name."""
    phone = team("team: t\nagents: {a: {instructions: x, press: true}}")
    assert names("a", phone) == ["press_keys"]
    assert reserved_names(phone)["press_keys"] == "presses keys"
    assert "press_keys" not in reserved_names(OFFICE)


def test_the_name_of_the_function_is_taken() -> None:
    """Where there are persons."""
    assert reserved_names(OFFICE)["stop_waiting"] == "takes the caller out of the queue"

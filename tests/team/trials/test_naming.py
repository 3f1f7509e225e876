"""What a test names."""

from __future__ import annotations

from orchestrator.team.trials import Trial
from orchestrator.team.trials.naming import (
    Part,
    agents_in,
    functions_in,
    mocks_in,
    tools_in,
    variables_in,
)

TALK = Trial.model_validate(
    {
        "given": {
            "agent": "front",
            "variables": {"branch": "Kiel"},
            "tools": {"check_pin": [{"sets": {"verified": True}}, "wrong"], "refund": "real"},
        },
        "talk": [
            {
                "caller": "hi",
                "model": [{"billing": {"calls": ["refund", {"transfer_to_front": {}}]}}],
                "expect": {
                    "agent": "billing",
                    "handoff": {"from": "verify", "to": "billing"},
                    "consults": "planner",
                    "calls": [{"check_pin": {}}],
                    "never_calls": "refund",
                },
            },
            {"caller": "bye", "expect": {"handoff": {"within": 1}}},
        ],
        "end": {"agent": "person", "variables": {"verified": True}},
    }
)
CALLER = Trial.model_validate(
    {
        "given": {"tools": "real"},
        "caller": {"goal": "x"},
        "expect": {"reaches": "a", "never_reaches": ["b"], "variables": {"c": 1}, "calls": "d"},
    }
)


def test_agents_are_found_with_the_part_that_they_have() -> None:
    """Where they have the caller, are asked, or do what the test says."""
    assert [(name, part) for _, name, part in agents_in(TALK)] == [
        ("front", Part.FIRST),
        ("billing", Part.MODEL),
        ("billing", Part.HAS),
        ("verify", Part.HAS),
        ("billing", Part.HAS),
        ("planner", Part.ASKED),
        ("person", Part.HAS),
    ]
    assert [(path, name) for path, name, _ in agents_in(CALLER)] == [
        (("expect", "reaches", 0), "a"),
        (("expect", "never_reaches", 0), "b"),
    ]


def test_tools_variables_and_functions_are_found_with_their_places() -> None:
    """Mocked, expected, set, and called by a model because the test says so."""
    at = ("talk", 0, "expect")
    assert list(tools_in(TALK)) == [
        (("given", "tools", "check_pin"), "check_pin"),
        (("given", "tools", "refund"), "refund"),
        ((*at, "calls", 0, "check_pin"), "check_pin"),
        ((*at, "never_calls", 0), "refund"),
    ]
    assert list(tools_in(CALLER)) == [(("expect", "calls", 0, "d"), "d")]
    assert [name for _, name in functions_in(TALK)] == ["refund", "transfer_to_front"]
    assert [(path, value) for path, _, value in variables_in(TALK)] == [
        (("given", "tools", "check_pin", 0, "sets", "verified"), True),
        (("given", "variables", "branch"), "Kiel"),
        (("end", "variables", "verified"), True),
    ]
    assert [name for _, name, _ in variables_in(CALLER)] == ["c"]
    assert [mock.returns for _, _, mock in mocks_in(TALK)] == ["done", "wrong"]
    assert list(mocks_in(CALLER)) == []

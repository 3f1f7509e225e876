"""Who is given a call that has ended; what is wrong with it is in `tests/team/broken/hook-after-*.yaml`."""

from __future__ import annotations

import pytest

from orchestrator.team.hooks.checks import check_hooks, check_kept
from tests.core.scene import team


def found(after: str) -> list[str]:
    """Return what is said of an `after`."""
    return [
        problem.what for problem in check_hooks(team(f"team: t\n{after}\nagents: {{front: {{instructions: Hi}}}}\n"))
    ]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "after: agents/crm.py:log_call",
        'after: {url: "https://crm.example.com/calls?of=us", secret: abcdefghijklmnop}',
        'after: {url: "http://127.0.0.1:9000/calls", secret: abcdefghijklmnop}',
        'after: {url: "http://[::1]:9000/", secret: abcdefghijklmnop}',
    ],
)
def test_these_are_right(after: str) -> None:
    """A function, an address with a secret, and one on this machine without encryption."""
    assert found(after) == []


def test_without_a_database_finished_calls_may_be_lost() -> None:
    """A warning, and only of a team whose calls somebody wants."""
    wanted = team("team: t\nafter: crm.py:keep\nagents: {front: {instructions: Hi}}\n")
    (problem,) = check_kept(wanted, "none")

    assert not problem.fatal
    assert "ORCHESTRATOR_RECORDS is none" in str(problem)
    assert [*check_kept(wanted, "sqlite:///calls.db")] == []
    assert [*check_kept(team("team: t\nagents: {front: {instructions: Hi}}\n"), "none")] == []

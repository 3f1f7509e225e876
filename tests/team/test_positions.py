"""Where the values of a team file are written, and how that is described in messages."""

from __future__ import annotations

import pytest

from orchestrator.team.positions import Positions

POSITIONS = Positions(
    "t.yaml", {("agents", "a"): (2, 3), ("agents", "a", "voice"): (3, 5), ("defaults", "voice"): (9, 3)}
)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("agents", "a", "voice"), "t.yaml:3:5 agents.a.voice"),
        (("agents", "a", "tools", 0), "t.yaml:2:3 agents.a.tools.0"),
        (("agents", "b", "voice"), "t.yaml:9:3 defaults.voice"),
        (("agents", "b", "speed"), "t.yaml:1:1 agents.b.speed"),
        ((), "t.yaml:1:1"),
    ],
    ids=["itself", "nearest", "defaults", "nowhere", "file"],
)
def test_a_place_is_that_of_the_key_or_of_the_nearest_one_around_it(path: tuple[str | int, ...], place: str) -> None:
    """A key that an agent takes from `defaults` is found there."""
    assert POSITIONS.place(path) == place


def test_an_agents_own_keys_override_defaults() -> None:
    """An entry of an agent's own list is not looked up in the list of `defaults`."""
    positions = Positions("t.yaml", {("agents", "a", "handoffs"): (3, 5), ("defaults", "handoffs", "b"): (9, 3)})

    assert positions.source(("agents", "a", "handoffs", "b")) == ("agents", "a", "handoffs", "b")
    assert positions.source(("agents", "z", "handoffs", "b")) == ("defaults", "handoffs", "b")

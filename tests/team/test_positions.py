"""Where the values of a team file are written, and how that is described in messages."""

from __future__ import annotations

import pytest

from orchestrator.team.positions import Path, Positions

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


def test_positions_follow_when_an_item_of_a_list_is_left_out() -> None:
    """What is behind it moves up, keeps its place, and is told as it is written; also the second time."""
    at: dict[Path, tuple[int, int]] = {("r", 0): (1, 1), ("r", 1): (2, 1), ("r", 1, "x"): (2, 3), ("r", 2): (3, 1)}
    positions = Positions("t.yaml", {**at, ("q", 2): (9, 9)}, {("r", 0), ("r", 2)}).without(("r", 0))

    assert positions.place(("r", 0, "x")) == "t.yaml:2:3 r.1.x"
    assert positions.place(("r", 1)) == "t.yaml:3:1 r.2"
    assert positions.place(("q", 2)) == "t.yaml:9:9 q.2"
    assert positions.from_environment == {("r", 1)}
    assert positions.without(("r", 0)).place(("r", 0)) == "t.yaml:3:1 r.2"


def test_a_file_may_stand_for_what_is_below_a_path() -> None:
    """Such as a file of tests; what is above is in its paths, but not in what a user reads."""
    positions = Positions("tests.yaml", {("hello",): (3, 1), ("hello", "talk", 0): (4, 5)}).below(("tests",))

    assert positions.place(("tests", "hello", "talk", 0, "caller")) == "tests.yaml:4:5 hello.talk.0.caller"
    assert positions.place(("tests",)) == "tests.yaml:1:1"
    assert positions.without(("tests", "hello", "talk", 0)).place(("tests", "hello")) == "tests.yaml:3:1 hello"

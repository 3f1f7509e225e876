"""The rig on which a fleet is tried, in small: a node is killed while two callers and a telephone talk."""

from __future__ import annotations

from tests.fleet.killing import Plan, table, try_out


async def test_calls_outlive_a_node_that_is_killed() -> None:
    """Each is back where it was: no line is lost or doubled, and nothing is done twice."""
    seen = await try_out(Plan(kills=1, callers=2, phones=1))

    assert seen["calls lost"] == []
    assert seen["phones lost"] == []
    assert seen["calls"] == 2
    assert seen["came back"] >= 1
    assert seen["seconds"]["voice"]
    assert seen["lines told"] >= 4
    assert seen["lines lost"] == []
    assert seen["lines doubled"] == []
    assert seen["charged twice"] == 0
    assert seen["errors"] == 0


def test_the_figures_are_a_table() -> None:
    """One line for each kind; a kind of which there is nothing has no figures."""
    assert table({"voice": [3.0, 1.0, 2.0], "moved": []}).split("\n")[1:] == [
        f"{'voice':32}      3    2.00    3.00    3.00",
        f"{'moved':32}      0",
    ]

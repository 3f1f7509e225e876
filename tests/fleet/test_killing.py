"""The rig on which a fleet is tried, in small: a node is killed while two callers and a telephone talk."""

from __future__ import annotations

from tests.fleet.killing import Plan, try_out


async def test_calls_outlive_a_node_that_is_killed() -> None:
    """Each is back where it was: no line is lost or doubled, and nothing is done twice."""
    seen = await try_out(Plan(kills=1, callers=2, phones=1))

    assert seen["calls lost"] == []
    assert seen["phones lost"] == []
    assert seen["calls"] == 2
    assert seen["came back"] >= 1
    assert seen["voice n"] >= 1
    assert seen["lines told"] >= 4
    assert seen["lines lost"] == []
    assert seen["lines doubled"] == []
    assert seen["charged twice"] == 0
    assert seen["errors"] == 0

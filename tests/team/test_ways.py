"""Ways through a graph are shortest ones, and each circle is told once."""

from __future__ import annotations

from itertools import permutations

from orchestrator.team.ways import circles, distances, path

WAYS = {"a": ["b", "c"], "b": ["d"], "c": ["d", "e"], "d": ["a"], "f": ["a"]}


def test_distances_are_the_fewest_steps() -> None:
    """The nearest first; what cannot be reached is not among them."""
    assert list(distances(WAYS, "a").items()) == [("a", 0), ("b", 1), ("c", 1), ("d", 2), ("e", 2)]
    assert distances(WAYS, "e") == {"e": 0}


def test_a_path_is_a_shortest_one() -> None:
    """With both ends; none where there is no way."""
    assert path(WAYS, "f", "e") == ["f", "a", "c", "e"]
    assert path(WAYS, "b", "c") == ["b", "d", "a", "c"]
    assert path(WAYS, "a", "a") == ["a"]
    assert path(WAYS, "a", "f") == path(WAYS, "nowhere", "a") == []


def test_each_circle_is_found_once() -> None:
    """It begins with the first of its nodes, wherever it was entered."""
    assert list(circles(WAYS)) == [["a", "b", "d"], ["a", "c", "d"]]
    assert list(circles({"a": ["a"], "b": ["a"]})) == [["a"]]
    assert list(circles({"a": ["b"], "b": ["c"], "c": []})) == []


def test_there_are_no_more_circles_than_steps() -> None:
    """A graph in which everything leads to everything has more circles than anyone could read."""
    everything = dict.fromkeys("abcdefghij", "abcdefghij")

    assert len(list(circles(everything))) == 10 + len(list(permutations("abcdefghij", 2))) // 2

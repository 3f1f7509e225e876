"""Random calls run again."""

from __future__ import annotations

from tests.replay.walk import WALKS, walks

EVENTS = 8_000


def test_random_calls_are_the_same_when_they_run_again() -> None:
    """All kinds of them: ways, teamwork, people and seats."""
    kinds, events = set(), 0
    for kind, seed, done in walks(EVENTS):
        assert done.first is None, f"{kind} {seed}"
        assert done.ends is None
        kinds.add(kind)
        events += done.events

    assert kinds == set(WALKS)
    assert events >= EVENTS

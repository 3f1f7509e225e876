"""The router's dialogues are as good as they were, on teams of different trades and languages."""

from __future__ import annotations

import pytest

from tests.evaluation import dialogues
from tests.evaluation.scoring import score

pytestmark = pytest.mark.speech
FLOOR = 0.7  # of the weakest team; see docs/local.md for what is reached


@pytest.mark.parametrize("team", dialogues.teams())
async def test_most_turns_are_right(team: str) -> None:
    """A whole dialogue is held; a turn that rests on a wrong one is wrong."""
    found = await score(team)

    assert found.share >= FLOOR, "\n".join(found.faults)

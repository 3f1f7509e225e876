"""Results that are there at once, and can be awaited nevertheless."""

from __future__ import annotations

import pytest

from orchestrator.pytest_plugin.at_once import Said


async def test_words_can_be_awaited() -> None:
    """Or not: they are the same, and a `str`."""
    said = Said("Hello.")

    assert await said is said
    assert said == "Hello."
    assert "ello" in said


def test_awaiting_them_takes_no_turn_of_the_loop() -> None:
    """So it does not matter which loop the test runs in."""
    waiting = Said("Hello.").__await__()

    with pytest.raises(StopIteration) as stopped:
        next(waiting)
    assert stopped.value.value == "Hello."

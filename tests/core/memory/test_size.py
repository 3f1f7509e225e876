"""How many bytes something takes."""

from __future__ import annotations

from orchestrator.core.memory.size import EACH, size


def test_p54_all_that_is_inside_counts() -> None:
    """P54: characters, and each value for itself, so that many small ones count too."""
    assert size("four") == EACH + 4
    assert size({"a": ["bc", 1, None]}) == EACH + (EACH + 1) + EACH + (EACH + 2) + EACH + EACH
    assert size([[]] * 1000) > 1000 * EACH

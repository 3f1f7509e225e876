"""Variables in instructions."""

from __future__ import annotations

import pytest

from orchestrator.errors import TeamError
from orchestrator.team import mentioned, render


def test_values_are_put_in() -> None:
    """Spaces do not matter; other braces stay."""
    assert render("{{variables.a}} {{ variables.b }} {{ c }}", {"a": "x", "b": 5}) == "x 5 {{ c }}"
    assert mentioned("{{variables.a}} {{ variables.b }} {{ c }}") == {"a", "b"}


def test_p45_an_unset_variable_is_refused() -> None:
    """P45: it would be read aloud by its name."""
    with pytest.raises(TeamError, match="'a', 'b'"):
        render("{{ variables.a }} {{ variables.b }}", {"a": None})

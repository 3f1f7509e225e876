"""Variables in instructions."""

from __future__ import annotations

import pytest

from orchestrator.errors import TeamError
from orchestrator.team import mentioned, render


def test_values_are_filled_in() -> None:
    """Spaces do not matter; other braces are kept."""
    assert render("{{variables.a}} {{ variables.b }} {{ c }}", {"a": "x", "b": 5}) == "x 5 {{ c }}"
    assert mentioned("{{variables.a}} {{ variables.b }} {{ c }}") == {"a", "b"}


def test_values_are_filled_in_once() -> None:
    """A value that looks like a mention or an escape is plain text; false and empty text are values."""
    values = {"a": "{{ variables.b }}", "b": "\\1", "no": False, "none": "", "zero": 0}
    assert render("{{ variables.a }} {{ variables.b }}", values) == "{{ variables.b }} \\1"
    assert render("{{ variables.no }}|{{ variables.none }}|{{ variables.zero }}", values) == "False||0"


@pytest.mark.parametrize("text", ["{{ customer }}", "{ variables.a }", "{{ variables. a }}", "{{ variables.9 }}", ""])
def test_other_braces_are_text(text: str) -> None:
    """Only `{{ variables.name }}` means a variable."""
    assert mentioned(text) == frozenset()
    assert render(text, {}) == text


def test_p45_an_unset_variable_is_refused() -> None:
    """P45: otherwise the agent would read its name aloud."""
    with pytest.raises(TeamError, match="'a', 'b'"):
        render("{{ variables.a }} {{ variables.b }}", {"a": None})

"""Templates of the team file: dotted paths, whose values keep their type where nothing else stands beside them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from orchestrator.team.tools.templates import MOST_STEPS, Text, UnknownPath, fill, paths

KNOWN = {
    "args": {"cents": 250, "note": None, "tags": ["a", "b"]},
    "body": {"items": [{"id": 7}, {"id": "x"}], "open": True, "12": "twelve"},
}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{ args.cents }}", 250),
        ("{{args.cents}} cents", "250 cents"),
        (" {{ body.items.0.id }} ", 7),
        ("{{ body.items.1.id }}/{{ body.items.0.id }}", "x/7"),
        ("{{ args.note }}", None),
        ("note: {{ args.note }}.", "note: ."),
        ("{{ args.tags }}", ["a", "b"]),
        ("tags {{ args.tags }}, open {{ body.open }}", 'tags ["a", "b"], open true'),
        ("{{ body.12 }}", "twelve"),
        ("no template", "no template"),
        ({"a": ["{{ args.cents }}", 5, None], "b": {"c": "{{ body.open }}"}}, {"a": [250, 5, None], "b": {"c": True}}),
    ],
)
def test_paths_are_filled_in(template: Any, filled: Any) -> None:
    """With their type, or as text within text; also inside mappings and lists."""
    assert fill(template, KNOWN) == filled


@pytest.mark.parametrize(
    "path", ["args.euros", "body.items.2", "body.items.x", "body.items.-1", "body.open.more", "nothing"]
)
def test_a_path_that_leads_to_nothing_is_named(path: str) -> None:
    """Whoever wrote it can correct it."""
    with pytest.raises(UnknownPath, match=path):
        fill(f"a {{{{ {path} }}}}", KNOWN)


def test_paths_are_found_wherever_they_stand() -> None:
    """In the order in which they are written."""
    assert list(paths({"a": "{{ args.x }} {{ body.y }}", "b": ["{{ status }}", 5, None]})) == [
        "args.x",
        "body.y",
        "status",
    ]
    assert list(paths("{ args.x }")) == []


@pytest.mark.parametrize(
    "wrong", ["{{ args.x | upper }}", "{{ 1 + 1 }}", "{{ }}", "{{ args..x }}", "{{ a" + ".a" * (MOST_STEPS + 1) + " }}"]
)
def test_there_are_no_expressions(wrong: str) -> None:
    """What is no path is refused when the file is read."""
    with pytest.raises(ValidationError, match="is not a path"):
        TypeAdapter(Text).validate_python(wrong)

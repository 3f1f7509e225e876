"""What models call the tools of servers."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.tools.mcp.naming import named


def test_a_name_that_is_one_tools_alone_stays() -> None:
    """As far as services take it."""
    assert named([("crm", "find"), ("notes", "notes/add one"), ("crm", "é" * 70)], ()) == [
        "find",
        "notes_add_one",
        "_" * 64,
    ]


def test_names_that_clash_have_their_servers_before_them() -> None:
    """All that clash with each other, and those that clash with something else; what still clashes is left out."""
    tools = [("crm", "add"), ("notes", "add"), ("crm", "find_order"), ("crm", "a b"), ("crm", "a_b")]

    assert named(tools, {"find_order"}) == ["crm__add", "notes__add", "crm__find_order", "crm__a_b", None]


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.text(max_size=100))), st.sets(st.text(max_size=3)))
def test_names_are_valid_and_each_is_there_once(tools: list[tuple[str, str]], taken: set[str]) -> None:
    """Whatever servers call their tools; the empty name is left out before."""
    found = [name for name in named([(server, f"{name}_") for server, name in tools], taken) if name is not None]

    assert len(found) == len(set(found))
    assert not taken & set(found)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in found)


def test_a_name_that_the_file_has_in_full_is_kept() -> None:
    """Whatever another server lists: rules of the team are about this name. Of two in full, neither is plain."""
    tools = [("crm", "refund"), ("notes", "refund")]

    assert named(tools, (), [0]) == ["refund", "notes__refund"]
    assert named(tools, (), [1]) == ["crm__refund", "refund"]
    assert named(tools, (), [0, 1]) == ["crm__refund", "notes__refund"]
    assert named(tools, {"refund"}, [0]) == ["crm__refund", "notes__refund"]

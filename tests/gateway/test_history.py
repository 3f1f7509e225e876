"""The caller's one linear history."""

from __future__ import annotations

import pytest

from orchestrator.gateway import history
from orchestrator.gateway.history import History


def test_items_follow_each_other_in_the_order_told() -> None:
    """The first has nothing before it; asking again gives the same answer."""
    told = History()

    assert [told.before(item) for item in ("a", "b", "c", "b", "a")] == [None, "a", "b", "a", None]
    assert "b" in told


def test_a_caller_may_choose_the_place() -> None:
    """`root` is the front; an item may go after one in the middle; an unknown place is the end."""
    told = History()
    for item in ("a", "b"):
        told.before(item)
    told.want("front", "root")
    told.want("middle", "a")
    told.want("end", "gone")
    told.want("plain", None)

    assert told.before("front") is None
    assert told.before("a") == "front"
    assert told.before("middle") == "a"
    assert told.before("end") == "b"
    assert told.before("plain") == "end"


def test_a_deleted_item_leaves_no_hole() -> None:
    """What came after a deleted item follows what came before it."""
    told = History()
    for item in ("a", "b", "c"):
        told.before(item)
    told.remove("b")
    told.remove("never")

    assert told.before("c") == "a"
    assert "b" not in told


def test_a_full_history_takes_an_item_at_its_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes before the new one is put there."""
    monkeypatch.setattr(history, "REMEMBERED", 3)
    told = History()
    for item in "abc":
        told.before(item)
    told.want("front", "root")

    assert told.before("front") is None
    assert [item in told for item in "abc"] == [False, True, True]


def test_p36_memory_is_bounded() -> None:
    """P36: only so many items and wishes are remembered."""
    told = History()
    for number in range(history.REMEMBERED + 10):
        told.before(f"item_{number}")
        told.want(f"wish_{number}", "root")

    assert "item_9" not in told
    assert "item_10" in told
    assert len(told._wanted) == history.REMEMBERED

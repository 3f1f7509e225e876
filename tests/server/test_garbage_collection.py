"""What is loaded to stay is out of the way of garbage collection."""

from __future__ import annotations

import gc
import weakref

import pytest

from orchestrator.server import garbage_collection


def test_what_was_loaded_is_not_looked_through_again() -> None:
    """It is frozen; garbage that is made later is collected as ever."""
    before = gc.get_freeze_count()
    try:
        with garbage_collection.loading():
            assert not gc.isenabled()
            kept = [[number] for number in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(kept)
    finally:
        gc.unfreeze()


def test_what_fails_to_load_leaves_collection_on() -> None:
    """The process may go on without it."""
    with pytest.raises(ValueError, match="no team"), garbage_collection.loading():
        raise ValueError("no team")
    assert gc.isenabled()
    gc.unfreeze()


def test_what_was_loaded_can_be_collected_after_all() -> None:
    """What is left is out of the way again."""

    class Loop:
        """An object that refers to itself."""

        def __init__(self) -> None:
            self.own = self

    try:
        with garbage_collection.loading():
            garbage = weakref.ref(Loop())
            gc.freeze()
        gc.collect()
        assert garbage() is not None

        garbage_collection.again()

        assert garbage() is None
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()

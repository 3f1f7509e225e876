"""What models are told, and how a response is recognised that was asked for with it."""

from __future__ import annotations

from orchestrator.core.wording import EXACTLY, MARKER, MOST_METADATA, SUMMARY, exact_words, exactly, marked, unmarked


def test_exact_words_can_be_read_back() -> None:
    """Whoever says them need not copy the sentence around them."""
    assert exact_words(exactly("Say it: now.")) == "Say it: now."
    assert exact_words("Greet the caller.") is None


def test_a_marker_stands_beside_the_callers_own_metadata() -> None:
    """Neither replaces the other, and nothing is changed in place."""
    options = {"metadata": {"topic": "x"}, "tool_choice": "none"}

    assert marked(options, EXACTLY) == {"metadata": {"topic": "x", MARKER: EXACTLY}, "tool_choice": "none"}
    assert options["metadata"] == {"topic": "x"}
    assert marked({"metadata": None}, SUMMARY) == {"metadata": {MARKER: SUMMARY}}


def test_a_marker_for_which_there_is_no_room_is_left_out() -> None:
    """The service refuses a response with more metadata than it takes, and the caller's goes first."""
    full = {"metadata": {f"key{number}": "x" for number in range(MOST_METADATA)}}

    assert marked(full, EXACTLY) == full


def test_the_marker_can_be_taken_out_again() -> None:
    """The caller sees what it gave, and nothing where it gave nothing."""
    assert unmarked({"topic": "x", MARKER: EXACTLY}) == {"topic": "x"}
    assert unmarked({MARKER: EXACTLY}) is None
    assert unmarked({}) == {}
    assert unmarked(None) is None

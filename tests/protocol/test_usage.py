"""The tokens of a response add up."""

from __future__ import annotations

import pytest

from orchestrator.protocol.usage import text_tokens, usage


def test_totals_are_the_sums_of_their_parts() -> None:
    """Text and audio, in and out; cached tokens are part of the input."""
    told = usage(text_in=10, audio_in=20, text_out=3, audio_out=4, cached=5)

    assert (told["total_tokens"], told["input_tokens"], told["output_tokens"]) == (37, 30, 7)
    assert told["input_token_details"]["cached_tokens"] == 5
    assert told["output_token_details"] == {"text_tokens": 3, "audio_tokens": 4}


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_four_characters_are_a_token(text: str, count: int) -> None:
    """The estimate is rounded up."""
    assert text_tokens(text) == count

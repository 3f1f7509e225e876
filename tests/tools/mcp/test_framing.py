"""Lines out of a stream of bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.tools.mcp.framing import Lines, TooLong


def all_lines(stream: bytes, at: int, largest: int = 100) -> list[bytes | TooLong]:
    """Feed a stream in pieces of some size."""
    lines = Lines(largest)
    return [line for start in range(0, len(stream), at) for line in lines.feed(stream[start : start + at])]


@given(st.lists(st.text(max_size=80)), st.integers(1, 50))
def test_lines_are_whole_wherever_the_stream_is_cut(texts: list[str], at: int) -> None:
    """Empty ones mean nothing; what has not ended is not there yet."""
    said = [text.replace("\n", " ").replace("\r", " ").encode()[:90] for text in texts]

    assert all_lines(b"\r\n".join([*said, b"unfinished"]), at) == [line for line in said if line]


def test_a_line_that_is_too_long_is_not_kept_and_says_whose_answer_it_was() -> None:
    """The id stands first, or last; one within is somebody else's. What follows is read as usual."""
    filling = b"x" * 5000
    first = b'{"jsonrpc":"2.0","id":7,"result":{"text":"' + filling + b'"}}'
    last = b'{"result":{"id":3,"text":"' + filling + b'"},"id":"a-7","jsonrpc":"2.0"}'
    nowhere = b'{"result":{"id":3,"text":"' + filling + b'"}}'
    for at in (1, 64, 100_000):
        *cut, after = all_lines(b"\n".join([first, last, nowhere, b"fine", b""]), at)

        assert after == b"fine"
        assert all(isinstance(line, TooLong) for line in cut)
        assert [line.id for line in cut if isinstance(line, TooLong)] == [7, "a-7", None]
        assert cut[0].size == len(first)  # type: ignore[union-attr]


def test_no_more_of_it_is_held_than_its_ends() -> None:
    """50 MB without an end cost nothing."""
    lines = Lines(1000)
    for _ in range(800):
        assert list(lines.feed(b"x" * 65_536)) == []

    assert sum(map(len, lines._parts)) < 70_000

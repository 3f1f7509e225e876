"""Lines of journals, encrypted."""

from __future__ import annotations

import pytest

from orchestrator.fleet.sealing import Sealer, SealError


@pytest.mark.parametrize("line", ["", "short", "ü" * 20, "long " * 5000])
def test_a_line_comes_back_as_it_was(line: str) -> None:
    """With another seal of the same secret and call, as another node has it."""
    sealed = Sealer("secret").seal("call_1").close(3, line)

    assert Sealer("secret").seal("call_1").open(3, sealed) == line


def test_long_lines_are_compressed() -> None:
    """A header says a whole team."""
    assert len(Sealer("secret").seal("call_1").close(0, "instructions " * 5000)) < 2000


def test_the_same_line_looks_different_each_time() -> None:
    """Who reads Redis does not even see repetitions."""
    seal = Sealer("secret").seal("call_1")

    assert seal.close(1, "yes") != seal.close(1, "yes")


@pytest.mark.parametrize(
    ("secret", "call", "place"), [("other", "call_1", 3), ("secret", "call_2", 3), ("secret", "call_1", 4)]
)
def test_a_line_opens_only_where_it_was_closed(secret: str, call: str, place: int) -> None:
    """Not with another secret, in another call, or in another place."""
    sealed = Sealer("secret").seal("call_1").close(3, "line")

    with pytest.raises(SealError, match=f"Line {place} cannot be opened"):
        Sealer(secret).seal(call).open(place, sealed)


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 100])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    """However long it is."""
    with pytest.raises(SealError):
        Sealer("secret").seal("call_1").open(0, sealed)

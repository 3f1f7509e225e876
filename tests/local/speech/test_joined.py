"""Several files are read as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.local.speech.joined import Joined


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Write three files, one of them empty."""
    contents = {"one": b"abcde", "two": b"", "three": b"fghi"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


@pytest.mark.parametrize("size", [1, 2, 4, 5, 7, 9, 20])
def test_in_pieces(files: list[Path], size: int) -> None:
    """Of the size that is asked for, also where one file ends and the next begins; then nothing."""
    joined = Joined(files)
    pieces = [joined.read(size) for _ in range(12)]
    whole = [piece for piece in pieces if piece]
    assert b"".join(pieces) == b"abcdefghi"
    assert all(len(piece) == size for piece in whole[:-1])


def test_all_at_once(files: list[Path]) -> None:
    """Without a size."""
    joined = Joined(files)
    assert (joined.read(1), joined.read(), joined.read()) == (b"a", b"bcdefghi", b"")


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    """Is told before anything is read."""
    with pytest.raises(OSError, match="gone"):
        Joined([tmp_path / "gone"])

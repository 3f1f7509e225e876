"""What is written while a call runs: it can be read at any time, however it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.records.audio.spool import Spool, instead, is_mark, mark, read, silences
from tests.records.audio.hearing import append, delta

FRAMES = [append(bytes(96)), '{"audio":"Ä€😀"}', mark("stopped"), append(bytes(960))]


def entries(first: float) -> list[tuple[float, str]]:
    """Return some entries, a second after each other."""
    return [(first + number, text) for number, text in enumerate(FRAMES)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where it is."""
    return tmp_path / "caller.spool"


def test_it_is_read_as_it_was_told(path: Path) -> None:
    """In seconds of the call; also while it is being written."""
    spool = Spool(path, 1000.0)
    assert list(read(path)) == []
    spool.write(entries(1001.0))
    assert list(read(path)) == entries(1.0)
    spool.write(entries(1005.0))
    spool.close()

    assert list(read(path)) == [*entries(1.0), *entries(5.0)]


def test_whatever_is_there_of_it_is_read(path: Path) -> None:
    """Up to the last block that is whole, wherever it breaks off."""
    spool = Spool(path, 0.0)
    spool.write(entries(1.0))
    first = path.stat().st_size
    spool.write(entries(5.0))
    spool.close()
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert list(read(path)) == ([] if end < first else entries(1.0))
    path.write_bytes(whole[:first] + bytes(100))

    assert list(read(path)) == entries(1.0)


def test_what_a_full_disk_did_not_take_is_written_over(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a block is in nobody's way."""
    spool = Spool(path, 0.0)
    spool.write(entries(1.0))
    file = spool._file

    class Full:
        """Takes ten bytes, and nothing more."""

        def __init__(self) -> None:
            self.taken = 0

        def __getattr__(self, name: str) -> object:
            return getattr(file, name)

        def write(self, data: memoryview) -> int:
            """Write a part."""
            if self.taken:
                raise OSError(28, "No space left on device")
            self.taken = file.write(data[:10])
            return self.taken

    with monkeypatch.context() as patch:
        patch.setattr(spool, "_file", Full())
        with pytest.raises(OSError, match="No space"):
            spool.write(entries(5.0))
    assert list(read(path)) == entries(1.0)
    spool.write(entries(9.0))
    spool.close()

    assert list(read(path)) == [*entries(1.0), *entries(9.0)]


def test_frames_and_marks_are_told_apart() -> None:
    """And those marks that say what must not be heard."""
    assert [is_mark(text) for text in FRAMES] == [False, False, True, False]
    assert [silences(mark(name, 1)) for name in ("silence", "silence item", "stopped")] == [True, True, False]


def test_a_frame_that_is_not_kept_takes_its_time() -> None:
    """As the mark that stands for it says."""
    assert instead(delta("a", bytes(960))) == mark("unsent", "a", 960)
    assert instead("{}") == mark("unsent", "", 0)

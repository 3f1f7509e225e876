"""What is written while a call runs: it can be read at any time, however it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.records.audio.sound import text_of_pcm
from orchestrator.records.audio.spool import (
    AHEAD,
    SILENCE,
    SILENCE_ITEM,
    Spool,
    is_mark,
    mark,
    read,
    silences,
    without_sound,
)
from tests.records.audio.hearing import TEAM_HERTZ, append, delta, tone

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
    assert [silences(mark(name, 1)) for name in (SILENCE, SILENCE_ITEM, "stopped")] == [True, True, False]


def test_sound_that_was_sent_and_is_not_kept_takes_its_time() -> None:
    """As the mark says that stands in its place; what the caller said stands where it came."""
    told = [(1.0, delta("a", bytes(960))), (2.0, append(bytes(960))), (3.0, mark("stopped")), (4.0, "{}")]

    assert without_sound(told) == [(1.0, mark("unsent", "a", 960)), (3.0, mark("stopped"))]


def hidden(path: Path, told: str) -> list[str]:
    """Write what two sides say, a second after each other; return it with what is hidden marked."""
    loud = tone(TEAM_HERTZ, 100)
    texts = [append(loud), delta("a", loud), mark("played", "b", text_of_pcm(loud)), delta("b", loud), append(loud)]
    spool = Spool(path, 100.0)
    spool.write([(101.0 + number, text) for number, text in enumerate(texts)])
    spool.write([(106.0 + number, text) for number, text in enumerate(texts)])
    spool.hide(told)
    spool.write([(120.0, append(loud))])
    spool.close()
    found = list(read(path))
    assert [at for at, _ in found] == [*map(float, range(1, 11)), 20.0]
    quiet = text_of_pcm(bytes(len(loud)))
    expected = [*texts, *texts, append(loud)]
    assert all(
        text in (one, one.replace(text_of_pcm(loud), quiet)) for (_, text), one in zip(found, expected, strict=True)
    )
    return [f"{at:.0f}" for at, text in found if quiet in text]


def test_what_the_caller_said_is_hidden(path: Path) -> None:
    """Nobody finds it in the file; what others said stands where it was."""
    assert hidden(path, mark(SILENCE, 4.5, 9.9)) == ["5", "6"]
    assert hidden(path, mark(SILENCE, 0.0, 99.0)) == ["1", "5", "6", "10"]
    assert hidden(path, mark(SILENCE, 50.0, 99.0)) == []


def test_what_an_agent_said_is_hidden(path: Path) -> None:
    """As it was sent, and as it was played; of an item that is as old as that."""
    assert hidden(path, mark(SILENCE_ITEM, "a", 3.0)) == ["2", "7"]
    assert hidden(path, mark(SILENCE_ITEM, "b", 3.0)) == ["3", "4", "8", "9"]
    assert hidden(path, mark(SILENCE_ITEM, "b", 7.0 + AHEAD)) == ["8", "9"]
    assert hidden(path, mark(SILENCE_ITEM, "c", 3.0)) == []


def test_what_is_not_ascii_is_in_nobodys_way(path: Path) -> None:
    """Nor is a lone surrogate, which is not kept as it is."""
    spool = Spool(path, 0.0)
    spool.write([(1.0, '{"ä":"\ud800"}'), (2.0, append(tone(TEAM_HERTZ, 100))), (3.0, '{"€":1}')])
    spool.hide(mark(SILENCE, 0.0, 9.0))
    spool.close()

    assert [text for _, text in read(path)] == ['{"ä":"?"}', append(bytes(4800)), '{"€":1}']

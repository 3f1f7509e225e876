"""Files of recordings: their names, and raw sound that is silent where it has to be."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from orchestrator.records.audio.files import (
    BLOCK,
    RawFile,
    base,
    bases,
    finished,
    spool_of,
    unused,
    with_suffix,
)
from orchestrator.records.audio.placing import Place
from orchestrator.records.audio.sound import pcm_of

ONES = b"AQABAAEA" * 10  # a step each


def steps(file: RawFile) -> list[int]:
    """Return the level of each step of a file."""
    samples = array("h", pcm_of(file.read(0, file.length)))
    assert samples[0::3] == samples[1::3] == samples[2::3]
    return samples[0::3].tolist()


def test_sound_stands_where_it_was_heard(tmp_path: Path) -> None:
    """In any order; what was not written is silence."""
    file = RawFile(tmp_path)
    file.write(15, ONES)
    file.write(2, ONES[:24])

    assert steps(file) == [0, 0, 1, 1, 1, *[0] * 10, *[1] * 10]


def test_a_stretch_is_silent_before_and_after_it_was_written(tmp_path: Path) -> None:
    """However large it is, and no further than the file."""
    file = RawFile(tmp_path)
    file.write(0, ONES)
    file.silence(Place(3, 5))
    file.silence(Place(8, BLOCK))
    file.write(10, ONES)
    file.write(BLOCK - 1, ONES)
    found = steps(file)

    assert found[:20] == [1, 1, 1, 0, 0, 1, 1, 1, *[0] * 12]
    assert found[BLOCK - 1 :] == [0, *[1] * 9]


def test_what_is_taken_back_may_be_written_again(tmp_path: Path) -> None:
    """It was not heard, but something else is heard there."""
    file = RawFile(tmp_path)
    file.write(0, b"AQABAAEA" * BLOCK)
    file.silence(Place(2, 2 * BLOCK), lasting=False)
    file.write(4, ONES[:16])
    found = steps(file)

    assert found[:8] == [1, 1, 0, 0, 1, 1, 0, 0]
    assert not any(found[6:])


@pytest.mark.parametrize("seat", ["caller", "../..", "a/b", "…" * 64, ".", "CON~"])
def test_no_name_of_a_seat_leaves_the_folder(tmp_path: Path, seat: str) -> None:
    """Callers choose it."""
    found = spool_of(base(tmp_path, "sess_1", seat))
    found.parent.mkdir()
    found.touch()

    assert found.resolve().parent == tmp_path / "sess_1"
    assert bases(found.parent) == [base(tmp_path, "sess_1", seat)]


@pytest.mark.parametrize("call", ["", "..", "a/b", "/", "x" * 65, "a\n"])
def test_only_a_call_has_a_folder(tmp_path: Path, call: str) -> None:
    """Who asks for it chooses the id."""
    with pytest.raises(ValueError, match="is not the id of a call"):
        base(tmp_path, call)


def test_a_seat_can_be_taken_again(tmp_path: Path) -> None:
    """What was recorded there before is kept."""
    first = base(tmp_path, "sess_1", "desk")
    assert unused(first) == first
    first.parent.mkdir()
    with_suffix(first, ".ogg").touch()
    second = unused(first)
    spool_of(second).touch()

    assert unused(first) not in (first, second)
    assert bases(first.parent) == [first, second]
    assert (finished(first), finished(second)) == (with_suffix(first, ".ogg"), None)

"""Conversions after the call, in a process of their own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from orchestrator.records.audio import Leftovers, conversion
from orchestrator.records.audio.conversion import DEAD, Converter, convert
from orchestrator.records.audio.files import base, spool_of, with_suffix
from tests.patience import PATIENCE
from tests.records.audio.hearing import spool, tone


def recording(folder: Path, call: str, seat: str = "caller") -> Path:
    """Write a recording that was not converted; returns how its names begin."""
    own = base(folder, call, seat)
    spool(own, tone(440, 500), tone(440, 500))
    return own


def age(own: Path, seconds: float) -> None:
    """Let a recording be without a sign of life for so long."""
    then = time.time() - seconds
    os.utime(own.parent, (then, then))


def test_another_process_converts(tmp_path: Path) -> None:
    """One recording after the other."""
    one, two = recording(tmp_path, "sess_1"), recording(tmp_path, "sess_2")

    assert convert(one)
    assert convert(two)
    assert [with_suffix(own, ".ogg").exists() for own in (one, two)] == [True, True]


def test_what_cannot_be_converted_stays(tmp_path: Path) -> None:
    """The log says why."""
    own = recording(tmp_path, "sess_1")
    with_suffix(own, ".ogg").mkdir()
    with capture_logs() as logs:
        assert not convert(own)

    assert [log["event"] for log in logs] == ["recording not converted"]
    assert "Is a directory" in logs[0]["reason"]
    assert not list(own.parent.glob("*.part"))
    assert spool_of(own).exists()


def test_a_conversion_is_stopped(tmp_path: Path) -> None:
    """The server is: nobody is told, and nothing is lost."""
    own = recording(tmp_path, "sess_1")
    with capture_logs() as logs:
        assert not convert(own, stopped=lambda: True)

    assert logs == []
    assert spool_of(own).exists()


class Clock:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_calls_whose_process_died_are_converted(tmp_path: Path) -> None:
    """All of their seats; neither one that runs, nor what is finished, nor what else is there."""
    dead, other = recording(tmp_path, "sess_1"), recording(tmp_path, "sess_1", "desk")
    running, done = recording(tmp_path, "sess_2"), base(tmp_path, "sess_3")
    done.parent.mkdir()
    with_suffix(done, ".ogg").touch()
    (tmp_path / "notes.txt").touch()
    clock = Clock()
    leftovers = Leftovers(tmp_path, clock)
    assert leftovers.convert() == 0
    clock.now = DEAD
    age(running, -1)
    assert leftovers.convert() == 0
    clock.now = DEAD + 1

    assert leftovers.convert(stopped=lambda: True) == 0
    assert leftovers.convert() == 2
    assert [with_suffix(own, ".ogg").exists() for own in (dead, other)] == [True, True]
    assert spool_of(running).exists()
    assert leftovers.convert() == 0
    clock.now = 3 * DEAD
    assert leftovers.convert() == 1
    assert Leftovers(tmp_path / "nowhere").convert() == 0


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_is_set_ends_no_recording(tmp_path: Path, jump: float) -> None:
    """It shows that it runs, at whatever time."""
    running, clock = recording(tmp_path, "sess_1"), Clock()
    leftovers = Leftovers(tmp_path, clock)
    for at in range(1, 6):
        age(running, jump * at)
        assert leftovers.convert() == 0
        clock.now += DEAD

    assert spool_of(running).exists()


def test_the_converter_takes_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is closed; then it begins no other."""
    begun, go, converted = Event(), Event(), list[Path]()

    def slow(own: Path, *, stopped: Callable[[], bool]) -> bool:
        begun.set()
        assert go.wait(PATIENCE)
        converted.append(own)
        return True

    monkeypatch.setattr(conversion, "convert", slow)
    converter = Converter()
    for name in "abc":
        converter.put(tmp_path / name)
    assert begun.wait(PATIENCE)
    converter._closed = True
    go.set()
    converter.close()

    assert converted == [tmp_path / "a"]


def test_a_converter_that_had_nothing_to_do_is_closed() -> None:
    """At once."""
    Converter().close()

"""The log is written by a thread, and nobody waits for it."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.log.writer import WAITING, Writer
from tests.patience import PATIENCE


class Pipe:
    """A pipe that nobody reads until a test does."""

    def __init__(self) -> None:
        self.end, self._begin = os.pipe()
        self.told: list[int] = []
        self.writer = Writer(self._begin, self._dropped)
        os.close(self._begin)  # the writer has its own copy

    def _dropped(self, lines: int) -> None:
        self.told.append(lines)
        self.writer.put(f"dropped {lines}")

    def read(self) -> list[str]:
        """Read everything."""
        self.writer.close()
        with os.fdopen(self.end, "rb", closefd=False) as file:
            return file.read().decode().splitlines()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.writer.close()
    os.close(made.end)


def test_p55_nobody_waits_for_a_pipe_that_nobody_reads(pipe: Pipe) -> None:
    """P55: lines wait up to a bound; the rest is dropped, and counted when the pipe is read again."""
    line = "x" * 999
    count = 4 * WAITING // 1000
    for _ in range(count):
        pipe.writer.put(line)

    pipe.writer.flush(0.0)  # returns although nothing is written
    read = b""
    while b"dropped" not in read and select.select([pipe.end], [], [], PATIENCE)[0]:
        read += os.read(pipe.end, 65536)

    *kept, counted = read.decode().splitlines()
    assert pipe.told == [count - len(kept)]
    assert counted == f"dropped {pipe.told[0]}"
    assert WAITING - 1000 <= len(kept) * 1000 <= WAITING + 100_000  # and what the pipe itself holds


def test_p55_what_is_put_is_written_in_order(pipe: Pipe) -> None:
    """P55: and `flush` returns when it is."""
    for number in range(100):
        pipe.writer.put(str(number))
    pipe.writer.flush(PATIENCE)

    assert os.read(pipe.end, 65536).decode().split() == [*map(str, range(100))]
    assert pipe.told == []


def test_p55_a_reader_that_is_gone_harms_nobody(pipe: Pipe) -> None:
    """P55: the lines are lost."""
    os.close(pipe.end)
    pipe.writer.put("nobody reads this")
    pipe.writer.flush(PATIENCE)
    pipe.end = os.open(os.devnull, os.O_RDONLY)

    assert pipe.told == []


def test_p55_a_pipe_that_does_not_block_loses_nothing(pipe: Pipe) -> None:
    """P55: another process that shares standard error may have set it so."""
    os.set_blocking(pipe.writer._descriptor, False)
    for number in range(2000):
        pipe.writer.put(f"{number} {'x' * 400}")

    assert [int(line.split()[0]) for line in pipe.read()] == [*range(2000)]


def test_a_closed_writer_takes_no_more(tmp_path: Path) -> None:
    """What waited is written, and the copy of the descriptor is closed."""
    with (tmp_path / "log").open("wb") as file:
        writer = Writer(file.fileno(), lambda lines: None)
        writer.put("last")
        writer.close()
        writer.put("late")
        thread = next(one for one in threading.enumerate() if one.name == "log" and one._target == writer._run)  # type: ignore[attr-defined]
        thread.join(PATIENCE)

    assert (tmp_path / "log").read_bytes() == b"last\n"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(writer._descriptor)

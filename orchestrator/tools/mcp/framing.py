"""Lines of JSON-RPC out of a stream of bytes: a line that is too long is not kept, but said whose answer it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

ENDS = 200  # bytes at each end of a line that is not kept
VERSION = rb'"jsonrpc"\s*:\s*"2\.0"'
ID = rb'"id"\s*:\s*(\d{1,18}|"[^"\\]{1,100}")'
# An id that stands first, or last, in the object that is the line: one inside it is somebody else's.
FIRST = re.compile(rb"^\s*\{\s*(?:" + VERSION + rb"\s*,\s*)?" + ID)
LAST = re.compile(rb",\s*" + ID + rb"\s*(?:,\s*" + VERSION + rb"\s*)?\}\s*$")


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line that was not kept."""

    size: int  # bytes
    head: bytes
    tail: bytes

    @property
    def id(self) -> int | str | None:
        """The id of the request that it answers; None if it cannot be seen."""
        found = FIRST.search(self.head) or LAST.search(self.tail)
        if found is None:
            return None
        written = found[1].decode("utf-8", "replace")
        return written.strip('"') if written.startswith('"') else int(written)


class Lines:
    """Cuts a stream into lines of at most `largest` bytes."""

    def __init__(self, largest: int) -> None:
        # Bytes of a line that is kept.
        self._largest = largest
        # What has come of the line that has not ended, and how many bytes these are.
        self._parts: list[bytes] = []
        self._size = 0
        # The beginning of a line that is too long, of which no more is kept; None: it is not.
        self._head: bytes | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes | TooLong]:
        """Yield each line that has ended, without its end."""
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            self._add(part)
            if line := self._taken():
                yield line
        self._add(rest)

    def _add(self, part: bytes) -> None:
        self._parts.append(part)
        self._size += len(part)
        if self._head is None and self._size <= self._largest:
            return
        whole = b"".join(self._parts)
        if self._head is None:
            self._head = whole[:ENDS]
        self._parts = [whole[-ENDS:]]

    def _taken(self) -> bytes | TooLong:
        whole, size, head = b"".join(self._parts), self._size, self._head
        self._parts, self._size, self._head = [], 0, None
        return whole.rstrip(b"\r") if head is None else TooLong(size, head, whole)

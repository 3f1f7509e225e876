"""Files that are read as one: a model whose weights come in several packages, without a copy of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class Joined:
    """The content of several files, one after the other."""

    def __init__(self, files: Sequence[Path]) -> None:
        # What is to be read, in order; those at its end are closed.
        self._streams = [file.open("rb") for file in files]

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end; below 0, all that is left."""
        found = bytearray()
        while self._streams and (size < 0 or len(found) < size):
            piece = self._streams[0].read(size - len(found) if size >= 0 else -1)
            found += piece
            if not piece:
                self._streams.pop(0).close()
        return bytes(found)

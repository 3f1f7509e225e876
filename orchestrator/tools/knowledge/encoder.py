"""What turns texts into vectors whose product is large when their meanings are near, and what of them is remembered.

The encoders themselves are elsewhere: the embedded provider has one, and `endpoint` asks a server.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any, Protocol, TypeAlias

from orchestrator.errors import OrchestratorError

Vector: TypeAlias = Any  # numbers of length 1 together: a list, or an array of numpy
REMEMBERED = 16_384  # vectors in a process: 32 MB of the embedded encoder's
TOGETHER = 64  # texts that are encoded at a time


class Encoder(Protocol):
    """Encodes texts."""

    @property
    def name(self) -> str:
        """Tell its vectors from those of others."""

    @property
    def least(self) -> float | None:
        """Return the nearness from which a passage may answer a question; None when nobody knows."""

    @property
    def parts(self) -> bool:
        """Return whether a long text is better compared by its sentences too."""

    @property
    def remote(self) -> bool:
        """Return whether it is in another process."""

    async def encode(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Return a vector for each text; raises `OrchestratorError` when that cannot be done."""


class Memory:
    """Vectors by the text that they are of; the oldest are dropped."""

    def __init__(self, most: int = REMEMBERED) -> None:
        # Hash of encoder and text → vector.
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()
        # How many are kept.
        self._most = most
        # Guards them: versions are loaded in threads.
        self._lock = Lock()

    async def encode(self, encoder: Encoder, texts: Sequence[str]) -> list[Vector]:
        """Return a vector for each text, encoding only those that are not remembered."""
        keys = [self._key(encoder, text) for text in texts]
        with self._lock:
            known = {key: self._vectors[key] for key in keys if key in self._vectors}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        waiting = list(missing.items())
        for at in range(0, len(waiting), TOGETHER):
            batch = waiting[at : at + TOGETHER]
            vectors = await encoder.encode([text for _, text in batch])
            known.update((key, vector) for (key, _), vector in zip(batch, vectors, strict=True))
        with self._lock:
            for key in keys:
                self._vectors[key] = known[key]
                self._vectors.move_to_end(key)
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)
        return [known[key] for key in keys]

    @staticmethod
    def _key(encoder: Encoder, text: str) -> bytes:
        return hashlib.sha256(f"{encoder.name}\0{text}".encode(errors="surrogateescape")).digest()


class Vectors:
    """Vectors that a question is compared with: in numpy where it is installed, as it is for the embedded encoder."""

    def __init__(self, rows: Sequence[Vector]) -> None:
        # The vectors, as a matrix or as they came.
        self._rows: Any = rows
        if rows and importlib.util.find_spec("numpy") is not None:
            import numpy as np

            self._rows = np.asarray(rows, dtype=np.float32)

    def near(self, question: Vector) -> list[float]:
        """Return how near each vector is to a question; raises `OrchestratorError` if that is of another length."""
        if len(self._rows) and len(self._rows[0]) != len(question):
            raise OrchestratorError("the encoder gives vectors of another length than when the team was loaded")
        if isinstance(self._rows, Sequence):
            return [sum(one * other for one, other in zip(row, question, strict=True)) for row in self._rows]
        import numpy as np

        return (self._rows @ np.asarray(question, dtype=np.float32)).tolist()  # type: ignore[no-any-return]

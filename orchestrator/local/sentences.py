"""The embedded sentence encoder for who searches in documents: `tools.knowledge` knows it by what it does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOGETHER = 4  # texts encoded at a time, after which other threads get their turn; 40 ms for long ones
LEAST = 0.25  # nearness from which a passage may answer a question; chosen by `tests.tools.knowledge`
_lock = Lock()  # the model is one for all, and encodes for one thread at a time


class Sentences:
    """Encodes texts by the model with which the router understands callers; it is loaded when it is first used."""

    name, least = "universal-sentence-encoder-multilingual-3", LEAST
    parts, remote = True, False

    async def encode(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return a vector for each text; raises `RealtimeError` when the model is not there."""
        return await asyncio.to_thread(self._encode, texts)

    def _encode(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        # Before numpy is imported: by default its threads spin on every core, and a sentence is too small for several.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        try:
            from orchestrator.local.brain.understanding.encoder import neutral, sentence_model
        except ImportError as error:
            from orchestrator.local.models import not_installed

            raise not_installed(error.name or "numpy") from None
        model = sentence_model()
        found: list[NDArray[np.float32]] = []
        for at in range(0, len(texts), TOGETHER):
            with _lock:
                found += list(model.encode([neutral(text) for text in texts[at : at + TOGETHER]]))
        return found

"""What the child process of `pico` runs: a line of JSON in, samples out. Only the standard library and the engine.

`python pico_child.py FOLDER`: the folder that the engine is imported from. Each answer is its size in four bytes, below
0 when the engine has failed, and 16-bit samples.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, Any

HEAD = 4  # bytes
FAILED = -1


def answer(request: bytes, engine: Any) -> bytes:
    """Return what a line asks for."""
    try:
        data: bytes = engine.speak(**json.loads(request))
    except RuntimeError:
        return FAILED.to_bytes(HEAD, "little", signed=True)
    return len(data).to_bytes(HEAD, "little", signed=True) + data


def serve(requests: IO[bytes], answers: IO[bytes], engine: Any) -> None:
    """Answer lines until there are no more."""
    for line in requests:
        answers.write(answer(line, engine))
        answers.flush()


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    from py_nanotts import NanoTTS

    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # whatever the library prints is no answer
        serve(sys.stdin.buffer, out, NanoTTS())

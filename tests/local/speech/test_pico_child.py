"""The child process that speaks: a line in, samples out."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from orchestrator.local.speech.pico_child import FAILED, HEAD, answer, serve


class Echo:
    """An engine that says what it is asked for."""

    def speak(self, **request: Any) -> bytes:
        if request["text"] == "fail":
            raise RuntimeError("no")
        return json.dumps(request).encode()


def read(stream: io.BytesIO) -> bytes | None:
    """Read one answer; None if it says that the engine has failed."""
    size = int.from_bytes(stream.read(HEAD), "little", signed=True)
    return None if size == FAILED else stream.read(size)


def test_answers_in_order() -> None:
    """One for each line; a failure is an answer too."""
    requests = [{"text": "Guten Tag", "voice": "de-DE"}, {"text": "fail"}, {"text": "Grüße"}]
    out = io.BytesIO()
    serve(io.BytesIO(b"".join(json.dumps(one).encode() + b"\n" for one in requests)), out, Echo())
    out.seek(0)
    answers = [read(out) for _ in requests]
    assert [one and json.loads(one) for one in answers] == [requests[0], None, requests[2]]
    assert out.read() == b""


def test_what_is_no_request_ends_it() -> None:
    """Nobody but the parent writes."""
    with pytest.raises(ValueError, match="Expecting"):
        answer(b"hello\n", Echo())

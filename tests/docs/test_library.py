"""The page on the library: its examples run, one after the other, as one program."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from websockets.asyncio.client import connect

from orchestrator.settings import Settings
from tests.docs.pages import LIBRARY, block
from tests.library.serving import serving
from tests.wire import read


@pytest.mark.speech
async def test_the_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A team in Python, mounted below a path: a client calls it there, and a program from inside."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", "none")
    names: dict[str, Any] = {}
    for example in ("team", "mount", "call"):
        exec(block(LIBRARY, example), names)
    app: FastAPI = names["app"]
    async with serving(app) as url:
        async with connect(f"{url}/voice/v1/realtime?model=helpdesk") as socket:
            assert read(str(await socket.recv()))["type"] == "session.created"
        answer = await names["ask"]("I have a question about my invoice 1042.")

    assert answer
    assert Settings().records == "none"

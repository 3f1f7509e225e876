"""A client of mahilo at the gateway, with a call behind it that the test drives."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.gateway.serving import Gateway, ScriptedCall, serve
from tests.mahilo import MahiloClient, mahilo


def ws(gateway: Gateway) -> str:
    """Return the address of the server for sockets."""
    return f"ws://127.0.0.1:{gateway.port}"


@asynccontextmanager
async def client(
    monkeypatch: pytest.MonkeyPatch, *, voice: bool = False, **said: Any
) -> AsyncIterator[tuple[MahiloClient, ScriptedCall]]:
    """Serve the helpdesk, and connect a client to its first agent."""
    async with serve(monkeypatch, **said) as gateway, mahilo(ws(gateway), "front", voice=voice) as one:
        yield one, gateway.calls[-1]


def begin(call: ScriptedCall, name: str, kind: str = "output_text") -> dict[str, Any]:
    """Let an agent begin a response with one part; returns its place."""
    item = {"id": f"item_{name}", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    response = {"id": f"resp_{name}", "status": "in_progress", "output": []}
    place = {"response_id": response["id"], "output_index": 0}
    call.caller.tell({"type": "response.created", "response": response})
    call.caller.tell({"type": "response.output_item.added", **place, "item": item})
    return {**place, "item_id": item["id"], "content_index": 0}


def say(call: ScriptedCall, text: str, name: str = "1", status: str = "completed") -> None:
    """Let an agent say something in text, in a response of its own."""
    place = begin(call, name)
    call.caller.tell({"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": ""}})
    call.caller.tell({"type": "response.output_text.done", **place, "text": text})
    call.caller.tell({"type": "response.done", "response": {"id": f"resp_{name}", "status": status, "output": []}})


def play(call: ScriptedCall, name: str, payload: str) -> None:
    """Let an agent speak."""
    place = {"response_id": f"resp_{name}", "item_id": f"item_{name}", "output_index": 0, "content_index": 0}
    event = {"type": "response.output_audio.delta", "event_id": "event_x", **place, "delta": payload}
    call.caller.play(f"item_{name}", json.dumps(event))

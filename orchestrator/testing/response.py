"""One response of the scripted server: its events in the order of the service, also when it is cut short."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed

from orchestrator.testing.script import FunctionCall, Reply, Say

if TYPE_CHECKING:
    from orchestrator.testing.session import ScriptedSession

CHUNK_MS = 100  # of audio in one delta
Event = dict[str, Any]
USAGE = {
    "total_tokens": 10,
    "input_tokens": 6,
    "output_tokens": 4,
    "input_token_details": {
        "text_tokens": 6,
        "audio_tokens": 0,
        "image_tokens": 0,
        "cached_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 2, "audio_tokens": 2},
}
LIMITS = [{"name": "tokens", "limit": 40_000, "remaining": 39_990}]


class ScriptedResponse:
    """A response that is being given."""

    def __init__(self, session: ScriptedSession, reply: Reply, options: Event) -> None:
        # Whose it is, what it says, and what was asked for.
        self._session, self._reply, self._options = session, reply, options
        # Its id.
        self.id = session.new_id("resp")
        # Out of band: the conversation knows nothing of it.
        self.aside = options.get("conversation") == "none"
        # The items that are finished.
        self._output: list[Event] = []
        # Where the last audio belonged.
        self._place: Event = {}
        # Why it is to be cut short, if it is.
        self._cut: str | None = None
        # Set to let a held response go on.
        self._released = asyncio.Event()
        # Set when all is said.
        self._finished = asyncio.Event()

    def release(self) -> None:
        """Let a held response go on."""
        self._released.set()

    async def cancel(self, reason: str) -> None:
        """Cut it short and wait for its `response.done`."""
        self._cut = reason
        self._released.set()
        await self._finished.wait()

    async def give(self) -> None:
        """Send all its events."""
        try:
            with suppress(ConnectionClosed):
                await self._session.send("response.created", response=self._told("in_progress", None))
                for index, said in enumerate(self._reply.items):
                    if self._reply.held and index == len(self._reply.items) - 1:
                        await self._released.wait()
                    if self._cut is None:
                        await (self._speak(index, said) if isinstance(said, Say) else self._call(index, said))
                await self._finish()
        finally:
            self._finished.set()

    async def _finish(self) -> None:
        status = "completed"
        details: Event | None = None
        if self._cut is not None:
            status, details = "cancelled", {"type": "cancelled", "reason": self._cut}
        elif self._reply.fails:
            error = {"type": "server_error", "code": self._reply.fails, "message": "scripted"}
            status, details = "failed", {"type": "failed", "error": error}
        self._session.finished(self)
        await self._session.send("response.done", response=self._told(status, details))
        await self._session.send("rate_limits.updated", rate_limits=LIMITS)
        if self._cut is not None:
            for _ in range(0, self._reply.late_ms, CHUNK_MS):
                await self._hear(CHUNK_MS)

    def _told(self, status: str, details: Event | None) -> Event:
        spoken = self._session.fields["audio"]["output"]
        return {
            "id": self.id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": list(self._output),
            "output_modalities": self._modalities(),
            "max_output_tokens": self._session.fields["max_output_tokens"],
            "audio": {"output": {"format": spoken["format"], "voice": spoken["voice"]}},
            "conversation_id": None if self.aside else self._session.conversation_id,
            "metadata": self._options.get("metadata"),
            "usage": None if status == "in_progress" else USAGE,
        }

    def _modalities(self) -> list[str]:
        wanted: list[str] = self._options.get("output_modalities") or self._session.fields["output_modalities"]
        return wanted

    async def _open(self, index: int, item: Event) -> None:
        item.update(id=self._session.new_id("item"), object="realtime.item", status="in_progress")
        shown = {"response_id": self.id, "output_index": index, "item": item}
        await self._session.send("response.output_item.added", **shown)
        if not self.aside:
            await self._session.show("added", self._session.conversation.append(item))

    async def _close(self, index: int, item: Event, **fields: Any) -> None:
        whole = "completed" if self._cut is None or item["type"] == "function_call" else "incomplete"
        item.update(status=whole, **fields)
        if not self.aside:
            await self._session.show("done", item)
        self._output.append(dict(item))
        await self._session.send("response.output_item.done", response_id=self.id, output_index=index, item=item)

    async def _speak(self, index: int, said: Say) -> None:
        item: Event = {"type": "message", "role": "assistant", "content": []}
        await self._open(index, item)
        place = {"response_id": self.id, "item_id": item["id"], "output_index": index, "content_index": 0}
        text = self._modalities() == ["text"]
        words, part, name = ("text", "text", "text") if text else ("transcript", "audio", "audio_transcript")
        await self._session.send("response.content_part.added", **place, part={"type": part, words: ""})
        await self._session.send(f"response.output_{name}.delta", **place, delta=said.text)
        if not text:
            self._place = place
            await self._sound(said.ms)
            await self._session.send("response.output_audio.done", **place)
        await self._session.send(f"response.output_{name}.done", **place, **{words: said.text})
        await self._session.send("response.content_part.done", **place, part={"type": part, words: said.text})
        await self._close(index, item, content=[{"type": f"output_{part}", words: said.text}])

    async def _sound(self, ms: int) -> None:
        for start in range(0, ms, CHUNK_MS):
            if self._cut is not None:
                return
            await self._hear(min(CHUNK_MS, ms - start))
            await asyncio.sleep(CHUNK_MS / 1000 / self._reply.pace if self._reply.pace else 0)

    async def _hear(self, ms: int) -> None:
        if not self.aside and self._cut is None:
            self._session.conversation.produced(self._place["item_id"], ms)
        await self._session.send("response.output_audio.delta", **self._place, delta=self._session.audio(ms))

    async def _call(self, index: int, said: FunctionCall) -> None:
        call_id = self._session.new_id("call")
        item: Event = {"type": "function_call", "call_id": call_id, "name": said.name, "arguments": ""}
        await self._open(index, item)
        place = {"response_id": self.id, "item_id": item["id"], "output_index": index, "call_id": call_id}
        arguments = said.arguments
        await self._session.send("response.function_call_arguments.delta", **place, delta=arguments)
        done = {**place, "name": said.name, "arguments": arguments}
        await self._session.send("response.function_call_arguments.done", **done)
        await self._close(index, item, arguments=arguments)

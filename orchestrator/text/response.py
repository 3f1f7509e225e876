"""One response of a text session: asks the endpoint, writes what comes, and ends exactly once, whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import structlog

from orchestrator.errors import RealtimeError
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.items import Conversation, Entry, shown
from orchestrator.protocol.usage import text_tokens, usage
from orchestrator.providers.outlet import Outlet
from orchestrator.text.chat import Answer, ChatClient

LONGEST = 65_536  # characters of an answer, arguments of functions included; beyond, a model is looping
SECONDS = 300.0  # for all of an answer; who asked waits for less
log = structlog.get_logger("orchestrator")
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class TextResponse:
    """A response that runs; `run` is its task, `cancel` ends it at once from outside."""

    def __init__(
        self,
        body: Mapping[str, Any],
        outlet: Outlet,
        conversation: Conversation[Entry] | None,
        metadata: Mapping[str, str] | None,
    ) -> None:
        self.id = make_id("resp_")
        # What the endpoint is sent.
        self._body = body
        # Where its events go.
        self._outlet = outlet
        # None: out of band, no item enters a conversation.
        self.conversation = conversation
        # Of the one who asked, to be told again.
        self._metadata = metadata
        # What has come so far.
        self._answer = Answer(LONGEST)
        # Every item begun, in order; the last is the one that goes on.
        self._entries: list[Entry] = []
        # What was sent of the message.
        self._text = ""
        # `response.done` has been sent.
        self.done = False
        # Its task, once it runs.
        self.task: asyncio.Task[None] | None = None
        outlet.emit("response.created", response=self._shown("in_progress", None, None))

    async def run(self, client: ChatClient) -> None:
        """Produce everything. A failure ends the response; one that no other try can help, the session in its place."""
        try:
            async with asyncio.timeout(SECONDS), aclosing(client.ask(self._body, self._answer)) as pieces:
                async for _ in pieces:
                    self._write(self._answer.words())
                    await self._outlet.room()
            self._finish()
        except RealtimeError as error:
            if not self.done:
                log.warning("text endpoint failed", server=client.host, code=error.code, reason=str(error))
            if error.fatal:
                # No `response.done`, which would ask for another try: the session is lost, as one whose socket closes.
                self.done = True
                self._outlet.end(RealtimeError(f"The endpoint failed: {error}.", code=error.code, fatal=True))
            else:
                self._fail(error.code, str(error))
        except TimeoutError:
            self._fail("timeout", f"the answer took longer than {SECONDS:.0f} seconds")
        except Exception:
            # The border of the session: a mistake here must not leave a response open for ever.
            log.exception("text response failed")
            self._fail("server_error", "an internal error")

    def cancel(self) -> None:
        """End now with the whole tail of events."""
        if self.done:
            return
        self._end("cancelled", {"type": "cancelled", "reason": "client_cancelled"})
        if self.task is not None:
            self.task.cancel()

    def _finish(self) -> None:
        """Write the rest: what was held back, the function calls, the end."""
        if self.done:
            return
        self._write(self._answer.words(ended=True))
        reason = INCOMPLETE.get(self._answer.ending)
        if reason is not None:  # a call that was cut off is none
            self._end("incomplete", {"type": "incomplete", "reason": reason})
            return
        self._close("completed")
        for call in self._answer.calls:
            if call["name"]:
                self._call(call["name"], call["arguments"] or "{}")
        self._end("completed", None)

    def _fail(self, code: str, message: str) -> None:
        if not self.done:
            error = {"type": "server_error", "code": code, "message": message}
            self._end("failed", {"type": "failed", "error": error})

    def _end(self, status: str, details: Mapping[str, Any] | None) -> None:
        self._close("incomplete")
        self.done = True
        self._outlet.emit("response.done", response=self._shown(status, details, self._usage()))

    # --- items ---

    def _write(self, words: str) -> None:
        """Send what is new of the message."""
        delta = words[len(self._text) :]
        if not delta or self.done:
            return
        if not self._entries:
            self._begin({"type": "message", "role": "assistant", "content": []})
            self._emit_part("response.content_part.added", part={"type": "text", "text": ""})
        self._text += delta
        self._emit_part("response.output_text.delta", delta=delta)

    def _close(self, status: str) -> None:
        """End the message, if it goes on."""
        if not self._entries or self._entries[-1].item["status"] != "in_progress":
            return
        entry = self._entries[-1]
        self._emit_part("response.output_text.done", text=self._text)
        self._emit_part("response.content_part.done", part={"type": "text", "text": self._text})
        entry.item["content"] = [{"type": "output_text", "text": self._text}]
        self._done(entry, status)

    def _call(self, name: str, arguments: str) -> None:
        # An id of ours: those of endpoints may be longer than 32 characters, and some give every call the same one.
        call_id = make_id("call_")
        entry = self._begin({"type": "function_call", "name": name, "call_id": call_id, "arguments": ""})
        place = self._place(entry) | {"call_id": call_id}
        self._outlet.emit("response.function_call_arguments.delta", **place, delta=arguments)
        entry.item["arguments"] = arguments
        self._outlet.emit("response.function_call_arguments.done", **place, name=name, arguments=arguments)
        self._done(entry, "completed")

    def _begin(self, item: Mapping[str, Any]) -> Entry:
        entry = Entry({"id": make_id("item_"), "object": "realtime.item", "status": "in_progress", **item})
        self._entries.append(entry)
        before = self.conversation.add(entry) if self.conversation else None
        told = {"response_id": self.id, "output_index": len(self._entries) - 1, "item": shown(entry)}
        self._outlet.emit("response.output_item.added", **told)
        if self.conversation:
            self._outlet.emit("conversation.item.added", previous_item_id=before, item=shown(entry))
        return entry

    def _done(self, entry: Entry, status: str) -> None:
        entry.item["status"] = status
        if self.conversation:
            before = self.conversation.previous_id(entry)
            self._outlet.emit("conversation.item.done", previous_item_id=before, item=shown(entry))
        told = {"response_id": self.id, "output_index": len(self._entries) - 1, "item": shown(entry)}
        self._outlet.emit("response.output_item.done", **told)

    def _place(self, entry: Entry) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": entry.id, "output_index": len(self._entries) - 1}

    def _emit_part(self, kind: str, **fields: Any) -> None:
        self._outlet.emit(kind, **self._place(self._entries[-1]), content_index=0, **fields)

    # --- the response object ---

    def _shown(self, status: str, details: Mapping[str, Any] | None, tokens: Any) -> dict[str, Any]:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [shown(entry) for entry in self._entries],
            "conversation_id": self.conversation.id if self.conversation else None,
            "output_modalities": ["text"],
            "max_output_tokens": self._body.get("max_completion_tokens", "inf"),
            "usage": tokens,
            "metadata": self._metadata,
        }

    def _usage(self) -> dict[str, Any] | None:
        """Return the tokens as the endpoint counted them, else estimated; None when it did not answer at all."""
        answer = self._answer
        if not (answer.usage or answer.raw or answer.calls):
            return None
        written = answer.raw + "".join(call["name"] + call["arguments"] for call in answer.calls)
        asked = json.dumps([self._body.get("messages"), self._body.get("tools")], ensure_ascii=False)
        tokens_in = _count(answer.usage, "prompt_tokens") or text_tokens(asked)
        tokens_out = _count(answer.usage, "completion_tokens") or text_tokens(written)
        cached = min(_count(answer.usage.get("prompt_tokens_details"), "cached_tokens"), tokens_in)
        return usage(text_in=tokens_in, text_out=tokens_out, cached=cached)


def _count(usage: Any, key: str) -> int:
    """Return a count of tokens; 0 for what is none."""
    value = usage.get(key) if isinstance(usage, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0

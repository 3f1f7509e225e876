"""One response of a text session: asks the endpoint, writes what comes, and ends exactly once, whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import structlog

from orchestrator.errors import RealtimeError
from orchestrator.protocol.conversation import Conversation, Entry
from orchestrator.protocol.response import Response
from orchestrator.protocol.usage import count, text_tokens, usage
from orchestrator.providers.event_queue import EventQueue
from orchestrator.text.chat import Answer, ChatClient

LONGEST = 65_536  # characters of an answer, arguments of functions included; beyond, a model is looping
SECONDS = 300.0  # for all of an answer; who asked waits for less
log = structlog.get_logger("orchestrator")
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class TextResponse(Response[Entry]):
    """A response that runs; `run` is its task, `cancel` ends it at once from outside."""

    def __init__(
        self,
        body: Mapping[str, Any],
        events: EventQueue,
        conversation: Conversation[Entry],
        metadata: Mapping[str, str] | None,
        *,
        aside: bool,
    ) -> None:
        longest = body.get("max_completion_tokens", "inf")
        fields = {"output_modalities": ["text"], "max_output_tokens": longest, "metadata": metadata}
        super().__init__(conversation, fields, aside=aside)
        # What the endpoint is sent.
        self._body = body
        # Where its events go.
        self._events = events
        # What has come so far.
        self._answer = Answer(LONGEST)
        # Its task, once it runs.
        self.task: asyncio.Task[None] | None = None
        self.begin()

    async def run(self, client: ChatClient) -> None:
        """Produce everything. A failure ends the response; one that no other try can help, the session in its place."""
        try:
            async with asyncio.timeout(SECONDS), aclosing(client.ask(self._body, self._answer)) as pieces:
                async for _ in pieces:
                    self._continue(self._answer.words())
                    await self._events.room()
            self._finish_answer()
        except RealtimeError as error:
            if not self.done:
                log.warning("text endpoint failed", server=client.host, code=error.code, reason=str(error))
            if error.fatal:
                # No `response.done`, which would ask for another try: the session is lost, as one whose socket closes.
                self.done = True
                self._events.end(RealtimeError(f"The endpoint failed: {error}.", code=error.code, fatal=True))
            else:
                self.fail(error.code, str(error))
        except TimeoutError:
            self.fail("timeout", f"the answer took longer than {SECONDS:.0f} seconds")
        except Exception:
            # The border of the session: a mistake here must not leave a response open for ever.
            log.exception("text response failed")
            self.fail("server_error", "an internal error")

    def cancel(self, reason: str) -> None:
        """End now with the whole tail of events."""
        super().cancel(reason)
        if self.task is not None:
            self.task.cancel()

    def _continue(self, words: str) -> None:
        """Send what is new of the message."""
        delta = words[len(self.text) :]
        if delta and not self.done:
            self.open_message(spoken=False)
            self.write(delta)
            self._answer.said.passed_on = len(words)

    def _finish_answer(self) -> None:
        """Write the rest: what was held back, the function calls, the end."""
        if self.done:
            return
        self._continue(self._answer.words(ended=True))
        reason = INCOMPLETE.get(self._answer.ending)
        if reason is not None:  # a call that was cut off is none
            self.end("incomplete", reason=reason)
            return
        for call in self._answer.calls:
            if call["name"]:
                self.call(call["name"], call["arguments"] or "{}")
        self.end("completed")

    def usage(self) -> dict[str, Any] | None:
        """Return the tokens as the endpoint counted them, else estimated; None when it did not answer at all."""
        answer = self._answer
        if not (answer.usage or answer.raw or answer.calls):
            return None
        written = answer.raw + "".join(call["name"] + call["arguments"] for call in answer.calls)
        asked = json.dumps([self._body.get("messages"), self._body.get("tools")], ensure_ascii=False)
        tokens_in = count(answer.usage, "prompt_tokens") or text_tokens(asked)
        tokens_out = count(answer.usage, "completion_tokens") or text_tokens(written)
        cached = min(count(answer.usage.get("prompt_tokens_details"), "cached_tokens"), tokens_in)
        return usage(text_in=tokens_in, text_out=tokens_out, cached=cached)

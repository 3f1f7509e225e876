"""One response: asks the brain, speaks or writes what it says, and ends exactly once, whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog

from orchestrator.errors import OrchestratorError, RealtimeError
from orchestrator.local.brain import port as thinking
from orchestrator.local.items import Conversation, Entry, tokens
from orchestrator.local.output import Output
from orchestrator.local.speech.reading import sentences
from orchestrator.local.speech.speaking import Speaker
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.items import shown
from orchestrator.protocol.usage import text_tokens, usage
from orchestrator.providers.outlet import Outlet

SAY_EXACTLY = "Say exactly:"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a response is made from: the session object with the response's own fields over it."""

    entries: Sequence[Entry]  # what the brain sees, in order; their transcripts may still be on their way
    instructions: str
    extra: str  # the response's own instructions
    tools: Sequence[Mapping[str, Any]]
    tool_choice: Any
    modalities: Sequence[str]
    format: Mapping[str, Any]
    voice: str
    speed: float
    max_output_tokens: Any
    metadata: Mapping[str, str] | None


class Response:
    """A response that runs; `run` is its task, `cancel` ends it at once from outside."""

    def __init__(self, plan: Plan, outlet: Outlet, conversation: Conversation | None) -> None:
        self.id = make_id("resp_")
        # What it is made from.
        self._plan = plan
        # Where its events go.
        self._outlet = outlet
        # None: out of band.
        self._conversation = conversation
        # Its items.
        self.output = Output(outlet, self.id, conversation, plan.format["type"])
        # `response.done` has been sent.
        self.done = False
        # Its task, once it runs.
        self.task: asyncio.Task[None] | None = None
        outlet.emit("response.created", response=self._shown("in_progress", None, None))

    async def run(self, brain: thinking.Brain, memory: dict[str, Any], speaker: Speaker) -> None:
        """Produce everything; a failure of a part ends the response as `failed`, never the session."""
        try:
            await asyncio.gather(*(asyncio.shield(wait) for wait in self._transcriptions()))
            async with aclosing(_actions(brain, self._seen(), memory)) as actions:
                async for action in actions:
                    await self._act(action, speaker)
            if not self.done:
                self._flush()
                self._end("completed", None)
        except OrchestratorError as error:
            code = error.code if isinstance(error, RealtimeError) else "server_error"
            self._fail(code, str(error))
        except Exception:
            # The border of the provider: a mistake in a part must not take the call down.
            structlog.get_logger().exception("local response failed")
            self._fail("server_error", "The embedded provider failed to make a response.")

    def cancel(self, reason: str) -> None:
        """End now with the whole tail of events; `reason` is `turn_detected` or `client_cancelled`."""
        if self.done:
            return
        self._end("cancelled", {"type": "cancelled", "reason": reason})
        if self.task is not None:
            self.task.cancel()

    async def _act(self, action: thinking.Action, speaker: Speaker) -> None:
        if isinstance(action, thinking.CallFunction):
            self._flush()
            self.output.call(action.name, json.dumps(action.arguments, ensure_ascii=False))
            return
        spoken = self._plan.modalities == ["audio"]
        for sentence in sentences(action.text):
            self.output.open_message(spoken=spoken)
            if spoken:
                await self._speak(sentence, speaker)
            else:
                await self._write(sentence)

    async def _speak(self, sentence: str, speaker: Speaker) -> None:
        self.output.begin_sentence(sentence)
        async with aclosing(speaker.speak(sentence, self._plan.voice, self._plan.speed)) as sound:
            async for samples in sound:
                for _ in self.output.sound(samples):
                    await self._outlet.room()
        self.output.end_sentence()

    async def _write(self, sentence: str) -> None:
        self.output.begin_sentence(sentence)
        self.output.end_sentence()
        await self._outlet.room()

    def _flush(self) -> None:
        """Send what the resampler holds back of a message that is complete."""
        if self.output.speaking:
            for _ in self.output.sound(np.zeros(0, np.int16), last=True):
                pass

    def _transcriptions(self) -> list[asyncio.Task[None]]:
        return [entry.transcribing for entry in self._plan.entries if entry.transcribing is not None]

    def _seen(self) -> thinking.Conversation:
        plan = self._plan
        items = [shown(entry) for entry in plan.entries]
        return thinking.Conversation(plan.instructions, plan.tools, plan.tool_choice, items, plan.extra)

    def _fail(self, code: str, message: str) -> None:
        if not self.done:
            error = {"type": "server_error", "code": code, "message": message}
            self._end("failed", {"type": "failed", "error": error})

    def _end(self, status: str, details: Mapping[str, Any] | None) -> None:
        self.output.close("completed" if status == "completed" else "incomplete")
        self.done = True
        self._outlet.emit("response.done", response=self._shown(status, details, self._usage()))

    def _shown(self, status: str, details: Mapping[str, Any] | None, tokens: Any) -> dict[str, Any]:
        plan = self._plan
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [shown(entry) for entry in self.output.entries],
            "conversation_id": self._conversation.id if self._conversation else None,
            "output_modalities": list(plan.modalities),
            "max_output_tokens": plan.max_output_tokens,
            "audio": {"output": {"format": dict(plan.format), "voice": plan.voice}},
            "usage": tokens,
            "metadata": dict(plan.metadata) if plan.metadata is not None else None,
        }

    def _usage(self) -> dict[str, Any]:
        """Estimate the tokens that the service would count; nothing is billed here."""
        plan = self._plan
        counts = [tokens(entry) for entry in plan.entries]
        tools = json.dumps(list(plan.tools)) if plan.tools else ""
        text_in = text_tokens(plan.instructions + plan.extra + tools) + sum(text for text, _ in counts)
        audio_in = sum(audio for _, audio in counts)
        text_out = sum(text_tokens(self._text(entry)) for entry in self.output.entries)
        audio_out = round(self.output.audio_ms / 50)
        return usage(text_in=text_in, audio_in=audio_in, text_out=text_out, audio_out=audio_out)

    @staticmethod
    def _text(entry: Entry) -> str:
        parts = [part.get("text") or part.get("transcript") or "" for part in entry.item.get("content", ())]
        return "".join(parts) + str(entry.item.get("arguments", ""))


async def _actions(
    brain: thinking.Brain, seen: thinking.Conversation, memory: dict[str, Any]
) -> AsyncGenerator[thinking.Action, None]:
    """Yield what the brain does; words given literally are said without it."""
    if seen.extra.startswith(SAY_EXACTLY):
        yield thinking.Say(seen.extra.removeprefix(SAY_EXACTLY).strip())
        return
    actions = brain.respond(seen, memory)
    try:
        async for action in actions:
            yield action
    finally:
        if isinstance(actions, AsyncGenerator):
            await actions.aclose()  # a request that is under way ends with the response

"""One response: asks the brain, speaks or writes what it says, and ends exactly once whatever happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import date
from typing import Any

import structlog

from orchestrator.errors import OrchestratorError, RealtimeError
from orchestrator.local.brain.dialogue.routes import is_transfer
from orchestrator.local.brain.language import DEFAULT
from orchestrator.local.brain.port import Action, Brain, CallFunction, Request, Say
from orchestrator.local.items import Conversation, tokens
from orchestrator.local.plan import Plan
from orchestrator.local.speech.reading_aloud import sentences
from orchestrator.local.speech.speaking import Speaker
from orchestrator.local.spoken_response import SpokenResponse
from orchestrator.protocol.items import words
from orchestrator.protocol.usage import text_tokens, usage
from orchestrator.providers.event_queue import EventQueue
from orchestrator.team.functions import HAND_BACK


class Response(SpokenResponse):
    """A running response; `run` is its task, and `cancel` ends it at once from outside."""

    def __init__(
        self, plan: Plan, events: EventQueue, conversation: Conversation, *, aside: bool, today: Callable[[], date]
    ) -> None:
        fields = {
            "output_modalities": list(plan.modalities),
            "max_output_tokens": plan.max_output_tokens,
            "audio": {"output": {"format": dict(plan.format), "voice": plan.voice}},
            "metadata": dict(plan.metadata) if plan.metadata is not None else None,
        }
        super().__init__(conversation, fields, plan.format["type"], aside=aside)
        # What it is made from.
        self._plan = plan
        # The date where the caller is.
        self._today = today
        # Where its events go.
        self._events = events
        # Its task, once it runs.
        self.task: asyncio.Task[None] | None = None
        self.begin()

    async def run(self, brain: Brain, memory: dict[str, Any], speaker: Speaker) -> None:
        """Produce the whole response; a part that fails ends it as `failed`, but never the session."""
        try:
            await asyncio.gather(*(asyncio.shield(wait) for wait in self._transcriptions()))
            async with aclosing(self._actions(brain, memory)) as actions:
                async for action in actions:
                    await self._act(action, speaker)
            if not self.done:
                self.flush()
                self.end("completed")
        except OrchestratorError as error:
            code = error.code if isinstance(error, RealtimeError) else "server_error"
            self.fail(code, str(error))
        except Exception:
            # The boundary of the provider: a bug in one part must not end the call.
            structlog.get_logger().exception("local response failed")
            self.fail("server_error", "The embedded provider failed to make a response.")

    def cancel(self, reason: str) -> None:
        """End now, with all closing events; `reason` is `turn_detected` or `client_cancelled`."""
        super().cancel(reason)
        if self.task is not None:
            self.task.cancel()

    async def _act(self, action: Action, speaker: Speaker) -> None:
        if isinstance(action, CallFunction):
            self.flush()
            hands_over = is_transfer({"name": action.name}) or action.name == HAND_BACK
            decision = {"decision": dict(action.why)} if action.why and hands_over else {}
            self.call(action.name, action.written or json.dumps(action.arguments, ensure_ascii=False), **decision)
            return
        text = speaker.sayable(action.text, self._plan.language) if self._plan.spoken else action.text
        if text != action.text and text in self.text:
            return  # one apology is enough
        for sentence in sentences(text, self._plan.language):
            self.open_message(spoken=self._plan.spoken)
            if self._plan.spoken:
                await self._speak(sentence, speaker)
            else:
                await self._write(sentence)

    async def _speak(self, sentence: str, speaker: Speaker) -> None:
        self.begin_sentence(sentence)
        plan = self._plan
        async with aclosing(speaker.speak(sentence, plan.voice, plan.speed, plan.language)) as sound:
            async for samples in sound:
                for _ in self.sound(samples):
                    await self._events.room()
        self.end_sentence()

    async def _write(self, sentence: str) -> None:
        self.begin_sentence(sentence)
        self.end_sentence()
        await self._events.room()

    def _transcriptions(self) -> list[asyncio.Task[None]]:
        return [entry.transcribing for entry in self._plan.entries if entry.transcribing is not None]

    async def _actions(self, brain: Brain, memory: dict[str, Any]) -> AsyncGenerator[Action, None]:
        """Yield the brain's actions; a line that is given word by word needs no brain."""
        if self._plan.line is not None:
            yield Say(self._plan.line)
            return
        actions = brain.respond(self._request(), memory)
        try:
            async for action in actions:
                yield action
        finally:
            if isinstance(actions, AsyncGenerator):
                await actions.aclose()  # a pending request to a server ends with the response

    def _request(self) -> Request:
        plan = self._plan
        return Request(
            instructions=plan.instructions,
            tools=plan.tools,
            tool_choice=plan.tool_choice,
            items=[entry.shown() for entry in plan.entries],
            today=self._today(),
            response_instructions=plan.response_instructions,
            purpose=plan.purpose,
            language=plan.language or DEFAULT,
        )

    def usage(self) -> dict[str, Any]:
        """Estimate the tokens that the service would count; nothing is billed for them."""
        plan = self._plan
        counts = [tokens(entry) for entry in plan.entries]
        tools = json.dumps(list(plan.tools)) if plan.tools else ""
        text_in = text_tokens(plan.instructions + plan.response_instructions + tools) + sum(text for text, _ in counts)
        audio_in = sum(audio for _, audio in counts)
        text_out = sum(text_tokens(words(entry.item) + entry.item.get("arguments", "")) for entry in self.entries)
        audio_out = round(self.audio_ms / 50)
        return usage(text_in=text_in, audio_in=audio_in, text_out=text_out, audio_out=audio_out)

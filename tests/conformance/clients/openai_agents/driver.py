"""Drives `openai-agents`: `RealtimeRunner` and its session."""

from __future__ import annotations

import asyncio
import importlib.metadata
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
import driving
from agents.realtime import RealtimeAgent, RealtimePlaybackTracker, RealtimeRunner, RealtimeSession
from agents.realtime.model_inputs import RealtimeModelSendRawMessage

from agents import function_tool, set_tracing_disabled


class Caller(driving.Caller):
    """A call by a realtime agent without instructions of its own: the team is the model."""

    call: RealtimeSession

    async def __aenter__(self) -> Caller:
        @function_tool(name_override="get_weather", description_override="Tell the weather in a city.")
        def get_weather(city: str) -> str:
            return self.weather(city)

        agent = RealtimeAgent(name="caller", tools=[get_weather] if self.tools else [])
        self._tracker = RealtimePlaybackTracker()
        settings: Any = {"model_name": self.job.model} | ({} if self.detection else {"turn_detection": None})
        self.call = await RealtimeRunner(agent).run(
            model_config={
                "url": self.job.socket,
                "api_key": self.job.key,
                "playback_tracker": self._tracker,
                "initial_model_settings": settings,
            }
        )
        # Item → its reply.
        self._replies: dict[str, driving.Reply] = {}
        await self.call.enter()
        self._tasks = [asyncio.ensure_future(work()) for work in (self._read, self._speak)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self.call.close()

    async def type(self, text: str) -> None:
        await self.call.send_message(text)

    async def push_to_talk(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), 960):
            await self.call.send_audio(pcm[at : at + 960], commit=at + 960 >= len(pcm))
        await self._raw("response.create")

    async def provoke(self) -> None:
        await self._raw("response.cancel")
        await self.until(lambda: self.errors, "an error")
        await self._raw("conversation.item.delete", item_id="item_of_nobody")
        await self.until(lambda: len(self.errors) > 1, "a second error")

    async def _raw(self, kind: str, **data: Any) -> None:
        await self.call.model.send_event(RealtimeModelSendRawMessage({"type": kind, "other_data": data}))

    async def _speak(self) -> None:
        told: tuple[str, int] | None = None
        async for frame in self.microphone.frames():
            if self.detection:
                await self.call.send_audio(frame)
            heard = self.speakers.heard()
            if heard:
                before = told[1] if told and told[0] == heard[0] else 0
                self._tracker.on_play_ms(heard[0], 0, heard[1] - before)
            told = heard

    async def _read(self) -> None:
        try:
            async for event in self.call:
                self._take(event)
                self.changed()
        except Exception as error:
            self.errors.append(f"the session ended: {error!r}")
            self.changed()
            raise

    def _take(self, event: Any) -> None:
        match event.type:
            case "audio":
                self._reply(event.item_id).pcm += event.audio.data
                self.speakers.play(event.item_id, event.audio.data)
            case "audio_interrupted":
                self.interrupted = bool(self.speakers.stop()) or self.interrupted
            case "history_added":
                self._said(event.item)
            case "history_updated":
                for item in event.history:
                    self._said(item)
            case "agent_end":
                for reply in self.replies:
                    reply.done = True
            case "error":
                self.errors.append(str(event.error))

    def _said(self, item: Any) -> None:
        if item.type == "message" and item.role == "assistant":
            parts = [getattr(part, "transcript", None) or getattr(part, "text", None) for part in item.content]
            text = " ".join(part for part in parts if part)
            if text:
                self._reply(item.item_id).text = text

    def _reply(self, item_id: str) -> driving.Reply:
        if item_id not in self._replies:
            self._replies[item_id] = driving.Reply()
            self.replies.append(self._replies[item_id])
        return self._replies[item_id]


set_tracing_disabled(True)
driving.main(Caller, importlib.metadata.version("openai-agents"))
